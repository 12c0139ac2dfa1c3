"""What could be known by a day, on one unit's visits that a reader can add up."""

from dataclasses import replace

import numpy as np
import pytest

from data.arrays import Floats
from tests.training.decisions.experiment.drawn_shop import COSTS, DrawnShop, draw
from training.decisions.experiment.known_by import known_by
from training.decisions.experiment.known_share import KnownShare
from training.decisions.experiment.trail import NOTHING, Returns, Sales, Trail, Units, Visits

NEVER = np.inf


def days(*given: float) -> Floats:
    return np.array(given, dtype=np.float64)


TRAIL = Trail(
    units=Units(treated=np.array([True]), day=days(0), customer=np.array([True]), again=days(5)),
    visits=Visits(
        unit=np.array([0, 0]),
        day=days(0, 5),
        chosen=np.array([NOTHING, 0]),
        shown=days(NEVER, 5),
        abandoned=days(NEVER, NEVER),
        shown_minor=days(0, 20),
        covariates=np.array([[1.0], [2.0]]),
    ),
    sales=Sales(
        visit=np.array([0, 0, 1]),
        day=days(0, 0, 5),
        value_minor=days(1000, 4000, 2000),
        pieces=days(1, 2, 1),
        cancelled=days(NEVER, NEVER, 6),
        kept_cost=days(0, 0, 0),
    ),
    returns=Returns(
        visit=np.array([0, 0]),
        day=days(3, 8),
        value_minor=days(2000, 2000),
        pieces=days(1, 1),
        first=days(1, 0),
        kept_cost=days(0, 0),
    ),
    known=KnownShare(np.arange(11) / 10),
    actions=("advice",),
    repurchase_days=7.0,
)


def profit(day: float) -> float:
    return float(known_by(TRAIL, day, COSTS).profit_minor[0])


def test_a_sale_counts_by_the_share_of_its_returns_that_could_be_known_and_a_return_as_it_is() -> None:
    # Margin 40% of 5,000; a return costs 300 once a line, the margin, and 10% of the value.
    assert profit(0) == 0
    assert profit(2) == pytest.approx(0.2 * 2000)
    assert profit(3) == pytest.approx(0.3 * 2000 - (800 + 200 + 300))
    assert profit(10) == pytest.approx(1.0 * 2000 - (800 + 200 + 300) - (800 + 200) - 0.5 * 20)


def test_what_a_kept_line_costs_counts_from_the_showing_on_and_not_for_the_pieces_that_come_back() -> None:
    shown = replace(TRAIL.visits, shown=days(2, NEVER), shown_minor=days(0, 0))
    paid = replace(
        TRAIL,
        visits=shown,
        sales=replace(TRAIL.sales, kept_cost=days(0, 60, 60)),
        returns=replace(TRAIL.returns, kept_cost=days(30, 30)),
    )
    free = replace(TRAIL, visits=shown)

    cost = [
        float((known_by(free, day, COSTS).profit_minor - known_by(paid, day, COSTS).profit_minor)[0])
        for day in (1.0, 2.0, 3.0, 8.0, 10.0)
    ]

    # One of two pieces comes back on day 3, the other one on day 8: in the end nothing is kept, and nothing paid.
    assert cost == pytest.approx([0, 0.2 * 60, 0.3 * 60 - 30, 0.8 * 60 - 60, 0])


def test_a_cancelled_line_counts_until_it_is_cancelled() -> None:
    at_5, at_6 = (known_by(TRAIL, day, COSTS) for day in (5.5, 6.0))
    assert [at_5.orders[0], at_5.ordered_minor[0], at_5.sold_pieces[0]] == pytest.approx([2, 7000, 0.55 * 3 + 0.05])
    assert [at_6.orders[0], at_6.ordered_minor[0], at_6.sold_pieces[0]] == pytest.approx([1, 5000, 0.6 * 3])


def test_a_repurchase_counts_once_its_time_is_over() -> None:
    found = [known_by(TRAIL, day, COSTS) for day in (6.9, 7.0)]
    assert [(each.followed[0], each.again[0]) for each in found] == [(0, 0), (1, 1)]


def test_from_its_first_choice_on_a_unit_has_neither_its_earlier_visits_nor_their_covariates() -> None:
    (before,), later = (known_by(each, 10.0, COSTS).visits for each in (TRAIL, TRAIL.begun_by(0)))
    assert (before, later.tolist()) == (2, [1])
    assert known_by(TRAIL.begun(), 10.0, COSTS).covariates[0, 0] == 2
    assert TRAIL.begun().units.day.tolist() == [5]
    assert not len(replace(TRAIL, visits=replace(TRAIL.visits, chosen=np.array([NOTHING, NOTHING]))).begun().units)


def test_actions_part_the_units_for_which_anything_was_chosen() -> None:
    trail = draw(DrawnShop(visits_a_day=50, days=20), 1)
    random = np.random.default_rng(1)
    two = np.where(trail.visits.chosen == NOTHING, NOTHING, random.integers(0, 2, len(trail.visits)))
    trail = replace(trail, visits=replace(trail.visits, chosen=two), actions=("advice", "offer"))

    whole, parts = trail.begun(), [trail.begun_by(code) for code in (0, 1)]

    assert sum(len(each.units) for each in parts) == len(whole.units)
    sums = [known_by(each, 20.0, COSTS).profit_minor.sum() for each in (*parts, whole)]
    assert sums[0] + sums[1] == pytest.approx(sums[2])


def test_young_visits_bring_the_final_profit_times_their_share_in_the_mean() -> None:
    shop = DrawnShop(visits_a_day=3000, days=10)
    trail = draw(shop, 3)
    young, final = (known_by(trail, day, COSTS) for day in (10.0, 100.0))
    assert young.profit_minor.sum() / young.weight.sum() == pytest.approx(
        final.profit_minor.sum() / final.weight.sum(), rel=0.05
    )
