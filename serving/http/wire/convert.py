"""Converts requests to orders and events, and results to answers.

In requests, customer ids are hashed, and sizes and colors are put in lower case. Answers are made and checked in one
step: pydantic reads their fields from the attributes of the results that have the same names.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from data.times import from_us
from features.online_state import events, order
from serving.http.wire import answers, requests
from serving.ports import Identity, ModelDescription
from serving.scores import BasketScore, ScoredLine, Why

NOT_EXPLAINED = Why(None)


def read_order(basket: requests.Basket, now: int, identity: Identity | None) -> order.Order:
    """Read a basket; ``now`` (microseconds since 1970, UTC) stands in for a missing time."""
    at = now if basket.ordered_at is None else basket.ordered_at
    return _order(basket, at, tuple([_offered_line(line) for line in basket.lines]), identity)


def read_event(event: requests.Event, identity: Identity | None) -> events.Event:
    """Read one event."""
    match event:
        case requests.OrderPlaced():
            lines = tuple([_placed_line(line) for line in event.lines])
            placed = _order(event, event.ordered_at, lines, identity)
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


def _order(
    given: requests.Circumstances, at: int, lines: tuple[order.OrderLine, ...], identity: Identity | None
) -> order.Order:
    known = given.customer
    customer_id = given.customer_id
    return order.Order(
        customer_id=customer_id if customer_id is None or identity is None else identity.hash(customer_id),
        ordered_at=at,
        lines=lines,
        voucher_used=given.voucher_used,
        payment_method=given.payment_method,
        channel=given.channel,
        region=given.region,
        customer=None if known is None else order.CustomerFacts(known.registered_at, known.birth_year, known.title),
        basket_id=given.basket_id,
    )


def _line(line: requests.BasketLine) -> order.OrderLine:
    return order.OrderLine(
        product_id=line.product_id,
        quantity=line.quantity,
        price_minor=line.price_minor,
        list_price_minor=line.list_price_minor,
        size=None if line.size is None else line.size.lower(),
        color=None if line.color is None else line.color.lower(),
        product=None if line.product is None else _product(line.product),
    )


def _offered_line(line: requests.OfferedLine) -> order.OrderLine:
    read = _line(line)
    if line.sizes_on_sale is None:
        return read
    labels = [size.lower() for size in line.sizes_on_sale if size]  # a blank label is no size
    return replace(read, sizes_on_sale=tuple(labels))


def _placed_line(line: requests.PlacedLine) -> order.OrderLine:
    return replace(_line(line), closes_at=line.closes_at, outcome_recorded=line.outcome_recorded)


def _product(given: requests.Product) -> order.ProductFacts:
    return order.ProductFacts(given.department, given.category, given.brand, given.supplier, given.launched_at)
