"""From the contract to what the online side works with: customer ids hashed, sizes and colors in lower case."""

from dataclasses import replace

from features import events, order
from serving import contract
from serving.parts import Identity


def read_order(basket: contract.Basket, now: int, identity: Identity | None) -> order.Order:
    """Read a basket; ``now`` (microseconds since 1970, UTC) is taken where it names no time."""
    at = now if basket.ordered_at is None else basket.ordered_at
    return _order(basket, at, tuple([_offered_line(line) for line in basket.lines]), identity)


def read_event(event: contract.Event, identity: Identity | None) -> events.Event:
    """Read one event."""
    match event:
        case contract.OrderPlaced():
            lines = tuple([_placed_line(line) for line in event.lines])
            placed = _order(event, event.ordered_at, lines, identity)
            return events.OrderPlaced(
                event.event_id, event.order_id, tuple([line.line_id for line in event.lines]), placed
            )
        case contract.LineDelivered():
            return events.LineDelivered(event.event_id, event.line_id, event.delivered_at)
        case contract.LineReturned():
            reason = None if event.reason is None else event.reason.value
            return events.LineReturned(event.event_id, event.line_id, event.returned_at, reason)


def _order(
    given: contract.Circumstances, at: int, lines: tuple[order.OrderLine, ...], identity: Identity | None
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
        customer=None if known is None else order.Customer(known.registered_at, known.birth_year, known.title),
        basket_id=given.basket_id,
    )


def _line(line: contract.BasketLine) -> order.OrderLine:
    return order.OrderLine(
        product_id=line.product_id,
        quantity=line.quantity,
        price_minor=line.price_minor,
        list_price_minor=line.list_price_minor,
        size=None if line.size is None else line.size.lower(),
        color=None if line.color is None else line.color.lower(),
        product=None if line.product is None else _product(line.product),
    )


def _offered_line(line: contract.OfferedLine) -> order.OrderLine:
    read = _line(line)
    if line.sizes_on_sale is None:
        return read
    labels = [size.lower() for size in line.sizes_on_sale if size]  # a blank label is no size
    return replace(read, sizes_on_sale=tuple(labels))


def _placed_line(line: contract.PlacedLine) -> order.OrderLine:
    return replace(_line(line), closes_at=line.closes_at, outcome_recorded=line.outcome_recorded)


def _product(given: contract.Product) -> order.Product:
    return order.Product(given.department, given.category, given.brand, given.supplier, given.launched_at)
