"""Applies a placed order: it is counted, and its lines are kept until their outcome can no longer change."""

from data.outcome import closes_at_time
from data.times import iso
from features.language.nodes import LineEvent as Kind
from features.online_state import records
from features.online_state.basket import Row, rows
from features.online_state.changes import line_events, profiles
from features.online_state.changes.settling import kept_until, settle
from features.online_state.changes.work import Work
from features.online_state.events import OrderPlaced, Receipt, Status, refused
from features.online_state.records import LineRecord
from features.stores.store import Agenda


def place(work: Work, event: OrderPlaced) -> Receipt:
    """Count the order, unless it is a duplicate or invalid, and apply the events that waited for it."""
    receipt = _met_before(work, event) or _out_of_time(work, event)
    if receipt is not None:
        return receipt
    found = _count(work, event)
    early = [records.waiting_key(line_id) for line_id in event.line_ids]
    waiting = zip(early, work.store.get(early), strict=True)
    for row, ordered, line_id, waited in zip(found, event.order.lines, event.line_ids, waiting, strict=True):
        line = LineRecord(
            order_id=event.order_id,
            ordered_at=event.order.ordered_at,
            columns={name: row[name] for name in work.outcome_columns if name in row},
            closes_at=ordered.closes_at,
            recorded=ordered.outcome_recorded,
        )
        key = records.line_key(line_id)
        line_events.catch_up(work, line, *waited)
        settle(work, key, line)
        work.store.schedule(Agenda.FORGET, kept_until(work, line), key)
    return Receipt(event.event_id, Status.APPLIED)


def _count(work: Work, event: OrderPlaced) -> list[Row]:
    """Count each line as ordered, and give the columns that the counters used."""
    order = event.order
    known = profiles.learn(work.store, order)
    found = rows(order, work.line_nodes, *known, form=work.row_form)
    work.ledger.fetch([*found])
    first = min(event.line_ids)
    for row, line_id in zip(found, event.line_ids, strict=True):
        row["first_in_order"] = int(line_id == first)
        work.ledger.add(Kind.ORDERED, row, order.ordered_at)
    work.note(order.ordered_at)
    return found


def _met_before(work: Work, event: OrderPlaced) -> Receipt | None:
    """The receipt of an order whose lines are known already or share an id; None for any other."""
    keys = [records.line_key(line_id) for line_id in event.line_ids]
    known = [records.read_line(value) for value in work.store.get(keys) if value is not None]
    if len(set(keys)) < len(keys) or len(keys) != len(event.order.lines):
        return refused(event, "its lines need an id each, all different")
    if known and all(line.order_id == event.order_id for line in known) and len(known) == len(keys):
        return Receipt(event.event_id, Status.DUPLICATE)
    if known:
        return refused(event, "lines of the same ids were ordered before")
    return None


def _out_of_time(work: Work, event: OrderPlaced) -> Receipt | None:
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
        return refused(event, f"its lines closed by {iso(min(long_ago))}, too long before now, {iso(work.now)}")
    return None
