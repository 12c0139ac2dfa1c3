"""The write side of counters: events add to records, and a corrected outcome is taken back from them.

Records are read once, changed in memory, and written when the transaction ends.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from features.language.nodes import Counter, LineEvent, Total
from features.online_state.counters.layout import Layout, Value, weight
from features.stores.store import Snapshot, Transaction

KEPT_TIMES = 1000
"""The most times kept for a recalled counter: more outcomes of one entity are never taken back at once."""

Columns = Mapping[str, Value]


@dataclass(slots=True)
class _Record:
    moment: float
    before: list[float]
    at: list[float]


class Ledger:
    """The records that one transaction changes."""

    def __init__(self, store: Snapshot, layouts: tuple[Layout, ...]) -> None:
        self._store, self._layouts = store, layouts
        self._records: dict[bytes, tuple[Layout, _Record]] = {}
        self._times: dict[bytes, list[list[int]]] = {}
        self._retimed: set[bytes] = set()

    def add(self, event: LineEvent, line: Columns, time: int) -> None:
        """Count an event of ``line`` (its columns by name) known at ``time``; times may come in any order."""
        for layout, address in self._of(line):
            record = self._record(layout, address)
            visible = layout.visible(time)
            if visible > record.moment:
                _move(layout, record, visible)
            self._change(layout, address, record, event, line, visible, sign=1)

    def take_back(self, event: LineEvent, line: Columns, time: int) -> None:
        """Undo `add` of the same event, line and time."""
        for layout, address in self._of(line):
            self._change(layout, address, self._record(layout, address), event, line, layout.visible(time), sign=-1)

    def encoded(self, address: bytes) -> bytes | None:
        """The bytes of the record at ``address``; None where this ledger does not hold the record."""
        if address not in self._records:
            return None
        layout, record = self._records[address]
        return layout.packing.pack(record.moment, *record.before, *record.at)

    def write(self, store: Transaction) -> None:
        """Write the records that were changed."""
        for address in self._records:
            encoded = self.encoded(address)
            if encoded is not None:
                store.put(address, encoded)
        for address in self._retimed:
            store.put(address, pack_times(self._times[address]))

    def fetch(self, lines: list[Columns]) -> None:
        """Read the records of several lines in one call, as a remote store answers each call slowly."""
        wanted: dict[bytes, Layout] = {}
        for line in lines:
            wanted |= {address: layout for layout, address in self._of(line) if address not in self._records}
        recalled = {layout.times_address(address): layout for address, layout in wanted.items() if layout.recalled}
        times = [address for address in recalled if address not in self._times]
        found = self._store.get([*wanted, *times])
        for (address, layout), record in zip(wanted.items(), found[: len(wanted)], strict=True):
            self._records[address] = (layout, _decode(layout, record))
        for address, packed in zip(times, found[len(wanted) :], strict=True):
            self._times[address] = unpack_times(packed, len(recalled[address].recalled))

    def _of(self, line: Columns) -> list[tuple[Layout, bytes]]:
        found = ((layout, layout.address(line)) for layout in self._layouts)
        return [(layout, address) for layout, address in found if address is not None]

    def _record(self, layout: Layout, address: bytes) -> _Record:
        if address not in self._records:
            self._records[address] = (layout, _decode(layout, self._store.get([address])[0]))
        return self._records[address][1]

    def _change(
        self, layout: Layout, address: bytes, record: _Record, event: LineEvent, line: Columns, visible: int, sign: int
    ) -> None:
        now = visible == record.moment
        part = record.at if now else record.before
        for place, counter in enumerate(layout.counters):
            if counter.event is not event:
                continue
            if place in layout.recalled:
                self._recall(layout, address, record, place, visible, sign)
                continue
            value = _value(counter, line, visible)
            if value is None:
                continue
            if counter.half_life_days and not now:
                value *= weight(counter.half_life_days, record.moment - visible)
            part[place] = _joined(counter, part[place], sign * value)

    def _recall(self, layout: Layout, address: bytes, record: _Record, place: int, visible: int, sign: int) -> None:
        """Keep the times themselves: when the latest time is taken back, the one before it is known again."""
        where = layout.times_address(address)
        if where not in self._times:
            self._times[where] = unpack_times(self._store.get([where])[0], len(layout.recalled))
        self._retimed.add(where)
        times = self._times[where][layout.recalled.index(place)]
        if sign > 0:
            times.append(visible)
            times.sort()
            del times[:-KEPT_TIMES]
        elif visible in times:
            times.remove(visible)
        earlier = [time for time in times if time < record.moment]
        record.before[place] = float(earlier[-1]) if earlier else math.nan
        record.at[place] = record.moment if record.moment in times else math.nan


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
