"""Reads baskets, and the orders of events."""

from collections.abc import Iterable, Mapping

from data.attributes import PREFIX, Value
from features.online_state import order
from serving.http.wire.requests.baskets import Basket, BasketLine, Circumstances, OfferedLine
from serving.http.wire.requests.orders import OrderContent, PlacedLine
from serving.http.wire.requests.parts import Customer, Product
from serving.http.wire.text import GivenValue
from serving.ports import Intake


def read_order(basket: Basket, now: int, intake: Intake) -> order.Order:
    """Read a basket; ``now`` (microseconds since 1970, UTC) stands in for a missing time."""
    at = now if basket.ordered_at is None else basket.ordered_at
    return _order(basket, at, tuple([_offered_line(line, intake) for line in basket.lines]), intake)


def read_content(content: OrderContent, intake: Intake) -> tuple[tuple[str, ...], order.Order]:
    """Read the order of an event: the ids of its lines, and the order itself."""
    lines = tuple([_placed_line(line, intake) for line in content.lines])
    return tuple([line.line_id for line in content.lines]), _order(content, content.ordered_at, lines, intake)


def _order(given: Circumstances, at: int, lines: tuple[order.OrderLine, ...], intake: Intake) -> order.Order:
    known = given.customer
    return order.Order(
        customer_id=None if given.customer_id is None else intake.customer(given.customer_id),
        ordered_at=at,
        lines=lines,
        voucher_used=given.voucher_used,
        payment_method=intake.label("payment_method", given.payment_method),
        channel=intake.label("channel", given.channel),
        region=intake.label("region", given.region),
        customer=None if known is None else read_customer(known, intake),
        basket_id=given.basket_id,
    )


_First = tuple[str, int, int, int | None, str | None, str | None, order.ProductFacts | None]
"""The first fields of an order line, from its product to the facts of it."""


def _first(line: BasketLine, intake: Intake) -> _First:
    return (
        line.product_id,
        line.quantity,
        line.price_minor,
        line.list_price_minor,
        lower_case(intake.label("size", line.size)),
        lower_case(intake.label("color", line.color)),
        None if line.product is None else read_product(line.product, intake),
    )


def _offered_line(line: OfferedLine, intake: Intake) -> order.OrderLine:
    on_sale = line.sizes_on_sale
    return order.OrderLine(
        *_first(line, intake),
        sizes_on_sale=None if on_sale is None else _sizes(on_sale, intake),
        line_id=line.line_id,
        attributes=_attributes(line.attributes, intake),
    )


def _sizes(labels: Iterable[str | None], intake: Intake) -> tuple[str, ...]:
    sizes = [lower_case(intake.label("size", label)) for label in labels]
    return tuple([size for size in sizes if size])  # a blank label is no size


def _placed_line(line: PlacedLine, intake: Intake) -> order.OrderLine:
    return order.OrderLine(
        *_first(line, intake),
        line.closes_at,
        line.outcome_recorded,
        attributes=_attributes(line.attributes, intake),
    )


def read_product(given: Product, intake: Intake) -> order.ProductFacts:
    """Read the facts of a product."""
    return order.ProductFacts(
        department=intake.label("department", given.department),
        category=intake.label("category", given.category),
        brand=intake.label("brand", given.brand),
        supplier=intake.label("supplier", given.supplier),
        launched_at=given.launched_at,
        attributes=_attributes(given.attributes, intake),
    )


def read_customer(given: Customer, intake: Intake) -> order.CustomerFacts:
    """Read the facts of a customer."""
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


def lower_case(label: str | None) -> str | None:
    """Give a label in lower case."""
    return None if label is None else label.lower()
