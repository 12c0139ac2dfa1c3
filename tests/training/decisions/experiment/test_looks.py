"""Looks at experiments that are drawn with an effect or without one. The full size is in the benchmarks."""

import math
from collections.abc import Iterator

import numpy as np
import pytest

from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS, DrawnShop, draw
from training.decisions.experiment.known_by import KnownBy, known_by
from training.decisions.experiment.looks import Look, follow
from training.decisions.experiment.measures import MEASURES, PROFIT
from training.decisions.experiment.trail import Trail

NOTHING_WORKS = DrawnShop(visits_a_day=120, holdout_share=0.5)
FEW = PARAMS.model_copy(update={"first_look_visits": 200})
DAYS = tuple(float(day) for day in range(1, 29))


def looks(trail: Trail) -> list[Look]:
    return follow(trail, DAYS, COSTS, FEW, measures=(PROFIT,))[PROFIT.name]


@pytest.fixture(scope="module")
def null() -> list[list[Look]]:
    return [looks(draw(NOTHING_WORKS, seed)) for seed in range(60)]


def test_where_nothing_works_few_experiments_ever_claim_an_effect(null: list[list[Look]]) -> None:
    assert sum(any(look.excludes_zero for look in each) for each in null) <= 3

    def naive(look: Look) -> bool:
        return abs(look.difference) * look.weight > 1.96 * math.sqrt(look.variance)

    assert sum(any(map(naive, each)) for each in null) >= 6


def test_the_last_look_varies_by_as_much_as_its_variance_says(null: list[list[Look]]) -> None:
    errors = [look.difference * look.weight / np.sqrt(look.variance) for *_, look in null]
    assert np.mean(errors) == pytest.approx(0, abs=0.4)
    assert np.std(errors) == pytest.approx(1, abs=0.25)


def test_later_sums_follow_earlier_ones_at_least_as_far_as_independent_parts_would(null: list[list[Look]]) -> None:
    assert np.mean([np.prod([look.dependence or 0 for look in each[1:]]) for each in null]) > 1


def test_with_an_effect_the_intervals_of_all_looks_hold_the_truth_and_the_last_one_finds_it() -> None:
    shop = DrawnShop(visits_a_day=400, holdout_share=0.5, avoids=0.6)
    missed = found = 0
    for seed in range(8):
        seen = looks(draw(shop, seed))
        both = [draw(shop, seed, all_in=arm) for arm in (True, False)]
        truth = [
            _profit(known_by(both[0], look.day, COSTS)) - _profit(known_by(both[1], look.day, COSTS)) for look in seen
        ]
        missed += any(not look.low <= true <= look.high for look, true in zip(seen, truth, strict=True))
        found += seen[-1].low > 0
    assert missed == 0
    assert found >= 6


def test_a_lost_order_shows_as_harm() -> None:
    seen = looks(draw(DrawnShop(visits_a_day=400, holdout_share=0.5, loses=0.6), 1))
    assert seen[-1].high < 0


def test_no_look_comes_before_enough_is_known_in_the_smaller_arm() -> None:
    trail = draw(NOTHING_WORKS, 1)
    found = follow(trail, DAYS, COSTS, FEW)
    first = {name: each[0].day for name, each in found.items() if each}

    assert set(first) == {each.name for each in MEASURES} - {"contacts"}  # nobody contacts the drawn shop
    assert first["conversion"] < first["profit_minor"]
    before = known_by(trail, first["profit_minor"] - 1, COSTS)
    assert min(before.weight[before.treated].sum(), before.weight[~before.treated].sum()) < FEW.first_look_visits
    assert [look.day for look in found["profit_minor"]] == list(_from(first["profit_minor"]))


def test_without_a_spread_there_is_no_interval() -> None:
    everyone = draw(DrawnShop(visits_a_day=150, holdout_share=0.5, conversion=1.0), 1)
    assert follow(everyone, DAYS, COSTS, FEW)["conversion"] == []


def _from(first: float) -> Iterator[float]:
    return (day for day in DAYS if day >= first)


def _profit(known: KnownBy) -> float:
    return float(known.profit_minor.mean())
