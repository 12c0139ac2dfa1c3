"""Brings counters, agendas and the record of an order up to date with the facts of the order."""

from collections.abc import Container, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from data.times import SLIGHTLY_AHEAD
from features.online_state import order_record, records
from features.online_state.basket import rows
from features.online_state.basket_nodes import Row
from features.online_state.changes.work import Work
from features.online_state.counters.layout import Value
from features.online_state.counters.ledger import Change, Ledger
from features.online_state.order_life import LineLife, end_of, lives, waited_for
from features.online_state.order_record import CountedLine, OrderRecord
from features.online_state.profiles import NO_CUSTOMER
from features.stores.store import Agenda

Columns = dict[str, Value]


def settle(work: Work, record: OrderRecord, columns: Mapping[str, Columns] | None = None) -> list[LineLife]:
    """Update everything to the facts of ``record`` that are known now, and give its lines.

    ``columns``: those of each line, where they may have changed; None where only the events of lines may.
    """
    found = lives(record, work.outcome)
    recount(work.ledger, record, found, (work.now, work.closing_time), columns)
    work.note_closes(line.closes_at for line in found if line.waits and line.closes_at < work.closing_time)
    schedule(work, record, found)
    work.store.put(records.order_key(record.order_id), order_record.write(record))
    return found


def recount(
    ledger: Ledger,
    record: OrderRecord,
    found: list[LineLife],
    moment: tuple[int, int],
    columns: Mapping[str, Columns] | None = None,
) -> None:
    """Change the counters from what they hold of the order to what its lines amount to.

    ``moment``: now, and the time up to which windows have closed (`LineLife.entries`).
    """
    changes: list[Change] = []
    for line_id in sorted(set(record.counted) - {line.line_id for line in found}):
        changes += _changes(record.counted.pop(line_id), CountedLine({}))
    for line in found:
        held = record.counted.get(line.line_id) or CountedLine({})
        own = held.columns if columns is None else columns[line.line_id]
        record.counted[line.line_id] = should = CountedLine(own, line.entries(*moment))
        changes += _changes(held, should)
    ledger.apply(changes)


def _changes(held: CountedLine, should: CountedLine) -> list[Change]:
    """What to take back of what counters hold, and what to add."""
    same = held.columns == should.columns
    if same and held.entries == should.entries:
        return []
    lacking, wrong = list(should.entries), []
    for entry in held.entries:
        if same and entry in lacking:
            lacking.remove(entry)
        else:
            wrong.append(entry)
    back = [Change(entry.event, held.columns | dict(entry.columns), entry.at, sign=-1) for entry in wrong]
    return back + [Change(entry.event, should.columns | dict(entry.columns), entry.at) for entry in lacking]


def schedule(work: Work, record: OrderRecord, found: list[LineLife]) -> None:
    """Put the order on the agenda of closes at the close of each line that waits for one, and nowhere else."""
    key = records.order_key(record.order_id)
    soon = (at for at in record.scheduled if work.now < at <= work.now + SLIGHTLY_AHEAD)  # is still to come true
    wanted = sorted({*waited_for(found, work.now, work.closing_time), *soon})
    for at in set(record.scheduled) - set(wanted):
        work.store.unschedule(Agenda.CLOSE, at, key)
    for at in set(wanted) - set(record.scheduled):
        work.store.schedule(Agenda.CLOSE, at, key)
    record.scheduled = wanted


def columns_of(work: Work, record: OrderRecord) -> dict[str, Columns]:
    """Compute the columns that counters need of each line, from what was known at the time of the order."""
    content = record.content
    if content is None:
        return {}
    order = content.order
    known = work.products(list(dict.fromkeys(line.product_id for line in order.lines)))
    products = {product_id: each.at(order.ordered_at) for product_id, each in known.items()}
    customer_id, customer = None, NO_CUSTOMER
    survivor = None if order.customer_id is None else work.survivor(order.customer_id)
    if survivor is not None and survivor.owns(order.ordered_at):
        customer_id, customer = survivor.customer_id, survivor.record.at(order.ordered_at)
    whose = replace(order, customer_id=customer_id, customer=None if customer_id is None else order.customer)
    found = rows(whose, work.basket_nodes, products, customer, form=work.row_form)
    return {line_id: _picked(row, work.columns) for line_id, row in zip(content.line_ids, found, strict=True)}


def _picked(row: Row, names: tuple[str, ...]) -> Columns:
    return {name: row[name] for name in names if name in row}


def close(work: Work, due: list[tuple[int, bytes]]) -> int:
    """Count the orders in ``due``: lines have closed or facts have come true; give the number of entries.

    An order whose window has ended and waits for outcomes stays on the agenda.
    """
    found = {key: work.order(key) for key in dict.fromkeys(key for _, key in due)}
    for record in found.values():
        if record is not None:
            passed = {at for at in record.scheduled if at < work.now}
            _come_true(work, record, settle(work, record), passed)
    for at, key in due:
        record = found[key]
        if record is None or at not in record.scheduled:
            work.store.unschedule(Agenda.CLOSE, at, key)
    return len(due)


def _come_true(work: Work, record: OrderRecord, found: list[LineLife], passed: AbstractSet[int]) -> None:
    """Note the facts that lay ahead of the clock until now: the next export of tables has them, too."""
    if any(at in passed for line in found for _, at in line.times):
        work.changed(records.order_key(record.order_id))
    note_counting(work, found, passed)


def note_counting(work: Work, found: list[LineLife], times: Container[int]) -> None:
    """Note the facts of lines that count, as far as they are of one of the ``times``."""
    for kind, at in (each for line in found for each in line.counting if each[1] in times):
        work.note(**{kind: at})


def kept_until(work: Work, record: OrderRecord, found: list[LineLife]) -> int:
    """The time when the order, with its lines ``found``, is forgotten, by the facts known so far."""
    return end_of(record, found) + work.terms.remember
