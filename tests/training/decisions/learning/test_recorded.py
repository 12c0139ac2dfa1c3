"""Exposures from the lines of a log and from orders, as a reader can add them up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY, Did
from tests.training.decisions.examples import action, policy
from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS
from tests.training.decisions.experiment.written_shop import at, decision, reaction
from training.decisions.experiment.visits import Placed
from training.decisions.learning.recorded import Recorded, read_drawn, recorded
from training.decisions.policy import Cost

SHARES = {HOLDOUT: 0.2, POLICY: 0.8}


def line(name: str, day: float, value: float, customer: str) -> dict[str, Any]:
    return {
        "line_id": name, "order_id": name, "customer": customer, "ordered_at": at(day), "product_id": "p",
        "quantity": 1, "value_minor": value, "cancelled_at": np.nan,
    }  # fmt: skip


def placed_of(*lines: dict[str, Any], back: Mapping[str, float], as_of: float) -> Placed:
    returns = [{"line_id": name, "returned_at": at(day), "pieces": 1.0, "first": True} for name, day in back.items()]
    guests = pd.DataFrame(columns=["request_id", "basket_id", "order_id"], dtype=object)
    columns = ["line_id", "returned_at", "pieces", "first"]
    return Placed(pd.DataFrame(lines), pd.DataFrame(returns, columns=columns), guests, at(as_of))


def drawn(name: str, day: float, customer: str, **facts: Any) -> dict[str, Any]:
    known = {"covariates": {"value_minor": 5000.0, "days": None}, "eligible": ["advice"], "shares": SHARES}
    return decision(
        decision_id=name, decided_at=at(day), request_id=name, customer=customer, unit=customer, **{**known, **facts}
    )


def acted(name: str, day: float, customer: str, **facts: Any) -> dict[str, Any]:
    return drawn(name, day, customer, **{"action": "advice", "chosen": "advice", "propensity": 0.8, **facts})


def held(name: str, day: float, customer: str, **facts: Any) -> dict[str, Any]:
    return drawn(name, day, customer, **{"arm": HOLDOUT, "chosen": "advice", "propensity": 0.2, **facts})


ROWS = [
    drawn("d0", 0.0, "a", propensity=1.0),  # nothing fits: no draw could have changed it
    acted("d1", 3.0, "a"),
    acted("d2", 8.0, "a", propensity=0.3),
    held("d3", 4.0, "b"),
    acted("d4", 39.0, "c"),  # too recent
    reaction("d1", Did.SHOWN, at(3.0)),
    reaction("d2", Did.SHOWN, at(8.0)),
]
PLACED = placed_of(
    line("l0", 0.1, 700.0, "a"),
    line("l1", 3.1, 1000.0, "a"),
    line("l2", 8.1, 2000.0, "a"),
    line("l3", 4.1, 3000.0, "b"),
    line("l4", 39.1, 3000.0, "c"),
    back={"l3": 6.0},
    as_of=40.0,
)


RUNNING = policy(action("advice"), name="start")


def built(rows: list[dict[str, Any]], horizon: float = 3.0, placed: Placed = PLACED) -> Recorded:
    return recorded(read_drawn(rows), placed, COSTS, PARAMS, horizon, RUNNING, {"advice": Cost(shown_minor=10)})


def test_a_unit_counts_once_from_its_first_draw_with_the_profit_of_that_visit() -> None:
    found = built(ROWS)
    log = found.exposures

    assert log.unit.tolist() == ["a", "b"]
    assert log.action.tolist() == ["advice", ""]
    assert log.propensity.tolist() == [0.8, 0.2]
    # A margin of 40%, 10 for what was shown; a return loses the margin, a tenth of the value and 300.
    assert log.profit == pytest.approx([0.4 * 1000 - 10, -0.1 * 3000 - 300])
    assert log.covariates["value_minor"].tolist() == [5000.0, 5000.0]
    assert log.covariates["days"].isna().all()
    assert log.eligible["advice"].tolist() == [True, True]
    assert (found.in_policy.tolist(), found.policy_share.tolist()) == ([True, False], [0.8, 0.8])
    assert (found.lacking, found.immature) == (0, 1)


def test_what_learned_effects_may_not_choose_is_eligible_only_where_it_was_done() -> None:
    rows = [
        acted("d1", 3.0, "a", action="prepay", eligible=["advice", "prepay"]),
        held("d3", 4.0, "b", eligible=["advice", "prepay"]),
    ]

    eligible = built(rows).exposures.eligible

    assert eligible.to_dict("list") == {"advice": [True, True], "prepay": [True, False]}


def test_what_is_bought_within_the_horizon_counts_and_what_lies_beyond_does_not() -> None:
    assert built(ROWS, horizon=4.9).exposures.profit[0] == pytest.approx(390)
    assert built(ROWS, horizon=5.0).exposures.profit[0] == pytest.approx(390 + 0.4 * 2000 - 10)


def test_a_unit_whose_first_draw_was_logged_without_covariates_is_left_out() -> None:
    old = [acted("d1", 3.0, "a", covariates={}), *ROWS[2:5]]
    found = built(old)

    assert found.exposures.unit.tolist() == ["b"]
    assert found.lacking == 1


def test_lines_of_an_earlier_version_are_no_exposures() -> None:
    bare = [{key: value for key, value in row.items() if key not in ("covariates", "shares")} for row in ROWS[:5]]
    with pytest.raises(UserError, match="a version that logged none"):
        built(bare)


def test_a_draw_without_the_share_of_its_arm_is_refused() -> None:
    with pytest.raises(UserError, match="the share of the arm policy"):
        built([acted("d1", 3.0, "a", shares={})])


def test_a_log_of_none_of_the_shops_customers_is_refused() -> None:
    with pytest.raises(UserError, match="orders can be found"):
        built([{**acted("d1", 3.0, "a"), "customer": None}])


def test_where_nothing_is_old_enough_it_says_so() -> None:
    with pytest.raises(UserError, match="1 are too recent"):
        built([acted("d4", 39.0, "c")])


def test_a_unit_for_which_another_policy_drew_first_is_left_out() -> None:
    found = built([acted("d0", 0.5, "a", policy_name="older"), *ROWS[1:5]])

    assert found.exposures.unit.tolist() == ["b"]
    assert found.others == 1


def test_covariates_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(UserError, match="numbers in the covariates"):
        built([acted("d1", 3.0, "a", covariates={"value_minor": "much"})])


def test_what_was_explored_counts_with_its_chance_over_all_arms() -> None:
    shares = {HOLDOUT: 0.2, EXPLORATION: 0.3, POLICY: 0.5}
    explored = acted(
        "d1", 3.0, "a", arm=EXPLORATION, action="credit", chosen="credit", propensity=0.1, shares=shares,
        eligible=["advice", "credit"], reached=[EXPLORATION], in_arm=1 / 3,
    )  # fmt: skip
    found = built([explored, *ROWS[3:5]])

    assert found.exposures.action.tolist() == ["credit", ""]
    assert found.exposures.propensity.tolist() == [0.1, 0.2]
    assert found.exposures.eligible["credit"].tolist() == [True, False]
    assert (found.in_policy.tolist(), found.policy_share.tolist()) == ([False, False], [0.5, 0.8])


def test_a_log_and_tables_without_a_customer_in_common_are_refused_and_not_taken_for_customers_who_buy_nothing() -> (
    None
):
    others = replace(PLACED, lines=PLACED.lines.assign(customer=PLACED.lines["customer"] + "-by-another-key"))
    with pytest.raises(UserError, match="of 3 customers who were decided about, 0 are in the tables"):
        built(ROWS, placed=others)
