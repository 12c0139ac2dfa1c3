"""The share of customers whom nudges harm, and what can be known of it."""

import numpy as np
import pytest

from data.sources.simulated.draws import Draws
from data.sources.simulated.responses.responders import Profile, Responders, ResponseParams, responders

MANY = 20_000


def drawn(params: ResponseParams, customer: np.ndarray | None = None) -> Responders:
    random = np.random.default_rng(3)
    profile = Profile(
        tenure_days=random.exponential(500, MANY),
        orders=random.poisson(5, MANY).astype(np.float64),
        return_share=random.beta(3, 6, MANY),
        bracket_share=random.beta(1, 12, MANY),
        voucher_share=random.beta(2, 12, MANY),
        invoice_share=random.beta(2, 5, MANY),
    )
    own = np.arange(MANY, dtype=np.int64) if customer is None else customer
    return responders(profile, own, np.arange(MANY, dtype=np.int64), params, Draws(5))


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_the_wanted_share_of_customers_is_harmed(share: float) -> None:
    found = drawn(ResponseParams(harmed_share=share, annoyed_share=share))
    assert found.harmed.mean() == pytest.approx(share, abs=1e-3)
    assert (found.offer < 0).mean() == pytest.approx(share, abs=1e-3)


@pytest.mark.parametrize("hidden", [0.0, 0.1, 0.5])
def test_the_hidden_share_of_the_variance_cannot_be_seen(hidden: float) -> None:
    found = drawn(ResponseParams(hidden_share=hidden))
    assert np.var(found.nudge - found.seen_nudge) == pytest.approx(hidden, abs=0.02)
    assert np.var(found.nudge) == pytest.approx(1, abs=0.05)


def test_the_hidden_part_stays_with_the_customer() -> None:
    found = drawn(ResponseParams(hidden_share=0.3), np.zeros(MANY, dtype=np.int64))
    assert np.ptp(found.nudge - found.seen_nudge) == pytest.approx(0, abs=1e-9)
