"""A drawn experiment as the service and the shop would have written it: lines of the log, and orders and returns."""

from typing import Any

import numpy as np
import pandas as pd

from data.logged.decisions import HOLDOUT, POLICY, Did
from data.times import MICROSECONDS_PER_DAY
from training.decisions.experiment.trail import NOTHING, Trail
from training.decisions.experiment.visits import Placed

START = 1_704_067_200_000_000
"""2024-01-01, in microseconds since 1970."""


def at(day: float) -> int:
    return START + round(day * MICROSECONDS_PER_DAY)


def decision(**facts: Any) -> dict[str, Any]:
    """A line of the log about the customer ``c``, in the policy's arm, for whom nothing was chosen."""
    known = {
        "decision_id": "d", "decided_at": START, "request_id": "r", "basket_id": None, "customer": "c", "unit": "c",
        "policy": "digest", "policy_name": "start", "arm": POLICY, "action": None, "chosen": None, "propensity": 1.0,
        "expected_minor": 0.0, "low_minor": 0.0, "high_minor": 0.0, "lines": [], "ruled_out": {}, "value_minor": 1000,
        "return_cost_minor": 100.0, "returns": 0.3, "line_count": 1, "model_version": "1", "degraded": [],
    }  # fmt: skip
    return {**known, **facts}


def reaction(decision_id: str, did: Did, moment: int) -> dict[str, Any]:
    event = f"{did}-{decision_id}"
    return {"event_id": event, "decision_id": decision_id, "did": did.value, "at": moment, "taken_at": moment}


def contact(event_id: str, moment: int, customer: str | None = None, order_id: str | None = None) -> dict[str, Any]:
    facts = {"event_id": event_id, "customer": customer, "order_id": order_id, "topic": None}
    return {**facts, "at": moment, "taken_at": moment}


def log_of(trail: Trail, holdout_share: float) -> list[dict[str, Any]]:
    """One decision a visit, with all reactions."""
    rows: list[dict[str, Any]] = []
    for place in range(len(trail.visits)):
        unit, day = int(trail.visits.unit[place]), float(trail.visits.day[place])
        code = int(trail.visits.chosen[place])
        treated = bool(trail.units.treated[unit])
        chosen = None if code == NOTHING else trail.actions[code]
        cost, returns, value = trail.visits.covariates[place]
        drawn = 1 - holdout_share if treated else holdout_share
        rows.append(
            decision(
                decision_id=f"d{place}", decided_at=at(day), request_id=f"r{place}", customer=f"c{unit}",
                unit=f"c{unit}", arm=POLICY if treated else HOLDOUT, action=chosen if treated else None, chosen=chosen,
                propensity=1.0 if chosen is None else drawn, value_minor=value, return_cost_minor=cost,
                returns=returns,
            )
        )  # fmt: skip
        for did, when in ((Did.SHOWN, trail.visits.shown[place]), (Did.ABANDONED, trail.visits.abandoned[place])):
            if np.isfinite(when):
                rows.append(reaction(f"d{place}", did, at(float(when))))
    return rows


ARMS = {HOLDOUT: 0.25, "rival": 0.5, POLICY: 0.25}


def with_rival(trail: Trail) -> list[dict[str, Any]]:
    """The log in which the treated units are a challenger's, and half of the others are told to act to no effect."""
    rows = log_of(trail, 0.5)
    for row in rows:
        if "unit" not in row:
            continue
        arm = "rival" if row["arm"] == POLICY else (HOLDOUT, POLICY)[int(row["unit"][1:]) % 2]
        chosen = row["chosen"]
        row |= {
            "arm": arm, "shares": ARMS, "reached": [] if chosen is None else ["rival"],
            "action": None if arm == HOLDOUT else chosen, "propensity": 1.0 if chosen is None else ARMS[arm],
            "covariates": {} if chosen is None else {"lines": 1.0},
        }  # fmt: skip
    return rows


def placed_of(trail: Trail, as_of: int) -> Placed:
    """The orders and returns; a visit's lines are one order."""
    sales, returns = trail.sales, trail.returns
    lines = pd.DataFrame(
        {
            "line_id": [f"l{place}" for place in range(len(sales))],
            "order_id": [f"o{visit}" for visit in sales.visit],
            "customer": [f"c{unit}" for unit in trail.visits.unit[sales.visit]],
            "ordered_at": [at(day) for day in sales.day],
            "product_id": "shirt",
            "quantity": sales.pieces.astype(np.int64),
            "value_minor": sales.value_minor,
            "cancelled_at": np.full(len(sales), np.nan),
        }
    )
    key = (sales.visit, sales.value_minor)
    by_value = {(visit, value): name for visit, value, name in zip(*key, lines["line_id"], strict=True)}
    back = pd.DataFrame(
        {
            "line_id": [by_value[key] for key in zip(returns.visit, returns.value_minor, strict=True)],
            "returned_at": [at(day) for day in returns.day],
            "pieces": returns.pieces,
            "first": returns.first > 0,
        }
    )
    guests = pd.DataFrame(columns=["request_id", "basket_id", "order_id"], dtype=object)
    return Placed(lines, back[back["returned_at"] <= as_of], guests, as_of)
