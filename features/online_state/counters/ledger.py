"""The write side of counters: events add to records, and a corrected outcome is taken back from them.

Records are read once, changed in memory, and written when the transaction ends.
"""

import math
import struct
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from features.language.nodes import Counter, LineEvent, Total
from features.online_state.counters.layout import Layout, Value, weight
from features.stores.store import Snapshot, Transaction

KEPT_OUTCOMES, KEPT_ORDERS = 1000, 16
"""The most values kept for a recalled counter of outcomes, and of orders: more of one entity are never taken back at
once. Any outcome may be late, but a placed order is corrected rarely."""

_COUNT = struct.Struct("<I")

Columns = Mapping[str, Value]


@dataclass(slots=True)
class _Record:
    """``kept``: a list for each recalled counter, as bytes until a change reads it; ``rekept``: one has changed."""

    moment: float
    before: list[float]
    at: list[float]
    kept: list[list[int] | bytes]
    rekept: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """An event of ``line`` (its columns by name) at ``time``: to count, or with ``sign`` -1 to take back."""

    event: LineEvent
    line: Columns
    time: int
    sign: int = 1


@dataclass(frozen=True, slots=True)
class _Place:
    """A counter at its ``place`` in a layout; ``recalled``: its place among the recalled ones, None for a sum."""

    place: int
    counter: Counter
    recalled: int | None


@lru_cache(16)
def _counted(layouts: tuple[Layout, ...]) -> dict[LineEvent, list[tuple[Layout, tuple[_Place, ...]]]]:
    """The layouts with a counter that each event changes, and the places of these counters."""
    return {
        event: [(layout, places) for layout in layouts if (places := _places(layout, event))] for event in LineEvent
    }


def _places(layout: Layout, event: LineEvent) -> tuple[_Place, ...]:
    recalled = {place: number for number, place in enumerate(layout.recalled)}
    counters = enumerate(layout.counters)
    return tuple(_Place(n, counter, recalled.get(n)) for n, counter in counters if _counts(counter, event))


class Ledger:
    """The records that one transaction changes."""

    def __init__(self, store: Snapshot, layouts: tuple[Layout, ...]) -> None:
        self._store, self._counted = store, _counted(layouts)
        self._records: dict[bytes, tuple[Layout, _Record]] = {}
        self._dropped: set[bytes] = set()

    def add(self, event: LineEvent, line: Columns, time: int) -> None:
        """Count an event of ``line`` (its columns by name) known at ``time``; times may come in any order."""
        self.apply([Change(event, line, time)])

    def take_back(self, event: LineEvent, line: Columns, time: int) -> None:
        """Undo `add` of the same event, line and time."""
        self.apply([Change(event, line, time, sign=-1)])

    def apply(self, changes: Sequence["Change"]) -> None:
        """Make several changes; their records are read in one call, as a remote store answers each call slowly."""
        wanted = [(each, *places) for each in changes for places in self._of(each)]
        self._fetch({address: layout for _, layout, _, address in wanted})
        for each, layout, places, address in wanted:
            record, visible = self._records[address][1], layout.visible(each.time)
            if each.sign > 0 and visible > record.moment:
                _move(layout, record, visible)
            _change(places, record, each, visible)

    def move(self, address: bytes, layout: Layout, target: bytes) -> None:
        """Add the record of one entity to that of another, at the store's key ``target``, and empty the first."""
        self._fetch({address: layout, target: layout})
        source, record = self._records[address][1], self._records[target][1]
        moment = max(source.moment, record.moment)
        for each in (source, record):
            if each.moment < moment:
                _move(layout, each, int(moment))
        for place, counter in enumerate(layout.counters):
            record.before[place] = _joined(counter, record.before[place], source.before[place])
            record.at[place] = _joined(counter, record.at[place], source.at[place])
        _join_kept(layout, source, record)
        self.drop(address, layout)

    def drop(self, address: bytes, layout: Layout) -> None:
        """Remove the record of one entity."""
        self._records.pop(address, None)
        self._dropped.add(address)
        if layout.recalled:
            self._dropped.add(layout.times_address(address))

    def encoded(self, address: bytes) -> bytes | None:
        """The bytes of the record at ``address``; None where this ledger does not hold the record."""
        if address not in self._records:
            return None
        return _encode(*self._records[address])

    def addresses(self, prefix: bytes) -> list[bytes]:
        """Give the addresses of the records that this ledger holds and that begin with ``prefix``."""
        return [address for address in self._records if address.startswith(prefix)]

    def write(self, store: Transaction) -> None:
        """Write the records that were changed, and remove the dropped ones."""
        for address in self._dropped:
            store.delete(address)
        for address, (layout, record) in self._records.items():
            store.put(address, _encode(layout, record))
            if record.rekept:
                store.put(layout.times_address(address), pack_times(record.kept))

    def _of(self, change: "Change") -> list[tuple[Layout, tuple[_Place, ...], bytes]]:
        """The layouts that count the event, the places of the counters that it changes, and the records' addresses."""
        found = ((layout, places, layout.address(change.line)) for layout, places in self._counted[change.event])
        return [(layout, places, address) for layout, places, address in found if address is not None]

    def _fetch(self, wanted: Mapping[bytes, Layout]) -> None:
        unread = {address: layout for address, layout in wanted.items() if address not in self._records}
        if not unread:
            return
        times = [layout.times_address(address) for address, layout in unread.items() if layout.recalled]
        found = iter(self._store.get([*unread, *times]))
        records = [next(found) for _ in unread]
        for (address, layout), record in zip(unread.items(), records, strict=True):
            kept = next(found) if layout.recalled else None
            known = address not in self._dropped
            self._records[address] = (layout, _decode(layout, record if known else None, kept if known else None))


def _change(places: Sequence[_Place], record: _Record, change: Change, visible: int) -> None:
    now = visible == record.moment
    part = record.at if now else record.before
    sign = -change.sign if change.event is LineEvent.CANCELLED else change.sign
    for each in places:
        counter = each.counter
        value = _value(counter, change.line, visible)
        if value is None:
            continue
        if each.recalled is not None:
            _recall(counter, _kept(record, each.recalled), record, part, each.place, (value, visible), sign)
            continue
        if counter.half_life_days and not now:
            value *= weight(counter.half_life_days, record.moment - visible)
        part[each.place] += sign * value


def _kept(record: _Record, number: int) -> list[int]:
    """The values that are kept for the recalled counter of that number, to be changed."""
    record.rekept = True
    kept = record.kept[number]
    if isinstance(kept, bytes):
        kept = record.kept[number] = _unpacked(kept)
    return kept


def _join_kept(layout: Layout, source: _Record, target: _Record) -> None:
    for number, place in enumerate(layout.recalled):
        counter, kept = layout.counters[place], _kept(target, number)
        pairs = sorted(_pairs(counter, kept) + _pairs(counter, _kept(source, number)))
        _cut(counter, pairs)
        kept[:] = _flat(counter, pairs)


def _recall(
    counter: Counter,
    kept: list[int],
    record: _Record,
    part: list[float],
    place: int,
    found: tuple[float, int],
    sign: int,
) -> None:
    """Keep the extreme values themselves: when the greatest is taken back, the one before it is known again."""
    if sign > 0:
        part[place] = _joined(counter, part[place], found[0])
        _keep(counter, kept, found)
        return
    pairs = _pairs(counter, kept)
    if found in pairs:
        pairs.remove(found)
        left = [value for value, time in pairs if (time == record.moment) == (part is record.at)]
        part[place] = _extreme(counter, left)
        kept[:] = _flat(counter, pairs)


def _keep(counter: Counter, kept: list[int], found: tuple[float, int]) -> None:
    """Add a value with its time to those that are kept."""
    if counter.total is Total.MAX:
        pairs = _pairs(counter, kept)
        insort(pairs, found)
        _cut(counter, pairs)
        kept[:] = _flat(counter, pairs)
    else:  # of times themselves, one number is both
        insort(kept, found[1])
        _cut(counter, kept)


def _decode(layout: Layout, found: bytes | None, kept: bytes | None) -> _Record:
    numbers = layout.packing.unpack(found or layout.empty)
    half, lists = 1 + len(layout.counters), len(layout.recalled)
    return _Record(numbers[0], list(numbers[1:half]), list(numbers[half:]), _cut_up(kept, lists) if lists else [])


def _encode(layout: Layout, record: _Record) -> bytes:
    return layout.packing.pack(record.moment, *record.before, *record.at)


def _move(layout: Layout, record: _Record, moment: int) -> None:
    """Move the record to a later moment: what was added at the old moment becomes part of its past."""
    before, at, passed = record.before, record.at, moment - record.moment
    for place in layout.sums:
        before[place] += at[place]
    for place in layout.recalled:
        before[place] = _joined(layout.counters[place], before[place], at[place])
    for half_life_days, places in layout.decaying:
        left = weight(half_life_days, passed)
        for place in places:
            before[place] *= left
    record.at = list(layout.start)
    record.moment = float(moment)


def _joined(counter: Counter, old: float, new: float) -> float:
    if counter.total is Total.SUM:
        return old + new
    if math.isnan(old):
        return new
    if math.isnan(new):
        return old
    return min(old, new) if counter.total is Total.FIRST else max(old, new)


def _counts(counter: Counter, event: LineEvent) -> bool:
    """Whether ``event`` changes the counter: a cancelled line was ordered all the same, so its times stay."""
    if event is LineEvent.CANCELLED:
        return counter.event is LineEvent.ORDERED and counter.total is Total.SUM
    return counter.event is event


def _pairs(counter: Counter, kept: list[int]) -> list[tuple[float, int]]:
    """The kept values with their times, ascending: of times themselves, one number is both."""
    if counter.total is Total.MAX:
        return [(float(value), time) for value, time in zip(kept[::2], kept[1::2], strict=True)]
    return [(float(time), time) for time in kept]


def _flat(counter: Counter, pairs: list[tuple[float, int]]) -> list[int]:
    """What `_pairs` reads."""
    if counter.total is Total.MAX:
        return [int(number) for pair in pairs for number in pair]
    return [time for _, time in pairs]


def _cut(counter: Counter, pairs: list[Any]) -> None:
    most = most_kept(counter)
    if counter.total is Total.FIRST:
        del pairs[most:]
    else:
        del pairs[:-most]


def most_kept(counter: Counter) -> int:
    """The most values that are kept for a recalled counter."""
    return KEPT_ORDERS if counter.event is LineEvent.ORDERED else KEPT_OUTCOMES


def _extreme(counter: Counter, values: list[float]) -> float:
    if not values:
        return math.nan
    return min(values) if counter.total is Total.FIRST else max(values)


def _value(counter: Counter, line: Columns, visible: int) -> float | None:
    if counter.total in (Total.LATEST, Total.FIRST):
        return float(visible)
    if counter.value is None:
        return 1.0
    value = line.get(counter.value)
    return None if value is None else float(value)


def pack_times(times: Sequence[list[int] | bytes]) -> bytes:
    """Write ascending times (microseconds since 1970), a list for each recalled counter; bytes are a written list."""
    return b"".join(
        each if isinstance(each, bytes) else struct.pack(f"<I{len(each)}q", len(each), *each) for each in times
    )


def unpack_times(packed: bytes | None, lists: int) -> list[list[int]]:
    """Read what `pack_times` wrote; for None, ``lists`` empty lists."""
    return [_unpacked(each) if isinstance(each, bytes) else each for each in _cut_up(packed, lists)]


def _cut_up(packed: bytes | None, lists: int) -> list[list[int] | bytes]:
    """Cut what `pack_times` wrote into its lists, each still written: a change reads few of them, and some are long."""
    if not packed:
        return [[] for _ in range(lists)]
    found: list[list[int] | bytes] = []
    place = 0
    while place < len(packed):
        end = place + _COUNT.size + 8 * _COUNT.unpack_from(packed, place)[0]
        found.append(packed[place:end])
        place = end
    return found


def _unpacked(written: bytes) -> list[int]:
    (count,) = _COUNT.unpack_from(written)
    return list(struct.unpack_from(f"<{count}q", written, _COUNT.size))
