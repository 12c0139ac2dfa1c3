"""A shop's log with what real shops do to it: every kind of event, corrected, repeated, late and out of order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from random import Random

from features.online_state.events import (
    CustomerChanged,
    CustomerErased,
    CustomersMerged,
    Event,
    LineDelivered,
    LineReturned,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ProductChanged,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
)
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from tests.features.event_log import Moment

HOUR = 3_600_000_000
DAY = 24 * HOUR
Told = tuple[int, Event]
"""An event, and when it arrives (microseconds since 1970)."""


@dataclass(frozen=True)
class Shop:
    """What a correction may put in the place of what was said first.

    ``share``: how often each kind of correction is made. ``product_facts`` and ``customer_facts`` are those of the
    shop's own: a fact of a kind that it never records would make another recipe. ``reasons``: those of its returns.
    """

    random: Random
    customers: Sequence[str]
    products: Sequence[str]
    lines: Sequence[OrderLine]
    product_facts: Sequence[ProductFacts]
    customer_facts: Sequence[CustomerFacts]
    reasons: Sequence[str]
    share: float

    def chance(self, times: float = 1.0) -> bool:
        return self.random.random() < self.share * times

    def after(self, at: int, days: int) -> int:
        return at + self.random.randrange(1, days * 24) * HOUR

    def reason(self) -> str | None:
        return self.random.choice(self.reasons) if self.reasons else None


def corrected(log: Sequence[Moment], since: int, seed: int, share: float = 0.1) -> list[Moment]:
    """The events of ``log`` after the time ``since``, with corrections of them and of the orders before.

    Of all events, a tenth arrives up to ten days late and a twentieth twice. Moments are hours.
    """
    random = Random(seed)
    shop = _shop(log, random, share)
    told: list[Told] = []
    for moment in log:
        for event in moment.events:
            if moment.at > since:
                told.append((moment.at, event))
            told += [each for each in _corrections(shop, moment.at, event) if each[0] > since]
    told += [each for each in _people_and_products(shop, since, log[-1].at) if each[0] > since]
    late = [(at + random.randrange(10 * 24) * HOUR if random.random() < 0.1 else at, event) for at, event in told]
    twice = [(at + random.randrange(48) * HOUR, event) for at, event in late if random.random() < 0.05]
    return list(_by_hour([*late, *twice]))


def _by_hour(told: list[Told]) -> Iterator[Moment]:
    told.sort(key=lambda pair: (pair[0], pair[1].event_id))
    for _, same in groupby(told, key=lambda pair: pair[0] // HOUR):
        pairs = list(same)
        yield Moment(pairs[-1][0], tuple(event for _, event in pairs))


def _shop(log: Sequence[Moment], random: Random, share: float) -> Shop:
    placed = [each for moment in log for each in moment.placed]
    back = [event for moment in log for event in moment.events if isinstance(event, LineReturned)]
    lines = [line for each in placed for line in each.order.lines]
    return Shop(
        random,
        sorted({each.order.customer_id for each in placed if each.order.customer_id is not None}),
        sorted({line.product_id for line in lines}),
        lines,
        [event.facts for moment in log for event in moment.events if isinstance(event, ProductChanged)],
        [event.facts for moment in log for event in moment.events if isinstance(event, CustomerChanged)],
        sorted({event.reason for event in back if event.reason is not None}),
        share,
    )


def _corrections(shop: Shop, at: int, event: Event) -> Iterator[Told]:
    match event:
        case OrderPlaced():
            yield from _of_order(shop, at, event)
        case LineDelivered():
            if shop.chance():
                told = shop.after(at, 6)
                other = event.delivered_at + shop.random.randrange(-48, 72) * HOUR
                yield told, LineDelivered(f"{event.event_id}+", event.line_id, other, recorded_at=told)
        case LineReturned():
            yield from _of_return(shop, at, event)


def _of_order(shop: Shop, at: int, placed: OrderPlaced) -> Iterator[Told]:
    line_ids, order = placed.line_ids, placed.order
    for number in range(1, 3):
        if not shop.chance():
            break
        changed_at = shop.after(at, 15)
        line_ids, order = _changed(shop, placed.order_id, line_ids, order)
        yield changed_at, OrderChanged(f"{placed.event_id}+{number}", placed.order_id, changed_at, line_ids, order)
    if shop.chance(0.5):
        cancelled_at = shop.after(at, shop.random.choice([2, 20]))
        some = None if shop.random.random() < 0.4 else (shop.random.choice(line_ids),)
        yield cancelled_at, OrderCancelled(f"{placed.event_id}-", placed.order_id, cancelled_at, some)
    if shop.chance(0.3):
        refunded_at = shop.after(at, 20)
        yield refunded_at, Refunded(f"{placed.event_id}$", line_ids[0], refunded_at, 100)


def _changed(shop: Shop, order_id: str, line_ids: tuple[str, ...], order: Order) -> tuple[tuple[str, ...], Order]:
    """One change of the whole order: a price, a number of pieces, a size, its customer or time, or its lines."""
    random, lines = shop.random, list(order.lines)
    place = random.randrange(len(lines))
    what = random.choice(["price", "pieces", "size", "customer", "date", "added", "removed"])
    if what == "price":
        lines[place] = replace(lines[place], price_minor=round(lines[place].price_minor * random.uniform(0.3, 1.5)))
    elif what == "pieces":
        lines[place] = replace(lines[place], quantity=random.randrange(1, 4))
    elif what == "size":
        other = random.choice(shop.lines)
        lines[place] = replace(lines[place], size=other.size, color=other.color)
    elif what == "customer":
        order = replace(order, customer_id=random.choice([None, *random.sample(shop.customers, 4)]))
    elif what == "date":
        order = replace(order, ordered_at=order.ordered_at + random.randrange(-72, 24) * HOUR)
    elif what == "removed" and len(lines) > 1:
        del lines[place]
        line_ids = (*line_ids[:place], *line_ids[place + 1 :])
    else:
        lines.append(random.choice(shop.lines))
        line_ids = (*line_ids, f"{order_id}+{random.randrange(10**9)}")
    return line_ids, replace(order, lines=tuple(lines))


def _of_return(shop: Shop, at: int, back: LineReturned) -> Iterator[Told]:
    if shop.chance():
        yield at - DAY, ReturnRequested(f"{back.event_id}?", back.line_id, at - DAY)
    if shop.chance():
        yield at + DAY, Refunded(f"{back.event_id}$", back.line_id, at + DAY, 100, back.return_id)
    if shop.chance():
        told = shop.after(at, 8)
        yield told, ReturnCancelled(f"{back.event_id}-", back.line_id, back.identity, told)
    if shop.chance():
        told, returned_at = shop.after(at, 8), at + shop.random.randrange(-24, 48) * HOUR
        other = replace(back, reason=shop.reason(), quantity=1, returned_at=returned_at, recorded_at=told)
        if shop.random.random() < 0.3:
            other = replace(other, exchanged_for=shop.random.choice(shop.products), exchanged_size="m")
        yield told, replace(other, event_id=f"{back.event_id}+")
    if shop.chance():
        again = shop.after(at, 12)
        more = LineReturned(f"{back.event_id}2", back.line_id, again, shop.reason(), 1, f"{back.identity}+")
        yield again, more


def _people_and_products(shop: Shop, since: int, until: int) -> Iterator[Told]:
    """Later facts, some of them told late; and accounts that are merged, in chains of up to three, or erased."""
    random, customers = shop.random, list(shop.customers)

    def time() -> int:
        return random.randrange(since // HOUR, until // HOUR) * HOUR + 1

    for number, product in enumerate(shop.products):
        if shop.chance():
            at, other = time(), random.choice(shop.product_facts)
            yield at + random.choice([0, 9 * DAY]), ProductChanged(f"pc+{number}", product, at, other)
    for number, customer in enumerate(customers):
        if shop.chance():
            at, who = time(), random.choice(shop.customer_facts)
            yield at + random.choice([0, 9 * DAY]), CustomerChanged(f"cc+{number}", customer, at, who)
    random.shuffle(customers)
    chains = max(2, round(len(customers) * shop.share / 20))
    for number in range(min(chains, len(customers) // 5)):
        one, into, last, gone, _ = customers[5 * number : 5 * number + 5]
        merged = CustomersMerged(f"cm+{number}", one, into, time())
        yield merged.merged_at, merged
        if number % 3 == 0:
            again = CustomersMerged(f"cm2+{number}", into, last, time())
            yield again.merged_at, again
        erased = CustomerErased(f"ce+{number}", gone if number % 4 else into, time())
        yield erased.erased_at, erased
