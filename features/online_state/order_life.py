"""What the facts of an order amount to: which returns count, when lines close, and which events counters should hold.

The functions are pure. Each new fact leads to a new answer from all facts, and the counters are changed from the answer
that they hold to the new one. So the order in which facts arrive makes no difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from data.outcome import OutcomeParams, cancelled_in_time, closes_at_time, counts_as_returned
from data.times import SLIGHTLY_AHEAD
from features.language.nodes import PIECES_VALUE, LineEvent
from features.language.reasons import flags
from features.online_state.contents import FIRST_IN_ORDER
from features.online_state.events import LineReturned, Refunded, ReturnRequested, recorded_at
from features.online_state.order_record import Entry, OrderRecord

MOST_REFUNDED = 10
"""Refunds of more times the value of their line are taken for an error, such as in the unit of the money."""


@dataclass(frozen=True, slots=True)
class PiecesBack:
    """A return that counts, and the number of its pieces that do."""

    told: LineReturned
    pieces: int


class LineLife:
    """One line of an order that is known, at its ``place`` in the order.

    ``closes_at`` is the time when the outcome is decided, by the facts known so far. ``cancelled_at`` is None where the
    line was not cancelled, or before its order, or after its outcome was known. ``back`` are the returns that count, by
    time and id: no more pieces than were ordered, and none after the close. ``returned`` is the one with which the line
    counts as returned, None where too few pieces came back. ``pieces_left`` have not come back.
    """

    __slots__ = (
        *("line_id", "line", "ordered_at", "facts", "closes_at", "cancelled_at", "back", "returned", "pieces_left"),
        *("_record", "_outcome"),
    )

    def __init__(self, record: OrderRecord, place: int, outcome: OutcomeParams) -> None:
        content = record.content
        if content is None:
            raise ValueError("a line has a life only in an order that is known")
        self._record, self._outcome = record, outcome
        self.line_id: str = content.line_ids[place]
        self.line = content.order.lines[place]
        self.ordered_at: int = content.order.ordered_at
        self.facts = record.facts(self.line_id)
        self.closes_at = self._close()
        standing = [told for told in self.facts.returns.values() if not self.is_withdrawn(told)]
        self.cancelled_at = self._cancelled(standing) if record.cancelled else None
        self.back: tuple[PiecesBack, ...] = tuple(self._counting(standing)) if standing else ()
        self.pieces_left: int = self.line.quantity - sum(each.pieces for each in self.back)
        self.returned = self._whole() if self.back else None

    @property
    def settles(self) -> bool:
        """Whether the line has an outcome, now or later."""
        return self.line.outcome_recorded and self.cancelled_at is None

    @property
    def deadline(self) -> int:
        """The time after which a delivery no longer moves the close; the shop's own close is fixed from the start."""
        return closes_at_time(self.ordered_at, None, self.line.closes_at, self._outcome)

    @property
    def waits(self) -> bool:
        """Whether the close of the window will change what counters hold."""
        return self.settles and (self.returned is None or self.pieces_left > 0)

    @property
    def times(self) -> list[tuple[str, int]]:
        """The times of all facts of the line, each with its kind: a field of `Latest`, or *shipping*."""
        facts = self.facts
        found = [("order", self.ordered_at), *(("outcome", each.returned_at) for each in facts.returns.values())]
        if self.cancelled_at is not None:
            found.append(("outcome", self.cancelled_at))
        if facts.delivered is not None:
            found.append(("delivery", facts.delivered.delivered_at))
        if facts.shipped is not None:
            found.append(("shipping", facts.shipped.shipped_at))
        return found

    @property
    def value_minor(self) -> int:
        """What was ordered is worth so much, in minor units of the shop's currency."""
        return self.line.price_minor * self.line.quantity

    @property
    def delivery_counts(self) -> bool:
        """Whether what is known of the delivery is of this line, and came in time; a cancelled line has none."""
        told = self.facts.delivered
        if told is None or told.delivered_at < self.ordered_at or self.cancelled_at is not None:
            return False
        return self.line.closes_at is not None or told.delivered_at <= self.deadline

    @property
    def counting(self) -> list[tuple[str, int]]:
        """Those of `times` that count: none of a return after the close, say, nor of what was taken back."""
        found = [("order", self.ordered_at)]
        if self.cancelled_at is not None:
            found.append(("outcome", self.cancelled_at))
        if self.facts.delivered is not None and self.delivery_counts:
            found.append(("delivery", self.facts.delivered.delivered_at))
        if self.settles:
            found += [("outcome", each.told.returned_at) for each in self.back]
        return found

    def is_withdrawn(self, told: LineReturned) -> bool:
        """Whether the return was taken back after it was stated."""
        withdrawn = self.facts.withdrawn.get(told.identity)
        return withdrawn is not None and recorded_at(withdrawn) >= recorded_at(told)

    def entries(self, now: int, closing_time: int) -> list[Entry]:
        """Give the events that counters should hold at ``now``.

        A window that ends before ``closing_time`` has closed (`Latest.closing_time`). A fact that lies further ahead of
        the clock than clocks differ counts from its time on.
        """
        content = self._record.content
        first = content is not None and self.line_id == min(content.line_ids)
        found = [Entry(LineEvent.ORDERED, self.ordered_at, ((FIRST_IN_ORDER, int(first)),))]
        if self.cancelled_at is not None:
            last = self.line_id == _last_cancelled(self._record, self._outcome)
            found.append(Entry(LineEvent.CANCELLED, self.cancelled_at, ((FIRST_IN_ORDER, int(last)),)))
        found += self._settled(closing_time) if self.settles else ()
        return [each for each in found if each.at <= now + SLIGHTLY_AHEAD]

    def _settled(self, closing_time: int) -> Iterator[Entry]:
        for each in self.back:
            yield Entry(LineEvent.PIECES_RETURNED, each.told.returned_at, self._value_of(each.pieces))
        closed = self.closes_at < closing_time
        if self.returned is not None:
            yield Entry(LineEvent.RETURNED, self.returned.told.returned_at, _reasons(self.back[0].told.reason))
        elif closed:
            yield Entry(LineEvent.KEPT, self.closes_at)
        if closed and self.pieces_left:
            yield Entry(LineEvent.PIECES_KEPT, self.closes_at, self._value_of(self.pieces_left))

    def _value_of(self, pieces: int) -> tuple[tuple[str, int], ...]:
        return ((PIECES_VALUE, self.line.price_minor * pieces),)

    def _close(self) -> int:
        delivered = None if self.facts.delivered is None else self.facts.delivered.delivered_at
        if delivered is not None and delivered < self.ordered_at:
            delivered = None
        return closes_at_time(self.ordered_at, delivered, self.line.closes_at, self._outcome)

    def _cancelled(self, standing: list[LineReturned]) -> int | None:
        told = self._record.cancellation(self.line_id, self.ordered_at)
        if told is None:
            return None
        back = (told.returned_at for told in standing if told.returned_at >= self.ordered_at)
        first = min(back, default=self.closes_at)
        return told.cancelled_at if cancelled_in_time(told.cancelled_at, first, self.closes_at) else None

    def _counting(self, standing: list[LineReturned]) -> Iterator[PiecesBack]:
        left = self.line.quantity
        for told in sorted(standing, key=lambda each: (each.returned_at, each.identity)):
            pieces = min(left, self.line.quantity if told.quantity is None else told.quantity)
            if pieces and self.ordered_at <= told.returned_at <= self.closes_at:
                yield PiecesBack(told, pieces)
                left -= pieces

    def _whole(self) -> PiecesBack | None:
        pieces = 0
        for each in self.back:
            pieces += each.pieces
            if counts_as_returned(pieces, self.line.quantity, self._outcome):
                return each
        return None


def is_plausible(line: LineLife, refund: Refunded) -> bool:
    """Whether the line can be worth the refund and those before it; what was given away is worth any."""
    return line.value_minor == 0 or refund.event_id in _plausible(line, of_tables=_is_sum_of_tables(refund))


def _plausible(line: LineLife, *, of_tables: bool) -> set[str]:
    """The ids of the refunds that the line can be worth, the earliest first; one that is too much takes no room."""
    found, left = set[str](), MOST_REFUNDED * line.value_minor
    told = (each for each in line.facts.refunds.values() if _is_sum_of_tables(each) == of_tables)
    for each in sorted(told, key=lambda each: (each.refunded_at, each.event_id)):
        if each.refunded_minor <= left:
            found.add(each.event_id)
            left -= each.refunded_minor
    return found


def _is_sum_of_tables(refund: Refunded) -> bool:
    """Whether tables state the refund: it is the sum of events, which the state may have been told, too."""
    return refund.event_id == refund.return_id


def asks_for_what_is_there(line: LineLife, request: ReturnRequested) -> bool:
    """Whether the line has as many pieces as the customer asks to return."""
    return request.quantity is None or request.quantity <= line.line.quantity


@lru_cache(100)
def _reasons(reason: str | None) -> tuple[tuple[str, int], ...]:
    return tuple(flags(reason).items())


def lives(record: OrderRecord, outcome: OutcomeParams) -> list[LineLife]:
    """Give the lines of the order, in its order; none where only cancellations are known."""
    return [] if record.content is None else [LineLife(record, place, outcome) for place in range(_size(record))]


def waited_for(found: Sequence[LineLife], now: int, closing_time: int) -> list[int]:
    """Give the times, ascending, at which counters or tables will change: closes, and facts that lie ahead."""
    closes = {line.closes_at for line in found if line.waits and line.closes_at >= closing_time}
    return sorted(closes.union(*({at for _, at in line.times if at > now + SLIGHTLY_AHEAD} for line in found)))


def end_of(record: OrderRecord, found: Sequence[LineLife]) -> int:
    """The latest close or cancellation of the order: with ``found``, its lines, by the facts known so far."""
    closes = [line.closes_at for line in found]
    return max([*closes, *(each.cancelled_at for each in record.cancelled.values())])


def _size(record: OrderRecord) -> int:
    return 0 if record.content is None else len(record.content.line_ids)


def _last_cancelled(record: OrderRecord, outcome: OutcomeParams) -> str | None:
    """The line with which the whole order is cancelled: the latest, of the same time that with the largest id."""
    found = [(line.cancelled_at, line.line_id) for line in lives(record, outcome)]
    known = [(at, line_id) for at, line_id in found if at is not None]
    return max(known)[1] if len(known) == len(found) else None
