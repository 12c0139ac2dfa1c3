"""Writes the answer of a scored basket as JSON, straight from the results.

The models of `serving.http.wire.answers` describe this answer; to make and check one of them takes several times as
long as the answer itself. A test reads what is written here by these models, and gets the same bytes from them.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from data.times import from_us
from features.online_state.records import Latest
from serving.exchange_rates import Rate
from serving.http.wire.decisions import Decision
from serving.http.wire.requests.baskets import Basket
from serving.scores import BasketScore, ScoredLine, ScoreDrivers, Why, ages_of
from serving.scoring.basket_sums import Sum, basket_sum, parts_of
from training.model.joint.model import Outcomes

NOT_EXPLAINED = Why(None)
Content = dict[str, Any]


def content_of(
    basket: Basket, scored: BasketScore, now: int, own: str, rate: Rate | None = None, decision: Decision | None = None
) -> Content:
    """Give what is said of a scored basket, for `written`.

    Parameters
    ----------
    now
        The time of the request, microseconds since 1970, UTC.
    own
        The shop's currency, in which all amounts of ``basket`` are by now.
    rate
        By which they were converted; None where the request had them so.
    decision
        What to do about the basket; None where that was not asked.
    """
    costs = [line.return_cost_minor for line in scored.lines]
    return {
        "basket_id": basket.basket_id,
        "lines": [
            _line_score(given.line_id, line, cost, scored.level)
            for given, line, cost in zip(basket.lines, scored.lines, costs, strict=True)
        ],
        "basket": _totals(basket, scored, costs),
        "model": {"version": scored.model_version},
        "data": _data(scored.latest, now),
        "currency": own,
        "converted": None if rate is None else _conversion(rate),
        "missing": scored.missing,
        "degraded": scored.degraded,
        "decision": None if decision is None else orjson.Fragment(decision.model_dump_json()),
    }


def written(content: Content) -> bytes:
    """Write JSON."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


def _conversion(rate: Rate) -> Content:
    return {"currency": rate.currency, "rate": float(rate.rate), "since": rate.since}


def _data(latest: Latest | None, now: int) -> Content:
    """How current the data was. A fact ahead of the clock does not make it younger than now."""
    at = None if latest is None else latest.of_all
    if latest is None or at is None:
        return {"as_of": None, "age_seconds": None, "ages_seconds": None}
    as_of = min(at, now)
    return {"as_of": from_us(as_of), "age_seconds": (now - as_of) / 1e6, "ages_seconds": ages_of(latest, now)}


def _line_score(line_id: str | None, line: ScoredLine, cost: float, level: float | None) -> Content:
    why = line.why or NOT_EXPLAINED
    low, high = line.low, line.high
    return {
        "line_id": line_id,
        "probability": line.probability,
        "interval": {"low": low, "high": high, "level": level},
        "expected_cost_minor": line.expected_cost_minor,
        "cost_interval_minor": {"low": low * cost, "high": high * cost, "level": level},
        "reasons": why.reasons,
        "drivers": None if why.drivers is None else _drivers(why.drivers),
        "what_ifs": why.what_ifs,
    }


def _drivers(drivers: ScoreDrivers) -> Content:
    factors = [
        {"factor": factor, "contribution": contribution, "feature": feature, "sentence": sentence}
        for factor, contribution, feature, sentence in drivers.factors
    ]
    return {"expected": drivers.expected, "factors": factors, "rest": drivers.rest, "exact": drivers.exact}


def _totals(basket: Basket, scored: BasketScore, costs: Sequence[float]) -> Content:
    parts = parts_of(scored.lines, [line.product_id for line in basket.lines])
    lines = basket_sum([1.0] * len(costs), parts)
    value = basket_sum([float(line.price_minor * line.quantity) for line in basket.lines], parts)
    cost = basket_sum(costs, parts)
    if not 0 <= lines.expected <= len(costs):
        raise ValueError("a score is no probability")
    return {
        "expected_returned_lines": lines.expected,
        "expected_returned_value_minor": value.expected,
        "expected_cost_minor": cost.expected,
        "returned_lines_interval": _interval(lines, scored.level),
        "returned_value_minor_interval": _interval(value, scored.level),
        "cost_minor_interval": _interval(cost, scored.level),
        "outcomes": None if scored.outcomes is None else _outcomes(scored.outcomes),
    }


def _interval(bounds: Sum, level: float | None) -> Content:
    return {"low": bounds.low, "high": bounds.high, "level": level}


def _outcomes(outcomes: Outcomes) -> Content:
    return {
        "returned_lines": outcomes.returned_lines,
        "returned_value": [{"share": share, "value": value} for share, value in outcomes.returned_value],
        "brackets": [each._asdict() for each in outcomes.brackets],
    }
