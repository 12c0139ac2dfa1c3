"""Random lives of orders: every kind of event, with corrections, and the order in which a shop may send them."""

from dataclasses import dataclass, replace
from random import Random

from features.online_state.events import (
    CustomerChanged,
    CustomerErased,
    CustomersMerged,
    Event,
    LineDelivered,
    LineReturned,
    LineShipped,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ProductChanged,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
)
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts

START = 1_700_000_000_000_000
HOUR = 3_600_000_000
DAY = 24 * HOUR
END = START + 120 * DAY


@dataclass
class Shop:
    """What the shop tells; ids begin with ``prefix``, so that many shops can be one."""

    random: Random
    prefix: str = ""
    number: int = 0

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{self.prefix}{kind}{self.number}"

    def time(self, after: int = START, days: int = 40) -> int:
        return after + self.random.randrange(days * 24) * HOUR

    def chance(self, share: float) -> bool:
        return self.random.random() < share


def life(random: Random, prefix: str = "", *, people: bool = True) -> list[Event]:
    """The events of a few orders, in the order of their own times, each once."""
    shop = Shop(random, prefix)
    events = list(_catalogue(shop))
    for _ in range(random.randrange(1, 5)):
        events += _order(shop)
    if people:
        events += _people(shop)
    return events


def _catalogue(shop: Shop) -> list[Event]:
    events: list[Event] = []
    for number in range(3):
        product = f"{shop.prefix}p{number}"
        facts = ProductFacts(category=shop.random.choice(["shoes", "dresses"]), brand="a", department="fashion")
        events.append(ProductChanged(shop.name("pc"), product, START - DAY, facts))
        if shop.chance(0.3):
            changed = ProductFacts(category="bags", launched_at=START - 9 * DAY)
            events.append(ProductChanged(shop.name("pc"), product, shop.time(), changed))
    return events


def _line(shop: Shop) -> OrderLine:
    random = shop.random
    return OrderLine(
        f"{shop.prefix}p{random.randrange(3)}",
        random.randrange(1, 4),
        random.choice([0, 500, 1999]),
        size=random.choice(["s", "m", "40", None]),
        color=random.choice(["red", None]),
        outcome_recorded=shop.chance(0.9),
    )


def _content(shop: Shop, ordered_at: int, lines: int) -> Order:
    random = shop.random
    customer = None if shop.chance(0.1) else f"{shop.prefix}c{random.randrange(3)}"
    payment = random.choice(["invoice", "card"])
    return Order(customer, ordered_at, tuple(_line(shop) for _ in range(lines)), payment_method=payment, region="DE")


def _order(shop: Shop) -> list[Event]:
    random, order_id, ordered_at = shop.random, shop.name("o"), shop.time()
    line_ids = tuple(shop.name("l") for _ in range(random.randrange(1, 4)))
    placed = OrderPlaced(shop.name("e"), order_id, line_ids, _content(shop, ordered_at, len(line_ids)))
    events: list[Event] = [placed]
    if shop.chance(0.3):
        events.append(_correction(shop, placed))
    if shop.chance(0.4):
        events += _changes(shop, placed)
        line_ids = tuple({*line_ids, *events[-1].line_ids}) if isinstance(events[-1], OrderChanged) else line_ids
    if shop.chance(0.2):
        some = None if shop.chance(0.5) else (line_ids[0],)
        events += _cancellations(shop, OrderCancelled(shop.name("e"), order_id, shop.time(ordered_at - DAY, 12), some))
    for line_id in sorted(line_ids):
        events += _line_life(shop, line_id, ordered_at)
    return events


def _correction(shop: Shop, placed: OrderPlaced) -> OrderPlaced:
    """The same statement again, recorded later: with what no counter has, another line, or nothing new."""
    order, first = placed.order, placed.order.lines[0]
    other: tuple[Order, OrderLine] = shop.random.choice(
        [
            (replace(order, voucher_used=True, channel="app"), first),
            (order, replace(first, closes_at=order.ordered_at + shop.random.randrange(60) * DAY)),
            (order, replace(first, outcome_recorded=not first.outcome_recorded)),
            (order, _line(shop)),
            (order, first),
        ]
    )
    lines = (other[1], *order.lines[1:])
    return replace(placed, order=replace(other[0], lines=lines), recorded_at=shop.time(order.ordered_at + HOUR, 20))


def _cancellations(shop: Shop, first: OrderCancelled) -> list[Event]:
    """A cancellation, others of the same order with another scope and time, and corrections of the first."""
    events: list[Event] = [first]
    while shop.chance(0.4):
        some = first.line_ids if shop.chance(0.5) else None
        events.append(OrderCancelled(shop.name("e"), first.order_id, shop.time(first.cancelled_at - DAY, 40), some))
    if shop.chance(0.3):
        at = shop.time(first.cancelled_at, 3)
        events.append(replace(first, cancelled_at=at, line_ids=shop.random.choice([(), None]), recorded_at=at + DAY))
    return events


def _changes(shop: Shop, placed: OrderPlaced) -> list[Event]:
    """One or two later statements of the whole order: lines added, removed, other prices, customers and times."""
    events: list[Event] = []
    for _ in range(shop.random.randrange(1, 3)):
        kept = tuple(line_id for line_id in placed.line_ids if shop.chance(0.7))
        line_ids = (*kept, *(shop.name("l") for _ in range(shop.random.randrange(2)))) or placed.line_ids
        at = placed.order.ordered_at + (shop.random.randrange(-20, 20) * HOUR if shop.chance(0.3) else 0)
        order = _content(shop, at, len(line_ids))
        told = OrderChanged(shop.name("e"), placed.order_id, shop.time(placed.order.ordered_at, 10), line_ids, order)
        events.append(told)
    return events


def _line_life(shop: Shop, line_id: str, ordered_at: int) -> list[Event]:
    events: list[Event] = []
    if shop.chance(0.3):
        events.append(LineShipped(shop.name("e"), line_id, shop.time(ordered_at, 3)))
    if shop.chance(0.8):
        events.append(LineDelivered(shop.name("e"), line_id, shop.time(ordered_at, 9)))
    if shop.chance(0.15):
        at = shop.time(ordered_at, 9)
        events.append(LineDelivered(shop.name("e"), line_id, at, recorded_at=at + 9 * DAY))
    if shop.chance(0.15):
        events += _deliveries_told_again(shop, line_id, shop.time(ordered_at, 9))
    for _ in range(shop.random.choice([0, 0, 1, 1, 2])):
        events += _return(shop, line_id, ordered_at)
    if shop.chance(0.2):
        events.append(Refunded(shop.name("e"), line_id, shop.time(ordered_at, 30), 100))
    return events


def _deliveries_told_again(shop: Shop, line_id: str, at: int) -> list[Event]:
    """A delivery, the same again with another id, and a correction of the first that was recorded between."""
    first = LineDelivered(shop.name("e"), line_id, at)
    again = LineDelivered(shop.name("e"), line_id, at, recorded_at=at + 9 * DAY)
    return [first, again, replace(first, delivered_at=at - 5 * HOUR, recorded_at=at + 5 * DAY)]


def _return(shop: Shop, line_id: str, ordered_at: int) -> list[Event]:
    random, at = shop.random, shop.time(ordered_at - DAY, 34)
    events: list[Event] = [ReturnRequested(shop.name("e"), line_id, at)] if shop.chance(0.2) else []
    pieces = random.choice([None, 1, 1, 2, 3])
    reason = random.choice(["COLOR", "SIZE_TOO_SMALL", None])
    inferred = True if reason is not None and shop.chance(0.3) else None
    back = LineReturned(shop.name("e"), line_id, at, reason, pieces, return_id=shop.name("r"), reason_inferred=inferred)
    events.append(back)
    if shop.chance(0.2):
        other = replace(back, reason="DEFECTIVE", quantity=1, returned_at=at + 5 * HOUR, recorded_at=at + 2 * DAY)
        events.append(other if shop.chance(0.5) else replace(other, event_id=shop.name("e")))
    if shop.chance(0.2):
        events.append(ReturnCancelled(shop.name("e"), line_id, str(back.return_id), at + 3 * DAY))
        if shop.chance(0.4):
            events.append(replace(back, recorded_at=at + 4 * DAY))
    return events


def _people(shop: Shop) -> list[Event]:
    events: list[Event] = []
    for number in range(3):
        who = f"{shop.prefix}c{number}"
        if shop.chance(0.4):
            facts = CustomerFacts(registered_at=shop.time(START - 90 * DAY), birth_year=1980)
            events.append(CustomerChanged(shop.name("e"), who, shop.time(), facts))
    if shop.chance(0.3):
        events.append(CustomersMerged(shop.name("e"), f"{shop.prefix}c1", f"{shop.prefix}c0", shop.time()))
    if shop.chance(0.2):
        events.append(CustomersMerged(shop.name("e"), f"{shop.prefix}c0", f"{shop.prefix}c2", shop.time()))
    if shop.chance(0.25):
        events.append(CustomerErased(shop.name("e"), f"{shop.prefix}c{shop.random.randrange(3)}", shop.time()))
    return events
