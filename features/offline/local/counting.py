"""Counters of all entities of a key, by one scan through what happens in the order of time.

An event adds to its entity at the moment at which it becomes visible. What a moment added is kept apart until a later
moment, so that a scoring never counts its own moment, and whole numbers of one moment are summed before they fade.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.arrays import Bools, Floats, Ints
from data.times import MICROSECONDS_PER_DAY
from features.compiled import compiled
from features.language.nodes import LineEvent, Total
from features.offline.local.arrays import Codes, LineArrays
from features.offline.local.moments import EVENTS, Moments, What
from features.online_state.counters.layout import Layout

ONE, TIME, AMOUNT = -1, -2, -3
"""What an event adds that is no column of the line: 1, its time, or the value of its pieces."""
LAST = "last_cancelled"
"""The column that is 1 on the line that ends an order; a source without cancellations lacks it."""
SUM, MOST, LEAST = 0, 1, 2
"""How a counter joins two values."""
_JOINS = {Total.SUM: SUM, Total.MAX: MOST, Total.LATEST: MOST, Total.FIRST: LEAST}


@dataclass(frozen=True)
class Values:
    """The columns that counters add up: ``names``, and the numbers in the same order, shape (columns, lines)."""

    names: tuple[str, ...]
    numbers: Floats


@dataclass(frozen=True)
class _Plan:
    """What each event changes: rows ``bounds[what]`` to ``bounds[what + 1]`` of ``changes`` (counter, value, sign)."""

    bounds: Ints
    changes: Ints
    joins: Ints
    half_lives: Floats


class Count:
    """The counters of one key on their way through time.

    ``state``: of each entity before its last moment; ``own``: what this moment added; ``last``: the moment,
    microseconds since 1970, -1 before the first event. Fading sums are those of ``origin``: divided by their weight at
    a time, they are of this time.
    """

    def __init__(self, layout: Layout, lines: LineArrays, values: Values, moments: Moments, origin: int) -> None:
        self.layout, self._values, self._moments, self._origin = layout, values, moments, origin
        self.entity, entities = lines.entity(layout.columns)
        start = np.array(layout.start)
        self.state, self.own = np.tile(start, (entities, 1)), np.tile(start, (entities, 1))
        self.last = np.full(entities, -1, dtype=np.int64)
        self._plan, self._start, self._fresh = _plan(layout, values.names), start, np.zeros(entities, dtype=np.bool_)
        self._done = 0

    def ask(self, begin: int, end: int, found: Floats) -> None:
        """Count up to the scorings of the lines from ``begin`` to ``end``, and write these into ``found``.

        Parameters
        ----------
        found
            Shape (counters, end - begin); a counter is NaN where it is missing.
        """
        asked = self._moments.asked[begin:end]
        until = int(asked.max(initial=0))
        self._scan(until, begin, found)
        found[:, self.entity[begin:end] < 0] = np.nan

    def finish(self) -> None:
        """Count everything that is left."""
        self._scan(len(self._moments.line), 0, np.empty((len(self._start), 0)))

    def _scan(self, until: int, begin: int, found: Floats) -> None:
        rows, plan = self._moments, self._plan
        span = slice(self._done, until)
        _count(
            (rows.line[span], rows.what[span], rows.time[span], rows.amount[span]),
            self.entity,
            (plan.bounds, plan.changes, plan.joins, plan.half_lives, self._start),
            self._values.numbers,
            (self.state, self.own, self.last, self._fresh),
            (self._origin, begin),
            found,
        )
        self._done = until

    def weight(self, time: Ints) -> Floats:
        """The weights of every counter at some times: 2^(t / half-life), and 1 without one; shape (times, counters)."""
        days = (time - self._origin)[:, np.newaxis] / MICROSECONDS_PER_DAY
        found = np.ones((len(time), len(self._start)))
        for half_life, places in self.layout.decaying:
            found[:, list(places)] = 2.0 ** (days / half_life)
        return found


def _plan(layout: Layout, names: tuple[str, ...]) -> _Plan:
    half_lives = np.array([(each.half_life_days or 0.0) * MICROSECONDS_PER_DAY for each in layout.counters])
    changes: dict[What, list[tuple[int, int, int]]] = {what: [] for what in What}
    for place, counter in enumerate(layout.counters):
        if counter.total in (Total.LATEST, Total.FIRST):
            value = TIME
        elif counter.value is None:
            value = ONE
        else:
            value = AMOUNT if counter.event in PIECES else names.index(counter.value)
        changes[EVENTS[counter.event]].append((place, value, 1))
        if counter.event is LineEvent.ORDERED and counter.total is Total.SUM and LAST in names:
            # An order was placed until its last line was cancelled, whichever line stands for it.
            taken = names.index(LAST) if counter.value == "first_in_order" else value
            changes[What.CANCELLED].append((place, taken, -1))
    rows = [row for what in What for row in changes[what]]
    return _Plan(
        np.cumsum([0, *(len(changes[what]) for what in What)]),
        np.array(rows, dtype=np.int64).reshape(-1, 3),
        np.array([_JOINS[counter.total] for counter in layout.counters], dtype=np.int64),
        half_lives,
    )


PIECES = (LineEvent.PIECES_RETURNED, LineEvent.PIECES_KEPT)

Rows = tuple[Codes, npt.NDArray[np.int8], Ints, Floats]
Plan = tuple[Ints, Ints, Ints, Floats, Floats]
States = tuple[Floats, Floats, Ints, Bools]
ASKED = int(What.ASKED)


@compiled
def _joined(join: int, one: float, other: float) -> float:
    if join == SUM:
        return one + other
    if np.isnan(one) or np.isnan(other):
        return other if np.isnan(one) else one
    return max(one, other) if join == MOST else min(one, other)


@compiled
def _settle(of: int, plan: Plan, states: States, origin: int) -> None:
    """Move what an entity's last moment added to its state."""
    _bounds, _changes, joins, half_lives, start = plan
    state, own, last, fresh = states
    for place in range(len(start)):
        added = own[of, place]
        if half_lives[place] > 0.0 and added != 0.0:
            added *= 2.0 ** ((last[of] - origin) / half_lives[place])
        state[of, place] = _joined(joins[place], state[of, place], added)
        own[of, place] = start[place]
    fresh[of] = False


@compiled
def _read(state: Floats, half_lives: Floats, since: int, found: Floats) -> None:
    """Write the ``state`` of an entity into ``found``, so long after the origin."""
    for place in range(len(state)):
        counted = state[place]
        if half_lives[place] > 0.0 and counted != 0.0:
            counted /= 2.0 ** (since / half_lives[place])
        found[place] = counted


@compiled
def _add(changes: Ints, joins: Ints, own: Floats, of_line: Floats, time: int, amount: float) -> None:
    """Add an event to what the moment has added to its entity."""
    for change in range(len(changes)):
        place, value, added = changes[change, 0], changes[change, 1], 1.0
        if value == TIME:
            added = float(time)
        elif value == AMOUNT:
            added = amount
        elif value != ONE:
            added = of_line[value]
        if not np.isnan(added):
            own[place] = _joined(joins[place], own[place], changes[change, 2] * added)


@compiled
def _count(
    rows: Rows, entity: Codes, plan: Plan, values: Floats, states: States, at: tuple[int, int], found: Floats
) -> None:
    """Go through ``rows``; a scoring of the line n is written into the column n - ``at[1]`` of ``found``.

    ``at``: the origin, and the first line of ``found``.
    """
    lines, whats, times, amounts = rows
    bounds, changes, joins, half_lives, _start = plan
    state, own, last, fresh = states
    origin, begin = at
    for row in range(len(lines)):
        what, line, time = whats[row], lines[row], times[row]
        of, first, end = entity[line], bounds[what], bounds[what + 1]
        if of < 0 or (what != ASKED and first == end):
            continue
        if fresh[of] and (what == ASKED or time > last[of]):
            _settle(of, plan, states, origin)
        if what == ASKED:
            _read(state[of], half_lives, time - origin, found[:, line - begin])
        else:
            last[of], fresh[of] = time, True
            _add(changes[first:end], joins, own[of], values[:, line], time, amounts[row])
