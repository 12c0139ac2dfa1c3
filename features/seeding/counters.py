"""The counters of every entity at the end of the tables, as records of the online state."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from features.language.nodes import Counter, LineEvent, Total
from features.offline.counters import OWN, TIME, key_columns, last_moments, visible
from features.offline.lines import TableLines, spelled
from features.online_state.counters.layout import Layout
from features.online_state.counters.ledger import most_kept
from features.online_state.seed_file import rows_of_records
from features.seeding import keys as seed_keys


def counter_records(backend: Backend, lines: TableLines, layout: Layout, origin: int) -> Iterator[pa.RecordBatch]:
    """Give the record of every entity of a key, ascending by the store's key.

    Parameters
    ----------
    lines
        The lines of the tables, with basket counters.
    origin
        As in `features.offline.counters.history`.
    """
    last = spelled(backend, last_moments(lines, layout.key, list(layout.counters), origin))
    columns = [TIME, *(c.name for c in layout.counters), *(OWN + c.name for c in layout.counters)]
    numbers = {f"number_{place}": last[name].cast("float64") for place, name in enumerate(columns)}
    for batch in seed_keys.by_key(backend, last.select(key=seed_keys.of_entity(last, layout), **numbers)):
        yield rows_of_records(batch["key"], _packed(batch.columns[1:]))


def time_records(backend: Backend, lines: TableLines, layout: Layout) -> Iterator[pa.RecordBatch]:
    """Give what the recalled counters keep, for every entity that has such values, ascending by the store's key."""
    names = key_columns(lines, layout.key)
    table = lines.table.filter([lines.table[name].notnull() for name in names])
    counters = [layout.counters[place] for place in layout.recalled]
    happened = [_happened(table, counter) for counter in counters]
    lists = {f"kept_{place}": _kept(table, each, happened[place]) for place, each in enumerate(counters)}
    grouped = spelled(backend, table.filter(ibis.or_(*happened)).group_by(names).aggregate(**lists))
    most = {f"kept_{place}": _cut(grouped[f"kept_{place}"], each) for place, each in enumerate(counters)}
    for batch in seed_keys.by_key(backend, grouped.select(key=seed_keys.of_entity(grouped, layout), **most)):
        keys = [layout.times_address(key.encode()) for key in batch["key"].to_pylist()]
        yield rows_of_records(pa.array(keys, pa.binary()), packed_times(batch.columns[1:]))


def _happened(table: ir.Table, counter: Counter) -> ir.BooleanValue:
    """Whether the event of ``counter`` happened to a line, with a value that counts."""
    happened = ibis.literal(True)
    if counter.event is not LineEvent.ORDERED:
        settled = table["settled_at"].notnull()
        happened = settled & (table["returned"] if counter.event is LineEvent.RETURNED else ~table["returned"])
    return happened if counter.value is None else happened & table[counter.value].notnull()


def _kept(table: ir.Table, counter: Counter, where: ir.BooleanValue) -> ir.Value:
    """The values of a recalled counter, ascending; those of `Total.MAX` each with its time."""
    time = visible(table["ordered_at" if counter.event is LineEvent.ORDERED else "settled_at"], counter.key)
    if counter.total is not Total.MAX:
        return time.collect(where=where, order_by=time)
    value = table[str(counter.value)].cast("int64")
    return ibis.array([value, time]).collect(where=where, order_by=[value, time])


def _cut(kept: ir.Value, counter: Counter) -> ir.Value:
    most = most_kept(counter)
    if counter.total is Total.FIRST:
        return kept[:most]
    return kept[-most:].flatten() if counter.total is Total.MAX else kept[-most:]


def packed_times(lists: Sequence[pa.ListArray]) -> pa.Array:
    """Write what `features.online_state.counters.ledger.pack_times` writes, for many entities at once.

    Parameters
    ----------
    lists
        For each recalled counter the times of every entity, int64, ascending; null for an entity without times.
    """
    counts = [np.asarray(pc.fill_null(pc.list_value_length(each), 0), dtype=np.int64) for each in lists]
    ends = np.cumsum(sum(4 + 8 * count for count in counts))
    # In words of four bytes: a list has one word for its length, then two words for each time.
    packed = np.zeros(int(ends[-1]) // 4, dtype="<u4")
    place = np.concatenate([[0], ends[:-1]]) // 4
    for each, count in zip(lists, counts, strict=True):
        packed[place] = count
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        times = np.repeat(place + 1, count) + 2 * nth
        words = np.asarray(pc.list_flatten(each), dtype="<i8").view("<u4")
        packed[times], packed[times + 1] = words[0::2], words[1::2]
        place = place + 1 + 2 * count
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(packed)])


def _packed(columns: Sequence[pa.Array]) -> pa.Array:
    """Pack the numbers of each record as `Layout.packing` does."""
    rows = np.column_stack([column.to_numpy(zero_copy_only=False) for column in columns])
    content = pa.py_buffer(np.ascontiguousarray(rows, dtype="<f8"))
    return pa.Array.from_buffers(pa.binary(8 * len(columns)), len(rows), [None, content])
