"""The counters of every entity at the end of the tables, as records of the online state."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from data.arrays import Floats, Ints
from features.language.nodes import Counter, LineEvent, Total
from features.offline.counters import key_columns, visible
from features.offline.lines import TableLines, spelled, texts_of
from features.offline.local.arrays import Codes
from features.offline.local.engine import Engine
from features.online_state.counters.layout import Layout
from features.online_state.counters.ledger import most_kept
from features.online_state.seed_file import rows_of_records
from features.seeding import keys as seed_keys


def counter_records(backend: Backend, engine: Engine, layout: Layout) -> Iterator[pa.RecordBatch]:
    """Give the record of every entity of a key, ascending by the store's key.

    Parameters
    ----------
    engine
        The lines of the tables, which are not scored.
    """
    count = engine.count(layout)
    count.finish()
    entities = np.flatnonzero(count.last >= 0)
    lines = _first_lines(count.entity, len(count.last))[entities]
    store_keys = seed_keys.of_entities(
        layout, [_texts(backend, engine, name, lines) for name in layout.columns], len(lines)
    )
    last = count.last[entities]
    before = count.state[entities] / count.weight(last)
    numbers = np.column_stack([last.astype(np.float64), before, count.own[entities]])
    order = pc.sort_indices(store_keys)
    yield rows_of_records(store_keys.take(order), _packed(numbers[order.to_numpy()]))


def _first_lines(entity: Codes, entities: int) -> Ints:
    """The first line of each entity."""
    found = np.zeros(entities, dtype=np.int64)
    lines = np.flatnonzero(entity >= 0)[::-1]  # of several lines the first stays
    found[entity[lines]] = lines
    return found


def _texts(backend: Backend, engine: Engine, name: str, lines: Ints) -> pa.Array:
    """A column of a key of some lines, as its text or its digits."""
    if engine.lines.is_text(name):
        return texts_of(backend, name).take(pa.array(engine.lines.code(name)[lines]))
    return pa.array(engine.lines.number(name)[lines].astype(np.int64)).cast(pa.string())


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


def _packed(numbers: Floats) -> pa.Array:
    """Pack the numbers of each record, shape (records, numbers), as `Layout.packing` does."""
    content = pa.py_buffer(np.ascontiguousarray(numbers, dtype="<f8"))
    return pa.Array.from_buffers(pa.binary(8 * numbers.shape[1]), len(numbers), [None, content])
