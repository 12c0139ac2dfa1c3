"""Makes answers and checks them in one step: pydantic reads their fields from the attributes of results."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

from data.attributes import Attribute
from data.number_format import minor_digits
from data.times import from_us, now_us
from features.online_state import events
from features.online_state.records import Latest
from serving.exchange_rates import ExchangeRates, Rate
from serving.http.wire import answers
from serving.http.wire.decisions import Decision
from serving.http.wire.requests.baskets import Basket, OfferedLine
from serving.ports import ModelDescription, ShadowDescription
from serving.scores import BasketScore, ScoredLine, Why, ages_of
from serving.scoring.basket_sums import Sum, basket_sum

NOT_EXPLAINED = Why(None)


def answer_score(
    basket: Basket, scored: BasketScore, now: int, own: str, rate: Rate | None = None, decision: Decision | None = None
) -> answers.Score:
    """Make the answer for a scored basket.

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
    return answers.Score.model_validate(
        {
            "basket_id": basket.basket_id,
            "lines": [_line_score(*pair, scored) for pair in zip(basket.lines, scored.lines, strict=True)],
            "basket": _totals(basket, scored),
            "model": {"version": scored.model_version},
            "data": _data(scored.latest, now),
            "currency": own,
            "converted": rate,
            "missing": scored.missing,
            "degraded": scored.degraded,
            "decision": decision,
        }
    )


def answer_events(receipts: Sequence[events.Receipt]) -> answers.EventResults:
    """Make the answer for the receipts of events."""
    counted = Counter(receipt.status for receipt in receipts)
    counts = {status: counted[status] for status in events.Status if status in counted}
    return answers.EventResults.model_validate({"results": receipts, "counts": counts})


def answer_event(receipt: events.Receipt) -> answers.EventResult:
    """Make the answer for the receipt of one event."""
    return answers.EventResult.model_validate(receipt)


def answer_model(
    model: ModelDescription,
    attributes: Sequence[Attribute] | None,
    rates: ExchangeRates,
    *,
    keys_required: bool,
) -> answers.ServedModel:
    """Make the answer that describes the served model, with the attributes and currencies that requests may have."""
    refusal = model.last_refusal
    others = [{**dict(rate), "minor_digits": minor_digits(rate.currency)} for rate in rates.at(now_us())]
    return answers.ServedModel.model_validate(
        {
            "name": model.name,
            "version": model.version,
            "since": None if model.since is None else from_us(model.since),
            "registry": model.registry,
            "metrics": model.metrics,
            "last_refusal": None if refusal is None else {"reason": refusal.reason, "at": from_us(refusal.at)},
            "level": {
                **dataclasses.asdict(model.level),
                "as_of": None if model.level.as_of is None else from_us(model.level.as_of),
            },
            "posteriors_as_of": None if model.posteriors_as_of is None else from_us(model.posteriors_as_of),
            "shadow": None if model.shadow is None else _shadow(model.shadow),
            "keys_required": keys_required,
            "currency": rates.own,
            "minor_digits": minor_digits(rates.own),
            "other_currencies": others,
            "attributes": attributes,
        }
    )


def _shadow(shadow: ShadowDescription) -> dict[str, Any]:
    looked_at = None if shadow.looked_at is None else from_us(shadow.looked_at)
    return {**dataclasses.asdict(shadow), "since": from_us(shadow.since), "looked_at": looked_at}


def answer_catalog(model: ModelDescription) -> answers.Catalog:
    """Make the answer that lists the features of the served model."""
    return answers.Catalog.model_validate({"version": model.version, "features": model.catalog})


def _data(latest: Latest | None, now: int) -> dict[str, Any]:
    """How current the data was. A fact ahead of the clock does not make it younger than now."""
    at = None if latest is None else latest.of_all
    if latest is None or at is None:
        return {"as_of": None, "age_seconds": None, "ages_seconds": None}
    as_of = min(at, now)
    return {"as_of": from_us(as_of), "age_seconds": (now - as_of) / 1e6, "ages_seconds": ages_of(latest, now)}


def _line_score(given: OfferedLine, line: ScoredLine, scored: BasketScore) -> dict[str, Any]:
    why = line.why or NOT_EXPLAINED
    return {
        "line_id": given.line_id,
        "probability": line.probability,
        "interval": _interval(line, scored),
        "expected_cost_minor": line.expected_cost_minor,
        "cost_interval_minor": _interval(line, scored, line.return_cost_minor),
        "reasons": why.reasons,
        "drivers": why.drivers,
        "what_ifs": why.what_ifs,
    }


def _totals(basket: Basket, scored: BasketScore) -> dict[str, Any]:
    products = [line.product_id for line in basket.lines]
    weights = {
        "returned_lines": [1.0] * len(products),
        "returned_value_minor": [float(line.price_minor * line.quantity) for line in basket.lines],
        "cost_minor": [line.return_cost_minor for line in scored.lines],
    }
    sums = {name: basket_sum(each, scored.lines, products) for name, each in weights.items()}
    expected = {f"expected_{name}": total.expected for name, total in sums.items()}
    intervals = {f"{name}_interval": _interval(total, scored) for name, total in sums.items()}
    return expected | intervals | {"outcomes": scored.outcomes}


def _interval(bounds: Sum | ScoredLine, scored: BasketScore, unit: float = 1.0) -> dict[str, float | None]:
    return {"low": bounds.low * unit, "high": bounds.high * unit, "level": scored.level}
