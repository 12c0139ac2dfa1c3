"""What choices should earn: sums, and what makes them uncertain."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from data.logged.decisions import Stake
from tests.training.decisions.examples import COSTS, action, basket, line, policy
from training.decisions.choosing import Candidate
from training.decisions.profit import Profit
from training.decisions.replay.baskets import ReplayBasket
from training.decisions.replay.value import Valued, value

SURE = {"returns": {"mean": -0.1, "spread": 0.0}, "source": "a test"}
UNSURE = {"returns": {"mean": -0.1, "spread": 0.05}, "source": "a test"}
KNOWN_SCORE: dict[str, Any] = {"low": 0.4, "high": 0.4}
Z = 1.6448536269514722


def replayed(unit: int, *, returned: bool | None = None, **changes: Any) -> ReplayBasket:
    scored = line(0.4, reasons=None, **changes)
    outcome = scored.probability if returned is None else float(returned)
    came = line(outcome, reasons=None, low=outcome, high=outcome)
    return ReplayBasket(unit, False, unit, basket(scored), basket(came), (returned,))


def chosen(effects: Mapping[str, object]) -> Candidate:
    return Candidate(action(effects=effects), (0,), Profit(0, 0, 0), Stake((), 0.0, 0.0, 0.0))


def test_the_same_belief_errs_in_all_baskets_alike():
    baskets = [replayed(unit, **KNOWN_SCORE) for unit in range(100)]
    own = policy(action(effects=UNSURE))

    one = value(baskets[:1], [chosen(UNSURE)], own, COSTS).sum(1)
    many = value(baskets, [chosen(UNSURE)] * 100, own, COSTS).sum(1)

    assert many.expected == pytest.approx(100 * one.expected)
    assert many.beliefs == pytest.approx(100 * one.beliefs)
    # A return of 50.00 costs 3.00 + 10% and the margin of 40%, and 0.4 * 0.05 of it hangs on the belief's spread.
    assert one.beliefs == pytest.approx(Z * 0.4 * 0.05 * (300 + 500 + 2000))
    assert many.sampling == pytest.approx(0)


def test_scores_err_in_each_basket_by_themselves():
    own = policy(action(effects=SURE))

    one = value([replayed(0)], [chosen(SURE)], own, COSTS).sum(1)
    many = value([replayed(unit) for unit in range(100)], [chosen(SURE)] * 100, own, COSTS).sum(1)

    assert one.scores > 0
    assert many.scores == pytest.approx(10 * one.scores)


def test_customers_are_what_is_sampled():
    none = np.zeros(4)
    expected = np.array([1.0, 1.0, 3.0, 3.0])

    money = Valued(np.array([0, 0, 1, 1]), expected, expected, none, {}).sum(2)

    assert money.expected == 16
    # Units of 2 and 6: the variance of a unit is 8, that of two of them 16, and each stands for two.
    assert money.sampling == pytest.approx(Z * 2 * 4)
    assert money.high - money.expected == pytest.approx(money.sampling)


def test_equal_choices_leave_no_difference_and_no_doubt():
    baskets = [replayed(unit) for unit in range(5)]
    own = policy(action(effects=UNSURE))
    valued = value(baskets, [chosen(UNSURE)] * 5, own, COSTS)

    assert set(valued.minus(valued).sum(1)) == {0.0}


def test_what_came_takes_the_place_of_the_score():
    own = policy(action(effects=SURE))
    kept, back, unknown = (
        value([replayed(0, returned=returned)], [chosen(SURE)], own, COSTS).sum_by_outcomes(1).expected
        for returned in (False, True, None)
    )

    assert kept == pytest.approx(0)
    assert back == pytest.approx(0.1 * (300 + 500 + 2000))
    assert unknown == pytest.approx(0.4 * back)


def test_choices_are_valued_by_the_beliefs_that_are_assumed_and_not_by_those_they_were_made_with():
    believed = {"returns": {"mean": -0.2, "spread": 0.0}, "source": "another"}
    baskets = [replayed(0)]

    own = value(baskets, [chosen(SURE)], policy(action(effects=SURE)), COSTS).expected
    other = value(baskets, [chosen(SURE)], policy(action(effects=believed)), COSTS).expected

    assert math.isclose(other[0], 2 * own[0])
