"""Counters over tables: each counter strictly before the scoring time of a line, and each at the end of the tables.

For each key the events of its lines are summed per moment and added up over time, without the events of the current
moment. So the counters are point in time by construction, also for events of the same moment. The matrix joins the
result on key and time; the seed of the online state takes the last moment of each entity.
"""

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from data.times import MICROSECONDS_PER_DAY
from features.language.nodes import ASKED_AT, Counter, Key, LineEvent, Total
from features.offline.lines import TableLines

TIME = "history_time"
OWN = "own__"
"""Prefix of the column that holds what the events of the moment itself added to a counter."""


@dataclass(frozen=True)
class CounterHistory:
    """The counters of one key before each scoring time of its lines: ``table`` has a row for each entity and moment."""

    key: Key
    counters: list[Counter]
    table: ir.Table


def join_histories(lines: TableLines, histories: list[CounterHistory], origin: int) -> ir.Table:
    """Give the lines with every counter strictly before their scoring time, one column for each counter."""
    moments = {_moment(key): visible(lines.table[ASKED_AT.name], key) for key in (h.key for h in histories)}
    asked = lines.table.mutate(**moments)
    joined = asked
    for history in histories:
        key, past = history.key, history.table
        own = [asked[lines.key(column.name)] == past[_of(key, place)] for place, column in enumerate(key.columns)]
        joined = joined.left_join(past, [*own, asked[_moment(key)] == past[_of(key, TIME)]])
    counters = [(history.table[counter.name], counter) for history in histories for counter in history.counters]
    return joined.select(
        *(asked[name] for name in lines.table.columns),
        **{c.name: _faded(state, asked[ASKED_AT.name], c, origin) for state, c in counters},
    )


def history(lines: TableLines, key: Key, counters: list[Counter], origin: int) -> ir.Table:
    """Compute the counters of ``key`` before each scoring time of its lines.

    Parameters
    ----------
    origin
        The time (microseconds) from which decay is computed, no later than the first event; it cancels out.
    """
    names = key_columns(lines, key)
    weighted = _weighted(_moments(lines, key, counters, asked=True), counters, origin)
    running = weighted.select(*names, TIME, "asked", **_states(weighted, names, counters))
    running = running.filter(running["asked"] == 1)
    return running.select(
        **{_of(key, place): running[name] for place, name in enumerate(names)},
        **{_of(key, TIME): running[TIME]},
        **{c.name: _begun(running[c.name], c) for c in counters},
    )


def last_moments(lines: TableLines, key: Key, counters: list[Counter], origin: int) -> ir.Table:
    """Find the last moment with an event for each entity of ``key``: one row for each entity.

    Returns
    -------
    ir.Table
        `key_columns`; `TIME`, the last moment; each counter strictly before this moment, by the counter's name; and
        what the moment added to the counter, by `OWN` and the counter's name. Both decay to the last moment.
    """
    names = key_columns(lines, key)
    moments = _moments(lines, key, counters, asked=False)
    moments = moments.mutate(**{OWN + counter.name: moments[counter.name] for counter in counters})
    weighted = _weighted(moments, counters, origin)
    later = weighted[TIME].lead().over(ibis.window(group_by=names, order_by=TIME))
    own = [OWN + counter.name for counter in counters]
    running = weighted.select(*names, TIME, *own, later=later, **_states(weighted, names, counters))
    last = running.filter(running["later"].isnull())
    return last.select(
        *names,
        TIME,
        **{c.name: _begun(_faded(last[c.name], last[TIME], c, origin), c) for c in counters},
        **{OWN + c.name: _begun(last[OWN + c.name], c) for c in counters},
    )


def key_columns(lines: TableLines, key: Key) -> list[str]:
    """Name the columns that the lines are grouped by for ``key``: the codes of text columns."""
    return [lines.key(column.name) for column in key.columns]


def _moments(lines: TableLines, key: Key, counters: list[Counter], *, asked: bool) -> ir.Table:
    """Sum the events of each entity at each moment.

    With ``asked`` every scoring time is a moment, too, and the column ``asked`` is 1 there.
    """
    names = key_columns(lines, key)
    table = lines.table
    if names:
        table = table.filter([table[name].notnull() for name in names])
    events = _events(table, key, names, counters, at="ordered_at")
    settled = table.filter(table["settled_at"].notnull())
    events = events.union(_events(settled, key, names, counters, at="settled_at"))
    if asked:  # a scoring time equal to the order's needs no row of its own; today all are equal
        apart = table.filter(visible(table[ASKED_AT.name], key) != visible(table["ordered_at"], key))
        events = events.union(_events(apart, key, names, counters, at=ASKED_AT.name))
    sums = {counter.name: _total(events[counter.name], counter) for counter in counters}
    return events.group_by([*names, TIME]).aggregate(asked=events["asked"].max(), **sums)


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


def _of(key: Key, part: int | str) -> str:
    """A column name for a part of a key that is unique among all histories."""
    return f"{key.name}__key_{part}"


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
    if at != ("ordered_at" if counter.event is LineEvent.ORDERED else "settled_at"):
        return ibis.null(value.type())
    if counter.event is LineEvent.ORDERED:
        return value
    happened = table["returned"] if counter.event is LineEvent.RETURNED else ~table["returned"]
    return ibis.ifelse(happened, value, ibis.null(value.type()))


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
