"""What a cancellation does to the lines of its order, and why it may do nothing."""

from collections.abc import Sequence

from data.times import iso
from features.online_state.events import OrderCancelled, OrderChanged, OrderContent, Receipt, Status
from features.online_state.order_life import LineLife
from features.online_state.order_record import OrderRecord

VOID = "it cancels no line: what it said before is taken back"


def standing(record: OrderRecord, found: Sequence[LineLife], event: OrderCancelled) -> Receipt:
    """Give the receipt of a cancellation that ``record`` knows, with its lines ``found``, as things stand."""
    if record.cancelled.get(event.event_id) != event:
        return Receipt(event.event_id, Status.NOT_COUNTED, "a later statement with the same id is known")
    if record.content is None:
        return Receipt(event.event_id, Status.WAITING)
    if event.line_ids == ():
        return Receipt(event.event_id, Status.APPLIED, VOID)
    named = [line for line in found if event.line_ids is None or line.line_id in event.line_ids]
    known = {line.line_id for line in named}
    without = [f"the order has no line {each} yet" for each in event.line_ids or () if each not in known]
    why = [why for line in named if (why := _no_effect(line, event))]
    if len(why) < len(named):
        return Receipt(event.event_id, Status.APPLIED, "; ".join([*without, *why][:1]))
    if without:
        return Receipt(event.event_id, Status.WAITING, without[0])
    return Receipt(event.event_id, Status.NOT_COUNTED, why[0])


def cancelled_before(record: OrderRecord, found: Sequence[LineLife], event: OrderContent) -> list[str]:
    """Say of each line of a changed order that a cancellation of the whole order holds for it, from before."""
    if not isinstance(event, OrderChanged):
        return []
    said: list[str] = []
    for line in found:
        told = record.cancellation(line.line_id, line.ordered_at)
        in_time = told is not None and line.cancelled_at is not None and told.cancelled_at <= event.changed_at
        if told is not None and told.line_ids is None and in_time:
            said.append(
                f"the line {line.line_id} is cancelled since {iso(told.cancelled_at)}, with its whole order: to take it"
                f" back, correct the event {told.event_id}"
            )
    return said


def _no_effect(line: LineLife, event: OrderCancelled) -> str:
    """Say why the cancellation changes nothing for the line; empty where it does."""
    at, name = event.cancelled_at, line.line_id
    if at < line.ordered_at:
        return f"cancelled at {iso(at)}, before its order of {iso(line.ordered_at)}"
    if line.cancelled_at is not None:
        return "" if at == line.cancelled_at else f"the line {name} was cancelled before, at {iso(line.cancelled_at)}"
    if at > line.closes_at:
        return f"cancelled at {iso(at)}, after the window of the line {name} closed at {iso(line.closes_at)}"
    return f"cancelled at {iso(at)}, after a return of the line {name}"
