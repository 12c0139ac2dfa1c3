"""Applies what happens to lines; an event waits where the order of its line has not arrived yet."""

from typing import TypeVar

from data.times import iso
from features.online_state import records
from features.online_state.changes.settling import settle
from features.online_state.changes.work import Reading, Work
from features.online_state.events import (
    FROM_TABLES,
    Cause,
    LineDelivered,
    LineEvent,
    LineReturned,
    LineShipped,
    Receipt,
    Refunded,
    ReturnCancelled,
    ReturnRequested,
    Status,
    known_at,
    recorded_at,
    refused,
    version,
)
from features.online_state.order_life import MOST_REFUNDED, LineLife, asks_for_what_is_there, is_plausible, lives
from features.online_state.order_record import LineFacts, OrderRecord, lean
from features.stores.store import Agenda

Told = TypeVar("Told", bound=LineEvent)

_KINDS: dict[type[LineEvent], str] = {LineDelivered: "delivery", LineReturned: "outcome", ReturnCancelled: "outcome"}
"""The kind of fact (a field of `Latest`) that each kind of event states; others state none."""
WAITING = 16
"""The most events that wait for the order of one line; more are refused."""


def take(work: Work, event: LineEvent) -> Receipt:
    """Apply an event of a line, or keep the event until the order of the line arrives."""
    (owner,) = work.store.get([records.line_key(event.line_id)])
    record = None if owner is None else work.order(records.order_key(owner.decode("utf-8", "surrogatepass")))
    if record is None:
        return _wait(work, event)
    known = _holding(record.facts(event.line_id), event)
    if known == event:
        return Receipt(event.event_id, Status.DUPLICATE)
    before = None if known is None or not _same_fact(known, event) else standing(work, record, known).status
    _learn(record, event)
    settle(work, record)
    work.changed(records.order_key(record.order_id))
    holds = None if before is None else _holding(record.facts(event.line_id), event)
    if holds is not None and standing(work, record, holds).status == before:
        return Receipt(event.event_id, Status.DUPLICATE)
    receipt = standing(work, record, event)
    if receipt.status is Status.APPLIED and type(event) in _KINDS:
        work.note(**{_KINDS[type(event)]: known_at(event)})
    return receipt


def _same_fact(one: LineEvent, other: LineEvent) -> bool:
    """Whether two statements say the same: their ids and the times when they were recorded make no difference."""
    told, again = (
        {name: value for name, value in lean(each).items() if name not in ("event_id", "recorded_at", "return_id")}
        for each in (one, other)
    )
    return told == again


def catch_up(work: Work, record: OrderRecord, line_id: str) -> None:
    """Apply the events that waited for the order of a line."""
    key = records.waiting_key(line_id)
    (value,) = work.store.get([key])
    record.facts(line_id)
    for event in records.read_events(value):
        if isinstance(event, LineEvent):
            _learn(record, event)
    if value is not None:
        work.store.delete(key)


def standing(work: Reading, record: OrderRecord, event: LineEvent) -> Receipt:
    """Give the receipt of an event of ``record`` that is known, as things stand."""
    line = next((each for each in lives(record, work.outcome) if each.line_id == event.line_id), None)
    why = f"the order has no line {event.line_id} any more" if line is None else _no_effect(line, event)
    if why or line is None:
        return Receipt(event.event_id, Status.NOT_COUNTED, why)
    lacking = _lacking(line, event)
    return Receipt(event.event_id, Status.WAITING if lacking else Status.APPLIED, lacking or _remark(line, event))


def _wait(work: Work, event: LineEvent) -> Receipt:
    if known_at(event) + work.terms.remember < work.now:
        return refused(event, f"known at {iso(known_at(event))}, too long before now, {iso(work.now)}", Cause.LATE)
    key = records.waiting_key(event.line_id)
    (value,) = work.store.get([key])
    waiting = records.read_events(value)
    if len(waiting) >= WAITING:
        return refused(event, f"{WAITING} events wait for the order of this line: send the order first", Cause.WAITING)
    work.store.put(key, records.write_events([*waiting, event]))
    work.store.schedule(Agenda.FORGET, work.now + work.terms.remember, key)
    return Receipt(event.event_id, Status.WAITING)


def _learn(record: OrderRecord, event: LineEvent) -> None:
    """Add the statement to the facts of its line, unless a later one of the same fact is known."""
    facts = record.facts(event.line_id)
    match event:
        case LineShipped():
            facts.shipped = _later(facts.shipped, event)
        case LineDelivered():
            facts.delivered = _later(facts.delivered, event)
        case ReturnRequested():
            facts.requested = _later(facts.requested, event)
        case LineReturned():
            _take_back(facts.returns, event, event.identity)
            known = _known_return(facts, event)
            if known is not None and known.identity != event.identity:
                del facts.returns[known.identity]
            facts.returns[event.identity] = _later(known, event)
        case ReturnCancelled():
            _take_back(facts.withdrawn, event, event.return_id)
            facts.withdrawn[event.return_id] = _later(facts.withdrawn.get(event.return_id), event)
        case Refunded():
            facts.refunds[event.event_id] = _later(facts.refunds.get(event.event_id), event)


def _take_back(known: dict[str, Told], event: LineEvent, return_id: str) -> None:
    """Take out what an earlier statement of the same event said of another return."""
    for other in [other for other, each in known.items() if each.event_id == event.event_id and other != return_id]:
        if version(known[other]) < version(event):
            del known[other]


def _known_return(facts: LineFacts, event: LineReturned) -> LineReturned | None:
    """The statement of the same return; one of the tables, whose ids need not be the shop's, by its time."""
    known = facts.returns.get(event.identity)
    if known is not None:
        return known
    of_tables = (each for each in facts.returns.values() if each.event_id == FROM_TABLES)
    return next((each for each in of_tables if each.returned_at == event.returned_at), None)


def _later(known: Told | None, event: Told) -> Told:
    return event if known is None or version(event) >= version(known) else known


def _no_effect(line: LineLife, event: LineEvent) -> str:
    """Say why a known event changes nothing; empty where it does."""
    holds = _holding(line.facts, event)
    if holds is not None and holds.event_id != event.event_id:
        return (
            f"{iso(known_at(event))}, recorded at {iso(recorded_at(event))}, and {iso(known_at(holds))} by the event"
            f" {holds.event_id}, recorded at {iso(recorded_at(holds))}: to correct it, send a later recorded_at"
        )
    at = known_at(event)
    if at < line.ordered_at:
        return f"known at {iso(at)}, before its order of {iso(line.ordered_at)}"
    return _impossible(line, event)


def _impossible(line: LineLife, event: LineEvent) -> str:
    """Say why an event that holds of its fact is none of this line; empty where it may be."""
    match event:
        case LineReturned():
            return _uncounted_return(line, event)
        case ReturnCancelled():
            return _too_early(line, event)
        case LineDelivered():
            return _uncounted_delivery(line, event)
        case ReturnRequested() if not asks_for_what_is_there(line, event):
            return f"asks for {event.quantity} pieces, and the line has {line.line.quantity}"
        case Refunded() if not is_plausible(line, event):
            times = f"more than {MOST_REFUNDED} times, with what was refunded before"
            return f"refunds {event.refunded_minor} minor units of a line of {line.value_minor}: {times}"
        case _:
            return ""


def _uncounted_delivery(line: LineLife, event: LineDelivered) -> str:
    if line.cancelled_at is not None:
        return f"the line was cancelled at {iso(line.cancelled_at)}"
    if line.delivery_counts:
        return ""
    return f"delivered at {iso(event.delivered_at)}, after its window closed at {iso(line.deadline)}"


def _too_early(line: LineLife, event: ReturnCancelled) -> str:
    """Say why a withdrawal has no effect on the return that it names; empty where it has, or the return is unknown."""
    told = line.facts.returns.get(event.return_id)
    if told is None or line.is_withdrawn(told):
        return ""
    return f"recorded at {iso(recorded_at(event))}, before its return was, at {iso(recorded_at(told))}"


def _lacking(line: LineLife, event: LineEvent) -> str:
    """Say which return the event is about, where that return is not known yet; else empty."""
    named = event.return_id if isinstance(event, ReturnCancelled | Refunded) else None
    unknown = named is not None and named not in line.facts.returns
    return f"no return {named} of this line is known yet" if unknown else ""


def _uncounted_return(line: LineLife, event: LineReturned) -> str:
    if not line.line.outcome_recorded:
        return "the outcome of its line is never recorded (outcome_recorded: false)"
    if line.is_withdrawn(event):
        return f"taken back by the event {line.facts.withdrawn[event.identity].event_id}"
    if line.cancelled_at is not None:
        return f"the line was cancelled at {iso(line.cancelled_at)}"
    if event.returned_at > line.closes_at:
        return f"returned at {iso(event.returned_at)}, after its window closed at {iso(line.closes_at)}"
    if not _counted(line, event):
        return _all_back(line.line.quantity)
    return ""


def _all_back(pieces: int) -> str:
    return "the line came back before" if pieces == 1 else f"all {pieces} pieces of the line came back before"


def _counted(line: LineLife, event: LineReturned) -> int:
    return next((each.pieces for each in line.back if each.told.identity == event.identity), 0)


def _remark(line: LineLife, event: LineEvent) -> str:
    """Say what else is so of an event that counts; mostly nothing."""
    if isinstance(event, LineDelivered) and line.line.closes_at is not None:
        return f"its window closes at {iso(line.closes_at)}, as the order says, whenever the line is delivered"
    return _in_part(line, event)


def _in_part(line: LineLife, event: LineEvent) -> str:
    """Say so where fewer pieces count than came back; empty elsewhere."""
    if not isinstance(event, LineReturned) or event.quantity is None or not line.settles:
        return ""
    counted, ordered = _counted(line, event), line.line.quantity
    if counted == event.quantity:
        return ""
    before = "" if counted == ordered else ", and others came before"
    return f"{counted} of its {event.quantity} pieces count: the line has {ordered}{before}"


def _holding(facts: LineFacts, event: LineEvent) -> LineEvent | None:
    """The statement that holds of the fact that ``event`` states."""
    match event:
        case LineShipped():
            return facts.shipped
        case LineDelivered():
            return facts.delivered
        case ReturnRequested():
            return facts.requested
        case LineReturned():
            return _known_return(facts, event)
        case ReturnCancelled():
            return facts.withdrawn.get(event.return_id)
        case _:
            return facts.refunds.get(event.event_id)
