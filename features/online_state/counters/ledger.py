"""The write side of counters: events add to records, and a corrected outcome is taken back from them.

Records are read once, changed in memory, and written when the transaction ends.
"""

import math
import struct
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from features.language.nodes import Counter, LineEvent, Total
from features.online_state.counters.layout import Layout, Value, weight
from features.stores.store import Snapshot, Transaction

KEPT_OUTCOMES, KEPT_ORDERS = 1000, 16
"""The most values kept for a recalled counter of outcomes, and of orders: more of one entity are never taken back at
once. Any outcome may be late, but a placed order is corrected rarely."""

Columns = Mapping[str, Value]


@dataclass(slots=True)
class _Record:
    moment: float
    before: list[float]
    at: list[float]


@dataclass(frozen=True, slots=True)
class Change:
    """An event of ``line`` (its columns by name) at ``time``: to count, or with ``sign`` -1 to take back."""

    event: LineEvent
    line: Columns
    time: int
    sign: int = 1


@lru_cache(16)
def _counted(layouts: tuple[Layout, ...]) -> dict[LineEvent, list[tuple[Layout, tuple[int, ...]]]]:
    """The layouts with a counter that each event changes, and the places of these counters."""
    found: dict[LineEvent, list[tuple[Layout, tuple[int, ...]]]] = {}
    for event in LineEvent:
        places = (
            (each, tuple(n for n, counter in enumerate(each.counters) if _counts(counter, event))) for each in layouts
        )
        found[event] = [(layout, some) for layout, some in places if some]
    return found


class Ledger:
    """The records that one transaction changes."""

    def __init__(self, store: Snapshot, layouts: tuple[Layout, ...]) -> None:
        self._store, self._counted = store, _counted(layouts)
        self._records: dict[bytes, tuple[Layout, _Record]] = {}
        self._times: dict[bytes, list[list[int]]] = {}
        self._retimed: set[bytes] = set()
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
            self._change(layout, places, address, record, each, visible)

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
        if layout.recalled:
            self._join_kept(layout, address, target)
        self.drop(address, layout)

    def drop(self, address: bytes, layout: Layout) -> None:
        """Remove the record of one entity."""
        self._records.pop(address, None)
        self._dropped.add(address)
        if layout.recalled:
            where = layout.times_address(address)
            self._times.pop(where, None)
            self._retimed.discard(where)
            self._dropped.add(where)

    def _join_kept(self, layout: Layout, address: bytes, target: bytes) -> None:
        for place, kept, others in zip(
            layout.recalled, self._kept(layout, target), self._kept(layout, address), strict=True
        ):
            counter = layout.counters[place]
            pairs = sorted(_pairs(counter, kept) + _pairs(counter, others))
            _cut(counter, pairs)
            kept[:] = _flat(counter, pairs)

    def encoded(self, address: bytes) -> bytes | None:
        """The bytes of the record at ``address``; None where this ledger does not hold the record."""
        if address not in self._records:
            return None
        layout, record = self._records[address]
        return layout.packing.pack(record.moment, *record.before, *record.at)

    def write(self, store: Transaction) -> None:
        """Write the records that were changed, and remove the dropped ones."""
        for address in self._dropped:
            store.delete(address)
        for address in self._records:
            encoded = self.encoded(address)
            if encoded is not None:
                store.put(address, encoded)
        for address in self._retimed:
            store.put(address, pack_times(self._times[address]))

    def _of(self, change: "Change") -> list[tuple[Layout, tuple[int, ...], bytes]]:
        """The layouts that count the event, the places of the counters that it changes, and the records' addresses."""
        found = ((layout, places, layout.address(change.line)) for layout, places in self._counted[change.event])
        return [(layout, places, address) for layout, places, address in found if address is not None]

    def _fetch(self, wanted: Mapping[bytes, Layout]) -> None:
        unread = {address: layout for address, layout in wanted.items() if address not in self._records}
        recalled = {layout.times_address(address): layout for address, layout in unread.items() if layout.recalled}
        times = [address for address in recalled if address not in self._times]
        if not unread and not times:
            return
        found = self._store.get([*unread, *times])
        for (address, layout), record in zip(unread.items(), found[: len(unread)], strict=True):
            self._records[address] = (layout, _decode(layout, None if address in self._dropped else record))
        for address, packed in zip(times, found[len(unread) :], strict=True):
            kept = None if address in self._dropped else packed
            self._times[address] = unpack_times(kept, len(recalled[address].recalled))

    def _change(
        self,
        layout: Layout,
        places: Sequence[int],
        address: bytes,
        record: _Record,
        change: "Change",
        visible: int,
    ) -> None:
        now = visible == record.moment
        part = record.at if now else record.before
        sign = -change.sign if change.event is LineEvent.CANCELLED else change.sign
        for place in places:
            counter = layout.counters[place]
            value = _value(counter, change.line, visible)
            if value is None:
                continue
            if counter.total is not Total.SUM:
                self._recall(layout, address, record, place, (value, visible), sign)
            else:
                if counter.half_life_days and not now:
                    value *= weight(counter.half_life_days, record.moment - visible)
                part[place] += sign * value

    def _recall(
        self, layout: Layout, address: bytes, record: _Record, place: int, found: tuple[float, int], sign: int
    ) -> None:
        """Keep the extreme values themselves: when the greatest is taken back, the one before it is known again."""
        counter = layout.counters[place]
        kept = self._kept(layout, address)[layout.recalled.index(place)]
        pairs = _pairs(counter, kept)
        part = record.at if found[1] == record.moment else record.before
        if sign > 0:
            part[place] = _joined(counter, part[place], found[0])
            insort(pairs, found)
            _cut(counter, pairs)
        elif found in pairs:
            pairs.remove(found)
            left = [value for value, time in pairs if (time == record.moment) == (part is record.at)]
            part[place] = _extreme(counter, left)
        kept[:] = _flat(counter, pairs)

    def _kept(self, layout: Layout, address: bytes) -> list[list[int]]:
        where = layout.times_address(address)
        self._retimed.add(where)
        return self._times[where]


def _decode(layout: Layout, found: bytes | None) -> _Record:
    numbers = layout.packing.unpack(found or layout.empty)
    half = 1 + len(layout.counters)
    return _Record(numbers[0], list(numbers[1:half]), list(numbers[half:]))


def _move(layout: Layout, record: _Record, moment: int) -> None:
    """Move the record to a later moment: what was added at the old moment becomes part of its past."""
    for place, counter in enumerate(layout.counters):
        whole = _joined(counter, record.before[place], record.at[place])
        if counter.half_life_days:
            whole *= weight(counter.half_life_days, moment - record.moment)
        record.before[place] = whole
    record.at = list(layout.start)
    record.moment = float(moment)


def _joined(counter: Counter, old: float, new: float) -> float:
    if counter.total is Total.SUM:
        return old + new
    if math.isnan(old) or math.isnan(new):
        return new if math.isnan(old) else old
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


def _cut(counter: Counter, pairs: list[tuple[float, int]]) -> None:
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


def pack_times(times: list[list[int]]) -> bytes:
    """Write ascending times (microseconds since 1970), a list for each recalled counter."""
    return b"".join(struct.pack(f"<I{len(each)}q", len(each), *each) for each in times)


def unpack_times(packed: bytes | None, lists: int) -> list[list[int]]:
    """Read what `pack_times` wrote; for None, ``lists`` empty lists."""
    times: list[list[int]] = []
    place = 0
    while packed and place < len(packed):
        (count,) = struct.unpack_from("<I", packed, place)
        times.append(list(struct.unpack_from(f"<{count}q", packed, place + 4)))
        place += 4 + 8 * count
    return times or [[] for _ in range(lists)]
