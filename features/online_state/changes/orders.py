"""Applies what the shop says of whole orders: placed, changed and cancelled."""

from dataclasses import replace

from data.outcome import closes_at_time
from data.times import SLIGHTLY_AHEAD, iso
from features.online_state import records
from features.online_state.changes import cancellation, line_events
from features.online_state.changes.links import link
from features.online_state.changes.settling import columns_of, kept_until, note_counting, settle
from features.online_state.changes.work import Reading, Work
from features.online_state.events import (
    FROM_TABLES,
    Cause,
    OrderCancelled,
    OrderContent,
    Receipt,
    Status,
    recorded_at,
    refused,
    version,
)
from features.online_state.order_life import LineLife, lives
from features.online_state.order_record import OrderRecord
from features.stores.store import Agenda


def take(work: Work, event: OrderContent) -> Receipt:
    """Make ``event`` the content of its order, unless a later statement is known or the content is impossible."""
    receipt = impossible(work, event)
    if receipt is not None:
        return receipt
    key = records.order_key(event.order_id)
    record = work.order(key)
    if record is None and work.order(records.closed_order_key(key)) is not None:
        return refused(event, "its order can no longer change, and is forgotten", Cause.LATE)
    record = record or OrderRecord(event.order_id)
    if record.content == event:
        return Receipt(event.event_id, Status.DUPLICATE)
    work.changed(key)
    record.told = sorted({*record.told, event.event_id})
    _own_lines(work, record, event)
    if record.content is not None and version(record.content) > version(event):
        settle(work, record)
        return standing(work, record, event)
    before, held = record.content, dict(record.counted)
    link(work, record, there=False)
    record.content = event
    link(work, record, there=True)
    columns = columns_of(work, record)
    found = settle(work, record, columns)
    work.note(order=event.order.ordered_at)
    note_counting(work, found, range(work.now + SLIGHTLY_AHEAD + 1))  # what waited for the order; later ones, in time
    if before is None:
        work.store.schedule(Agenda.FORGET, kept_until(work, record, found), key)
    same = before is not None and _says_the_same(before, event) and held == record.counted
    return Receipt(event.event_id, Status.DUPLICATE) if same else standing(work, record, event)


def _says_the_same(one: OrderContent, other: OrderContent) -> bool:
    """Whether two statements agree; tables lack some of what an event says, and agree where counters are the same."""
    return one.event_id == FROM_TABLES or replace(one, recorded_at=other.recorded_at) == other


def cancel(work: Work, event: OrderCancelled) -> Receipt:
    """Cancel lines of an order; a cancellation of an order that is not known yet waits for it."""
    key = records.order_key(event.order_id)
    record = work.order(key)
    if record is None:
        if event.cancelled_at + work.terms.remember < work.now:
            return refused(
                event, f"known at {iso(event.cancelled_at)}, too long before now, {iso(work.now)}", Cause.LATE
            )
        record = OrderRecord(event.order_id)
        work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)
    record.learn_cancellation(event)
    settle(work, record)
    work.changed(key)
    receipt = standing(work, record, event)
    if receipt.status is Status.APPLIED and event.line_ids != ():
        work.note(outcome=event.cancelled_at)
    return receipt


def standing(work: Reading, record: OrderRecord, event: OrderContent | OrderCancelled) -> Receipt:
    """Give the receipt of an event of ``record`` that is known, as things stand."""
    found = lives(record, work.outcome)
    if isinstance(event, OrderCancelled):
        return cancellation.standing(record, found, event)
    return _standing_content(record, found, event)


def _standing_content(record: OrderRecord, found: list[LineLife], event: OrderContent) -> Receipt:
    content = record.content
    if content is None or content.event_id != event.event_id:
        other = (
            "nothing" if content is None else f"the event {content.event_id}, recorded at {iso(recorded_at(content))}"
        )
        why = f"recorded at {iso(recorded_at(event))}, and the order is as {other} says"
        return Receipt(event.event_id, Status.NOT_COUNTED, why)
    gone = cancellation.cancelled_before(record, found, event)
    every = len(gone) == len(found)
    return Receipt(event.event_id, Status.NOT_COUNTED if gone and every else Status.APPLIED, "; ".join(gone[:1]))


def _own_lines(work: Work, record: OrderRecord, event: OrderContent) -> None:
    """Note whose lines those of ``event`` are, and apply what waited for them.

    A line that a later statement leaves out stays one of the order: its facts count again where it comes back.
    """
    for line_id in event.line_ids:
        work.store.put(records.line_key(line_id), event.order_id.encode("utf-8", "surrogatepass"))
        line_events.catch_up(work, record, line_id)


def impossible(work: Reading, event: OrderContent) -> Receipt | None:
    """The receipt of an order that is refused whatever else is known of it; else None."""
    keys = [records.line_key(line_id) for line_id in event.line_ids]
    if len(set(keys)) < len(keys) or len(keys) != len(event.order.lines):
        return refused(event, "its lines need an id each, all different")
    taken = _line_of_another(work, event)
    return refused(event, taken) if taken else _out_of_time(work, event)


def lost(work: Reading, record: OrderRecord | None, event: OrderContent) -> Receipt | None:
    """The receipt of an order that waited for its time and then lost a line to another order; else None."""
    if record is not None and event.event_id in record.told:
        return None
    taken = _line_of_another(work, event)
    return Receipt(event.event_id, Status.NOT_COUNTED, taken) if taken else None


def _line_of_another(work: Reading, event: OrderContent) -> str:
    """Name a line that is one of another order; empty where there is none."""
    own = event.order_id.encode("utf-8", "surrogatepass")
    owners = work.store.get([records.line_key(line_id) for line_id in event.line_ids])
    for line_id, owner in zip(event.line_ids, owners, strict=True):
        if owner is not None and owner != own:
            return f"its line {line_id} was ordered before, in the order {owner.decode('utf-8', 'surrogatepass')}"
    return ""


def _out_of_time(work: Reading, event: OrderContent) -> Receipt | None:
    """The receipt of an order with an impossible close, or so old that the state may have forgotten it; else None."""
    order, terms = event.order, work.terms
    latest = order.ordered_at + terms.max_delay
    for line in order.lines:
        if line.closes_at is not None and not order.ordered_at <= line.closes_at <= latest:
            return refused(event, f"closes at {iso(line.closes_at)}, ordered at {iso(order.ordered_at)}")
    # The close of each line while its delivery is unknown.
    deadlines = [closes_at_time(order.ordered_at, None, line.closes_at, work.outcome) for line in order.lines]
    long_ago = [deadline for deadline in deadlines if deadline + terms.remember < work.now]
    if long_ago:
        return refused(
            event, f"its lines closed by {iso(min(long_ago))}, too long before now, {iso(work.now)}", Cause.LATE
        )
    return None
