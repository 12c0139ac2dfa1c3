"""The history of decisions from the lines of a log and from orders, as a reader can add it up."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.logged.decisions import HOLDOUT, Did
from tests.training.decisions.examples import action, policy
from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS
from tests.training.decisions.experiment.written_shop import at, decision, reaction
from training.decisions.covariates import ABOUT_CUSTOMERS
from training.decisions.experiment.visits import Placed
from training.decisions.learning.history import History
from training.decisions.learning.recorded import read_drawn
from training.decisions.learning.recorded_history import beliefs_of, kinds_of, recorded_history

SIZES = {"returns": {"SIZE_TOO_SMALL": {"mean": -0.2, "spread": 0.1}}, "source": "a test"}
NONE = {"returns": {"mean": 0, "spread": 0.1}, "source": "a test"}
POLICY = policy(
    action("advice", effects=SIZES, cost={"shown_minor": 10}),
    action("hint"),
    action("credit", kind="offer", effects=NONE),
)
STAKES = {
    "advice": {"products": ["p1"], "minor": 100.0, "share": 0.6, "profit_minor": 300.0},
    "hint": {"products": ["p1", "p2"], "minor": 250.0, "share": 1.0, "profit_minor": 500.0},
}


def decided(name: str, day: float, **facts: Any) -> dict[str, Any]:
    known = {
        "covariates": {"shown_before": 1.0, "value_minor": 9.0}, "eligible": ["advice", "hint"], "stakes": STAKES,
        "profit_minor": 700.0, "shares": {HOLDOUT: 0.2, "policy": 0.8},
    }  # fmt: skip
    return decision(
        decision_id=name, decided_at=at(day), request_id=name, customer=name, unit=name, **{**known, **facts}
    )


def acted(name: str, day: float, **facts: Any) -> dict[str, Any]:
    return decided(name, day, action="advice", chosen="advice", propensity=0.8, **facts)


ROWS = [
    acted("a", 1.0), reaction("a", Did.SHOWN, at(1.0)), reaction("a", Did.DISMISSED, at(1.0)),
    decided("b", 2.0),
    acted("c", 3.0), reaction("c", Did.SHOWN, at(3.0)),
    decided("d", 4.0, eligible=["hint"]),
    acted("late", 39.0), reaction("late", Did.DISMISSED, at(39.0)),
    decided("old", 5.0, stakes=None, covariates=None),
]  # fmt: skip
LINES = [
    ("a1", "a", 1.1, "p1", 1000.0), ("a2", "a", 1.1, "p2", 2000.0), ("b1", "b", 2.1, "p1", 1000.0),
    ("d1", "d", 4.1, "p9", 1000.0), ("o1", "old", 5.1, "p1", 1000.0), ("late1", "late", 39.1, "p1", 1000.0),
]  # fmt: skip
BACK = [("a1", 6.0, "SIZE_TOO_SMALL"), ("a2", 6.0, "STYLE"), ("b1", 7.0, None)]


def built(rows: list[dict[str, Any]]) -> History:
    lines = pd.DataFrame(
        [(name, name[:-1], who, at(day), product, 1, value, np.nan) for name, who, day, product, value in LINES],
        columns=[
            "line_id", "order_id", "customer", "ordered_at", "product_id", "quantity", "value_minor", "cancelled_at",
        ],
    )  # fmt: skip
    columns = ["line_id", "returned_at", "pieces", "first", "reason"]
    returns = pd.DataFrame([(name, at(day), 1.0, True, why) for name, day, why in BACK], columns=columns)
    guests = pd.DataFrame(columns=["request_id", "basket_id", "order_id"], dtype=object)
    placed = Placed(lines, returns, guests, at(40.0))
    return recorded_history(read_drawn(rows), placed, COSTS, PARAMS, POLICY)


def lost(value: float) -> float:
    """What a return costs: a margin of 40%, a tenth of the value, and 300."""
    return 0.5 * value + 300


def test_outcomes_count_the_returns_that_an_action_is_about_and_no_others() -> None:
    found = built(ROWS)
    assert found.unit.tolist() == ["a", "b", "c", "d", "late"]  # a line without stakes teaches nothing
    advice, hint = (found.outcome[name].tolist() for name in ("advice", "hint"))
    # a: p1 came back for its size, and showing costs 10. b: the reason is not known, 0.6 of it is for sizes.
    assert advice[:2] == pytest.approx([100 - lost(1000) - 10, 100 - 0.6 * lost(1000)])
    assert hint[:2] == pytest.approx([250 - lost(1000) - lost(2000), 250 - lost(1000)])
    # c ordered nothing: what the basket should have earned is lost. d left out the lines that the actions are about.
    assert (advice[2], hint[2]) == pytest.approx((-700 - 10, -700))
    assert (advice[3], hint[3]) == pytest.approx((-300, -500))


def test_what_was_shown_and_dismissed_counts_at_once_and_returns_when_they_are_known() -> None:
    found = built(ROWS)
    assert found.action.tolist() == ["advice", "", "advice", "", "advice"]
    assert found.seen.tolist() == [True, False, True, False, True]
    assert found.dismissed.tolist() == [True, False, False, False, True]
    assert found.settled.tolist() == [True, True, True, True, False]


def test_an_action_that_could_not_have_been_done_has_no_stake() -> None:
    found = built(ROWS)
    assert found.stake["hint"].tolist() == [250.0] * 5
    assert np.isnan(found.stake["advice"]).tolist() == [False, False, False, True, False]


def test_only_what_is_known_of_customers_is_learned_from() -> None:
    found = built(ROWS)
    assert tuple(found.customers.columns) == ABOUT_CUSTOMERS
    assert found.customers["shown_before"].tolist() == [1.0] * 5
    assert found.customers["customer_orders"].isna().all()


def test_a_log_of_an_earlier_version_gives_no_history() -> None:
    assert len(built([ROWS[-1]])) == 0


def test_kinds_and_beliefs_are_those_of_the_policy_whose_actions_change_returns() -> None:
    assert kinds_of(POLICY) == [["advice", "hint"], ["credit"]]
    assert beliefs_of(POLICY) == {"advice": 0.2, "hint": 0.1, "credit": 0}
