"""Posteriors as a part of what the service says, and their age: counted in facts that came since, and told."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.times import MICROSECONDS_PER_DAY
from features.online_state.contents import StateContents, is_read_from
from features.online_state.order import Order, OrderLine
from features.online_state.records import StateAbout
from serving.scores import Explain
from serving.scoring.posteriors import ServedPosteriors
from serving.scoring.ready_model import prepare, rehearse
from serving.scoring.scorer import Scorer
from tests.serving.learned_shop import learned_shop
from tests.serving.served_shop import AFTER, COSTS, ServedShop, opened, served_shop
from training.registry.pyfunc import answer

LEARNED = 19_700
ABOUT = replace(served_shop().about, learned_day=LEARNED)
AS_OF = LEARNED * MICROSECONDS_PER_DAY


READ = ("price_minor", "posterior_customer")


def served(days: float | None, about: StateAbout = ABOUT, features: Sequence[str] = READ) -> ServedPosteriors:
    """Posteriors whose state knows facts of so many ``days`` after them; None: no fact."""
    latest = None if days is None else AS_OF + int(days * MICROSECONDS_PER_DAY)
    return ServedPosteriors(lambda: features, lambda: about, lambda: latest, 35)


@pytest.mark.parametrize("days", [-0.5, 0, 35, None])
def test_posteriors_that_the_facts_have_not_left_behind_are_no_trouble(days: float | None) -> None:
    assert served(days).as_of() == AS_OF
    assert served(days).trouble() is None


def test_older_ones_are_told_with_their_time_and_the_fix() -> None:
    trouble = served(35.1).trouble()

    assert trouble is not None
    assert trouble.cause == "posteriors"
    assert trouble.detail == "the posteriors know outcomes until 2023-12-09T00:00:00Z alone; run make level"


def test_a_model_without_them_has_none_whatever_the_state_has() -> None:
    without = served(400, features=("price_minor",))

    assert without.as_of() is None
    assert without.trouble() is None


def test_a_state_without_them_and_one_that_was_not_read_have_none() -> None:
    without = served(400, replace(ABOUT, learned_day=None))

    assert without.as_of() is None
    assert without.trouble() is None
    assert ServedPosteriors(lambda: READ, lambda: None, lambda: 1, 35).trouble() is None


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    with learned_shop(tmp_path_factory.mktemp("learned")) as shop:
        yield shop


def test_a_model_with_posteriors_is_rehearsed_and_fits_its_state_alone(learned: ServedShop) -> None:
    prepared = prepare(learned.bundle)

    rehearse(learned.bundle, prepared)
    assert prepared.fits(learned.about)
    assert not prepared.fits(served_shop().about)


def test_a_model_without_posteriors_reads_a_state_with_them_and_not_the_other_way_round(learned: ServedShop) -> None:
    with_them = StateContents(learned.recipe).digest
    without = StateContents(replace(learned.recipe, posteriors=None)).digest

    assert is_read_from(without, with_them)
    assert not is_read_from(with_them, without)
    assert not is_read_from(with_them, with_them[:-1] + "_")


def test_the_service_scores_what_the_bundle_says_and_its_drivers_add_up(learned: ServedShop) -> None:
    model, asked = learned.model(), learned.orders()[:20]
    scorer = Scorer(lambda: model, opened(learned.store()), COSTS, 0.3)

    scored = scorer.score(asked, AFTER, Explain.ALL)

    assert scored.features is not None
    assert [basket.degraded for basket in scored.baskets] == [()] * len(asked)
    margin = learned.bundle.score(pd.DataFrame(scored.features, columns=list(scored.names))).margin
    whys = [line.why for basket in scored.baskets for line in basket.lines]
    log_odds = [why.drivers.log_odds for why in whys if why is not None and why.drivers is not None]
    np.testing.assert_allclose(log_odds, margin, atol=1e-9)
    without = replace(learned.bundle, posterior=None).score(pd.DataFrame(scored.features, columns=list(scored.names)))
    assert np.abs(without.margin - margin).max() > 0.1


def test_another_size_is_scored_with_its_own_posteriors(learned: ServedShop) -> None:
    model, store = learned.model(), opened(learned.store())
    scorer = Scorer(lambda: model, store, COSTS, 0.3)
    lines = (OrderLine("p1", 1, 5000, 5000, "m", "red", sizes_on_sale=("s", "m", "l")),)

    scored = scorer.score([Order("c1", AFTER, lines)], AFTER, Explain.REASONS)
    found = scorer.other_sizes(scored, {0: 2.0})  # whatever the size, it would come back less than surely

    size, then = found[0]
    other = Order("c1", AFTER, (replace(lines[0], size=size),))
    assert then == pytest.approx(scorer.score([other], AFTER).baskets[0].lines[0].probability, abs=1e-12)


def test_the_registered_model_answers_with_posteriors(learned: ServedShop) -> None:
    model = learned.model()
    scored = Scorer(lambda: model, opened(learned.store()), COSTS, 0.3).score(learned.orders()[:5], AFTER)
    frame = pd.DataFrame(scored.features, columns=list(scored.names))
    for name in set(learned.bundle.features) - set(frame):
        frame[name] = np.nan  # of reasons alone

    found = answer(learned.bundle, frame)

    probability = [line.probability for basket in scored.baskets for line in basket.lines]
    np.testing.assert_allclose(found["probability"], probability, atol=1e-12)
    assert {"driver_season", "driver_customer"} <= set(found)
