"""Counters over tables, as queries: each counter strictly before the scoring time of a line.

For each key the events of its lines are summed per moment and added up over time, without the events of the current
moment. So the counters are point in time by construction, also for events of the same moment. The matrix joins the
result on key and time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from data.times import MICROSECONDS_PER_DAY
from features.language.nodes import ASKED_AT, PIECES_VALUE, Counter, Key, LineEvent, Total
from features.offline.lines import TableLines

TIME = "history_time"

EVENTS = {
    "ordered_at": (LineEvent.ORDERED,),
    "settled_at": (LineEvent.RETURNED, LineEvent.KEPT),
    "cancelled_at": (LineEvent.CANCELLED,),
    "piece_returned_at": (LineEvent.PIECES_RETURNED,),
    "pieces_kept_at": (LineEvent.PIECES_KEPT,),
}
"""The events that become known at the time in each column."""


@dataclass(frozen=True)
class CounterHistory:
    """Counters of one key before each scoring time of its lines: ``table`` has a row for each entity and moment."""

    key: Key
    counters: list[Counter]
    table: ir.Table

    @property
    def name(self) -> str:
        """A name that is unique among the histories."""
        return history_name(self.key, self.counters)


def history_name(key: Key, counters: list[Counter]) -> str:
    """Name the history of ``counters``: each key has one, and one of its own for events of pieces.

    Events of pieces come at more moments than those of lines. Beside them, fading sums of lines would be added up in
    other steps, and differ in their last bits between shops with and without such events.
    """
    return f"{key.name}_pieces" if counts_pieces(counters[0]) else key.name


def counts_pieces(counter: Counter) -> bool:
    """Whether the counter counts pieces, and not lines."""
    return counter.event in (LineEvent.PIECES_RETURNED, LineEvent.PIECES_KEPT)


def join_histories(lines: TableLines, histories: list[CounterHistory], origin: int) -> ir.Table:
    """Give the lines with every counter strictly before their scoring time, one column for each counter."""
    moments = {_moment(key): visible(lines.table[ASKED_AT.name], key) for key in (h.key for h in histories)}
    asked = lines.table.mutate(**moments)
    joined = asked
    for history in histories:
        key, past = history.key, history.table
        name = history.name
        own = [asked[lines.key(column.name)] == past[_of(name, place)] for place, column in enumerate(key.columns)]
        joined = joined.left_join(past, [*own, asked[_moment(key)] == past[_of(name, TIME)]])
    counters = [(history.table[counter.name], counter) for history in histories for counter in history.counters]
    return joined.select(
        *(asked[name] for name in lines.table.columns),
        **{c.name: _faded(state, asked[ASKED_AT.name], c, origin) for state, c in counters},
    )


def history(lines: TableLines, key: Key, counters: list[Counter], origin: int) -> ir.Table:
    """Compute ``counters`` of ``key``, those of one history, before each scoring time of its lines.

    Parameters
    ----------
    origin
        The time (microseconds) from which decay is computed, no later than the first event; it cancels out.
    """
    names = key_columns(lines, key)
    weighted = _weighted(_moments(lines, key, counters), counters, origin)
    running = weighted.select(*names, TIME, "asked", **_states(weighted, names, counters))
    running = running.filter(running["asked"] == 1)
    own = history_name(key, counters)
    return running.select(
        **{_of(own, place): running[name] for place, name in enumerate(names)},
        **{_of(own, TIME): running[TIME]},
        **{c.name: _begun(running[c.name], c) for c in counters},
    )


def key_columns(lines: TableLines, key: Key) -> list[str]:
    """Name the columns that the lines are grouped by for ``key``: the codes of text columns."""
    return [lines.key(column.name) for column in key.columns]


def _moments(lines: TableLines, key: Key, counters: list[Counter]) -> ir.Table:
    """Sum the events of each entity at each moment; each scoring time is one, too, with 1 in the column ``asked``."""
    names = key_columns(lines, key)
    table = lines.table
    if names:
        table = table.filter([table[name].notnull() for name in names])
    counted = {counter.event for counter in counters}
    happened = [("ordered_at", table), *_later(lines, table, counted)]
    events = ibis.union(*[_events(rows, key, names, counters, at=at) for at, rows in happened])
    # A scoring time equal to the order's needs no row of its own; today all are equal.
    apart = table.filter(visible(table[ASKED_AT.name], key) != visible(table["ordered_at"], key))
    events = events.union(_events(apart, key, names, counters, at=ASKED_AT.name))
    sums = {counter.name: _total(events[counter.name], counter) for counter in counters}
    return events.group_by([*names, TIME]).aggregate(asked=events["asked"].max(), **sums)


def _later(lines: TableLines, table: ir.Table, counted: set[LineEvent]) -> Iterator[tuple[str, ir.Table]]:
    """What is ``counted`` of the lines in ``table`` after their order: the column with its time, and a row an event."""
    if outcomes := counted & {LineEvent.RETURNED, LineEvent.KEPT}:
        settled = table.filter(table["settled_at"].notnull())
        only = {LineEvent.RETURNED: settled["returned"], LineEvent.KEPT: ~settled["returned"]}
        yield "settled_at", settled if len(outcomes) > 1 else settled.filter(only[min(outcomes)])
    if "cancelled_at" in table.columns and counted & {LineEvent.ORDERED, LineEvent.CANCELLED}:
        cancelled = table.filter(table["cancelled_at"].notnull())
        # An order was placed until its last line was cancelled, whichever line stands for it.
        yield "cancelled_at", cancelled.mutate(first_in_order=cancelled["last_cancelled"])
    if LineEvent.PIECES_KEPT in counted:
        yield "pieces_kept_at", table.filter(table["pieces_kept_at"].notnull())
    if LineEvent.PIECES_RETURNED in counted:
        back = table.drop(PIECES_VALUE).inner_join(lines.returns, "line_no")
        yield "piece_returned_at", back.mutate(**{PIECES_VALUE: back["price_minor"] * back["pieces"]})


def _weighted(moments: ir.Table, counters: list[Counter], origin: int) -> ir.Table:
    decaying = [counter for counter in counters if counter.half_life_days]
    return moments.mutate(**{c.name: moments[c.name] * _weight(moments[TIME], c, origin) for c in decaying})


def _states(weighted: ir.Table, names: list[str], counters: list[Counter]) -> dict[str, ir.Value]:
    before = strictly_before(names)
    return {counter.name: _total(weighted[counter.name], counter).over(before) for counter in counters}


def _begun(state: ir.Value, counter: Counter) -> ir.Value:
    """Before its first event a sum is 0, and any other counter is missing."""
    return state.coalesce(0) if counter.total is Total.SUM else state


def _faded(state: ir.Value, time: ir.Value, counter: Counter, origin: int) -> ir.Value:
    """Decay a counter from the origin to ``time``."""
    return state / _weight(time, counter, origin) if counter.half_life_days else state


def strictly_before(names: list[str]) -> Any:
    """The window over all earlier rows of the same entity, without the current row; there is one row for each time."""
    return ibis.window(group_by=names, order_by=TIME, preceding=(None, 1))


def _of(name: str, part: int | str) -> str:
    """A column name for a part of the key of the history ``name``, unique among all histories."""
    return f"{name}__key_{part}"


def _moment(key: Key) -> str:
    return "asked_on" if key.daily else "asked_when"


def visible(time: ir.Value, key: Key) -> ir.Value:
    """The moment at which the key counts an event: the event's own time, or the start of its day."""
    return time - time % MICROSECONDS_PER_DAY if key.daily else time


def _events(table: ir.Table, key: Key, names: list[str], counters: list[Counter], *, at: str) -> ir.Table:
    """The event of each line at the time in its column ``at``; a scoring is an event here that changes no counter."""
    time = visible(table[at], key)
    values = {counter.name: _value(table, counter, time, at=at) for counter in counters}
    asked = (visible(table[ASKED_AT.name], key) == time).cast("int8")
    return table.select(*names, asked=asked, **{TIME: time}, **values)


def _value(table: ir.Table, counter: Counter, time: ir.Value, *, at: str) -> ir.Value:
    """What one event adds to the counter; missing for an event that the counter does not count."""
    value = ibis.literal(1, "int64") if counter.value is None else table[counter.value]
    if counter.total in (Total.LATEST, Total.FIRST):
        value = time
    happened = EVENTS.get(at, ())
    if counter.event is LineEvent.ORDERED and counter.total is Total.SUM and LineEvent.CANCELLED in happened:
        return -value
    if counter.event not in happened:
        return ibis.null(value.type())
    if at != "settled_at":
        return value
    outcome = table["returned"] if counter.event is LineEvent.RETURNED else ~table["returned"]
    return ibis.ifelse(outcome, value, ibis.null(value.type()))


def _total(column: ir.Value, counter: Counter) -> ir.Value:
    match counter.total:
        case Total.SUM:
            return column.sum()
        case Total.FIRST:
            return column.min()
        case _:
            return column.max()


def _weight(time: ir.Value, counter: Counter, origin: int) -> ir.Value:
    """2^(t / half-life): the weight of an event at ``time``, relative to an event at the origin.

    Events of one time are summed as whole numbers before they are weighted, so that their order does not matter.
    """
    half_life = (counter.half_life_days or 1.0) * MICROSECONDS_PER_DAY
    return ibis.literal(2.0) ** ((time - origin) / half_life)
