"""Converts requests to orders and events, and results to answers.

In requests, keys and labels are read as ingest reads those of the shop's files (`serving.ports.Intake`), and sizes and
colors are put in lower case. Answers are made and checked in one
step: pydantic reads their fields from the attributes of the results that have the same names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from data.attributes import PREFIX, Value
from data.times import from_us
from features.online_state import events, order
from serving.http.wire import answers, requests
from serving.http.wire.text import GivenValue
from serving.ports import Intake, ModelDescription
from serving.scores import BasketScore, ScoredLine, Why

NOT_EXPLAINED = Why(None)


def read_order(basket: requests.Basket, now: int, intake: Intake) -> order.Order:
    """Read a basket; ``now`` (microseconds since 1970, UTC) stands in for a missing time."""
    at = now if basket.ordered_at is None else basket.ordered_at
    return _order(basket, at, tuple([_offered_line(line, intake) for line in basket.lines]), intake)


def read_event(event: requests.Event, intake: Intake) -> events.Event:
    """Read one event."""
    match event:
        case requests.OrderPlaced():
            lines = tuple([_placed_line(line, intake) for line in event.lines])
            placed = _order(event, event.ordered_at, lines, intake)
            return events.OrderPlaced(
                event.event_id, event.order_id, tuple([line.line_id for line in event.lines]), placed
            )
        case requests.LineDelivered():
            return events.LineDelivered(event.event_id, event.line_id, event.delivered_at)
        case requests.LineReturned():
            reason = None if event.reason is None else event.reason.value
            return events.LineReturned(event.event_id, event.line_id, event.returned_at, reason)


def answer_score(ordered: order.Order, scored: BasketScore, now: int) -> answers.Score:
    """Make the answer for a scored basket; ``now`` (microseconds since 1970, UTC) is the time of the request."""
    as_of = scored.data_as_of
    return answers.Score.model_validate(
        {
            "lines": [_line_score(line) for line in scored.lines],
            "basket": _totals(ordered, scored),
            "model": {"version": scored.model_version},
            "data": {
                "as_of": None if as_of is None else from_us(as_of),
                "age_seconds": None if as_of is None else max(0, now - as_of) / 1e6,
            },
            "degraded": scored.degraded,
        }
    )


def answer_scores(ordered: Sequence[order.Order], scored: Sequence[BasketScore], now: int) -> answers.Scores:
    """Make the answer for many scored baskets."""
    pairs = zip(ordered, scored, strict=True)
    return answers.Scores(scores=[answer_score(each, found, now) for each, found in pairs])


def answer_events(receipts: Sequence[events.Receipt]) -> answers.EventResults:
    """Make the answer for the receipts of events."""
    return answers.EventResults.model_validate({"results": receipts})


def answer_model(model: ModelDescription, *, keys_required: bool) -> answers.ServedModel:
    """Make the answer that describes the served model."""
    refusal = model.last_refusal
    return answers.ServedModel.model_validate(
        {
            "name": model.name,
            "version": model.version,
            "since": None if model.since is None else from_us(model.since),
            "registry": model.registry,
            "metrics": model.metrics,
            "last_refusal": None if refusal is None else {"reason": refusal.reason, "at": from_us(refusal.at)},
            "keys_required": keys_required,
            "catalog": model.catalog,
        }
    )


def _line_score(line: ScoredLine) -> dict[str, Any]:
    why = line.why or NOT_EXPLAINED
    return {
        "probability": line.probability,
        "interval": line,
        "expected_cost_minor": line.expected_cost_minor,
        "reasons": why.reasons,
        "drivers": why.drivers,
        "what_ifs": why.what_ifs,
    }


def _totals(ordered: order.Order, scored: BasketScore) -> dict[str, float]:
    pairs = list(zip(ordered.lines, scored.lines, strict=True))
    return {
        "expected_returned_lines": sum(line.probability for line in scored.lines),
        "expected_returned_value_minor": sum(
            line.probability * given.price_minor * given.quantity for given, line in pairs
        ),
        "expected_cost_minor": sum(line.expected_cost_minor for line in scored.lines),
    }


def _order(given: requests.Circumstances, at: int, lines: tuple[order.OrderLine, ...], intake: Intake) -> order.Order:
    known = given.customer
    return order.Order(
        customer_id=None if given.customer_id is None else intake.customer(given.customer_id),
        ordered_at=at,
        lines=lines,
        voucher_used=given.voucher_used,
        payment_method=intake.label("payment_method", given.payment_method),
        channel=intake.label("channel", given.channel),
        region=intake.label("region", given.region),
        customer=None if known is None else _customer(known, intake),
        basket_id=given.basket_id,
    )


def _line(line: requests.BasketLine, intake: Intake) -> order.OrderLine:
    return order.OrderLine(
        product_id=line.product_id,
        quantity=line.quantity,
        price_minor=line.price_minor,
        list_price_minor=line.list_price_minor,
        size=_lower(intake.label("size", line.size)),
        color=_lower(intake.label("color", line.color)),
        product=None if line.product is None else _product(line.product, intake),
        attributes=_attributes(line.attributes, intake),
    )


def _offered_line(line: requests.OfferedLine, intake: Intake) -> order.OrderLine:
    read = _line(line, intake)
    if line.sizes_on_sale is None:
        return read
    labels = [_lower(intake.label("size", size)) for size in line.sizes_on_sale]
    return replace(read, sizes_on_sale=tuple([size for size in labels if size]))  # a blank label is no size


def _placed_line(line: requests.PlacedLine, intake: Intake) -> order.OrderLine:
    return replace(_line(line, intake), closes_at=line.closes_at, outcome_recorded=line.outcome_recorded)


def _product(given: requests.Product, intake: Intake) -> order.ProductFacts:
    return order.ProductFacts(
        department=intake.label("department", given.department),
        category=intake.label("category", given.category),
        brand=intake.label("brand", given.brand),
        supplier=intake.label("supplier", given.supplier),
        launched_at=given.launched_at,
        attributes=_attributes(given.attributes, intake),
    )


def _customer(given: requests.Customer, intake: Intake) -> order.CustomerFacts:
    title = intake.label("title", given.title)
    return order.CustomerFacts(given.registered_at, given.birth_year, title, _attributes(given.attributes, intake))


def _attributes(given: Mapping[str, GivenValue] | None, intake: Intake) -> Mapping[str, Value]:
    """The values that are known, as lines have them: numbers as float, flags as 0 or 1."""
    if not given:
        return {}
    return {name: found for name, value in given.items() if (found := _value(name, value, intake)) is not None}


def _value(name: str, value: GivenValue, intake: Intake) -> Value | None:
    if isinstance(value, str):
        return intake.label(PREFIX + name, value)
    return int(value) if value is True or value is False else value


def _lower(label: str | None) -> str | None:
    return None if label is None else label.lower()
