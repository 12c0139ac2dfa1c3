"""Counters over tables: what each was just before a line was asked about, and where each stands at the end.

For each key the events of its lines are summed by time and added up along time, without the current time's own:
strictly before by construction, ties included. For the matrix the result is joined back on key and time; the online
state begins with the last moment of each entity.
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
"""Prefix of the column that holds what the moment itself added to a counter."""


@dataclass(frozen=True)
class CounterHistory:
    """The counters of one key before each moment at which a line of it is asked about: ``table``, a row a moment."""

    key: Key
    counters: list[Counter]
    table: ir.Table


def join_histories(lines: TableLines, histories: list[CounterHistory], origin: int) -> ir.Table:
    """The lines with every counter as it stood before they were asked about; a column each, by its name."""
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
    """Compute the counters of ``key`` before each moment at which one of its lines is asked about.

    Parameters
    ----------
    origin
        A time (microseconds) no later than the first event, from which decay is reckoned; it cancels out.
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
    """Find the last moment at which anything happened to each entity of ``key``: a row an entity.

    Returns
    -------
    ir.Table
        `key_columns`; `TIME`, that moment; each counter strictly before it by the counter's name; and what the moment
        added to the counter under `OWN` and that name. Both are as of the moment.
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
    """Name the columns that the lines are grouped by for ``key``: codes where it has texts."""
    return [lines.key(column.name) for column in key.columns]


def _moments(lines: TableLines, key: Key, counters: list[Counter], *, asked: bool) -> ir.Table:
    """Sum what happened at each moment of each entity.

    With ``asked`` every moment of a question is among them; the column ``asked`` is 1 at these.
    """
    names = key_columns(lines, key)
    table = lines.table
    if names:
        table = table.filter([table[name].notnull() for name in names])
    events = _events(table, key, names, counters, at="ordered_at")
    settled = table.filter(table["settled_at"].notnull())
    events = events.union(_events(settled, key, names, counters, at="settled_at"))
    if asked:  # a question at the very moment of its order needs no moment of its own, and today all are
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
    """A sum is 0 before its first event; all others are missing."""
    return state.coalesce(0) if counter.total is Total.SUM else state


def _faded(state: ir.Value, time: ir.Value, counter: Counter, origin: int) -> ir.Value:
    """A state, weighed against the origin, as it is at ``time``."""
    return state / _weight(time, counter, origin) if counter.half_life_days else state


def strictly_before(names: list[str]) -> Any:
    """The window over all earlier times of the same key: a row is a time, and its own is not in it."""
    return ibis.window(group_by=names, order_by=TIME, preceding=(None, 1))


def _of(key: Key, part: int | str) -> str:
    """A name for a part of a key that no other key's history has."""
    return f"{key.name}__key_{part}"


def _moment(key: Key) -> str:
    return "asked_on" if key.daily else "asked_when"


def visible(time: ir.Value, key: Key) -> ir.Value:
    """The moment at which an event takes its place among the key's: its own, or its day's first."""
    return time - time % MICROSECONDS_PER_DAY if key.daily else time


def _events(table: ir.Table, key: Key, names: list[str], counters: list[Counter], *, at: str) -> ir.Table:
    """What happens to each line at the time in its column ``at``: a question, too, which changes no counter."""
    time = visible(table[at], key)
    values = {counter.name: _value(table, counter, time, at=at) for counter in counters}
    asked = (visible(table[ASKED_AT.name], key) == time).cast("int8")
    return table.select(*names, asked=asked, **{TIME: time}, **values)


def _value(table: ir.Table, counter: Counter, time: ir.Value, *, at: str) -> ir.Value:
    """What one event adds to the counter; missing when it is not the counter's event."""
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
    """2^(t / half-life): what an event at ``time`` weighs against one at the origin.

    Events of one time are summed as whole numbers before they are weighed, so that their order cannot matter.
    """
    half_life = (counter.half_life_days or 1.0) * MICROSECONDS_PER_DAY
    return ibis.literal(2.0) ** ((time - origin) / half_life)
