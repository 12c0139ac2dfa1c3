"""The tilt of delays: whether high scores look open for longer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logit

from training.monitoring.tilt import NO_TILT, PRIOR_DEVIATION, find_tilt, tilted

COUNT, MONTHS = 40_000, 10
TRUE = -0.3


def drawn(tilt: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days, outcomes, log-odds and months of lines whose delays are exponential in the log-odds of what is open."""
    rng = np.random.default_rng(seed)
    margin = rng.normal(-1, 1, COUNT)
    returned = rng.random(COUNT) < 0.4
    # log-logistic with the shape 1: the log-odds to be open at an age are those of the scale, minus log of the age
    days = np.exp(np.log(10) + np.where(returned, tilt, 0.0) * (margin + 1) + rng.logistic(0, 1, COUNT))
    return days, returned, margin, rng.integers(0, MONTHS, COUNT)


def test_the_tilt_of_each_outcome_is_found_and_surer_with_more_months() -> None:
    days, returned, margin, month = drawn(TRUE)

    found = find_tilt(days, returned, margin, month)
    few = find_tilt(*(each[month < 2] for each in (days, returned, margin, month)))

    assert found.returned == pytest.approx(TRUE, abs=0.06)
    assert found.kept == pytest.approx(0.0, abs=0.03)
    assert found.deviations[1] < few.deviations[1] < PRIOR_DEVIATION * 1.3


def test_without_scored_lines_of_before_there_is_no_tilt_and_it_is_as_uncertain_as_the_prior() -> None:
    nothing = np.empty(0)

    found = find_tilt(nothing, np.empty(0, dtype=bool), nothing, np.empty(0, dtype=np.int64))

    assert (found.returned, found.kept) == (0.0, 0.0)
    assert found.deviations == (PRIOR_DEVIATION, PRIOR_DEVIATION)


def test_a_month_whose_lines_all_are_known_at_once_tells_a_finite_tilt() -> None:
    found = find_tilt(np.ones(100), np.arange(100) < 50, np.linspace(-2, 2, 100), np.zeros(100, dtype=np.int64))

    assert np.isfinite([found.returned, found.kept, *found.deviations]).all()


@given(
    shares=st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=5),
    beyond=st.floats(-4, 4),
    tilt=st.floats(-1, 1),
)
def test_a_tilted_share_stays_a_share_moves_by_the_tilt_and_a_certain_one_stays_certain(
    shares: list[float], beyond: float, tilt: float
) -> None:
    before = np.array(shares)

    after, other = tilted((before, before), np.full(len(shares), beyond), (tilt, 0.0))

    assert ((after >= 0) & (after <= 1)).all()
    assert (after[before == 1] == 1).all()
    inside = before < 1 - 1e-9
    assert logit(after[inside]) - logit(before[inside]) == pytest.approx(tilt * beyond, abs=1e-6)
    assert other == pytest.approx(before)
    assert NO_TILT.of((before, before), np.zeros(len(before)))[0] == pytest.approx(before)
