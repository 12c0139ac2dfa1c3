"""Copies of an order whose rows have no id of their own: all rows of the order come from one file."""

from data import sql
from data.errors import UserError
from data.personal_data.masking import shown
from data.sources.mapped.cleaning import clean
from data.sources.mapped.copies import cut_orders, lost_lines
from data.sources.mapped.copies.comparing import WAYS, comparable, equally, refuse_incomparable
from data.sources.mapped.copies.leaving import drop
from data.sources.mapped.copies.order_rows import BEST, PARTS, gather
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import Work, rows_of

FEWEST, MOST = 3, 0.9
"""Orders in several files with another time in each, and their least share of them, at which they are no copies."""


def drop_copies(work: Work, name: str, order: str, rule: CopiesRule | None) -> None:
    """Keep the rows of each order from one file only, by the shop's column ``order``, and count the others.

    An order that exports cut keeps all of its lines (`cut_orders`).

    Raises
    ------
    UserError
        An order stands in several files, and the mapping does not say that they overlap; or it says that copies are
        identical, and they are not.
    """
    _refuse_beginning_again(work, name, order)
    newest = "NULL"
    if rule is not None and rule.newest_by is not None:
        refuse_incomparable(work, name, rule, rows_of(name))
        newest = f"max({comparable(rule)})"
    gather(work, name, order, rule, newest)
    cut_orders.settle(work, name, rule)
    found = sql.rows(work.connection, f"SELECT _key, min(_file), max(_file) FROM {PARTS} GROUP BY 1 ORDER BY 1")
    if found and rule is None:
        raise UserError(
            expected=f"each order in one of the files of {name}, because its rows have no id of their own",
            found=f"{len(found)} orders in several files, such as {shown(found[0][0])!r} in {found[0][1]} and "
            f"{found[0][2]}",
            fix=f"set copies under files.{name} of the mapping: identical, if the exports overlap; fullest or "
            "{newest_by: COLUMN}, if rows have changed from one export to the other",
        )
    if rule is not None and rule.identical:
        _refuse_changed_orders(work, name)
    elif rule is not None and found:
        _count_tied_orders(work, name, order, rule)
    best = "_file" if rule and rule.identical else BEST
    others = f"SELECT _key, _file FROM {PARTS} QUALIFY row_number() OVER (PARTITION BY _key ORDER BY {best}) > 1"
    if rule is not None and not rule.identical:
        lost_lines.count(work, name, others, rule)
    keyed = f"SELECT _row, {clean(sql.name(order))} AS _key, _file FROM {rows_of(name)}"
    drop(work, name, f"SELECT _row FROM ({keyed}) SEMI JOIN ({others}) USING (_key, _file)", "copies_of_orders")


def _count_tied_orders(work: Work, name: str, order: str, rule: CopiesRule) -> None:
    """Count the orders whose best copies in several files are equally new and full, and differ: see `_count_ties`."""
    place = "rank() OVER (PARTITION BY _key ORDER BY _newest DESC NULLS LAST, _filled DESC)"
    best = f"SELECT _key, _content FROM {PARTS} QUALIFY {place} = 1"
    ties = f"SELECT _key FROM ({best}) GROUP BY 1 HAVING count(DISTINCT _content) > 1"
    keyed = f"SELECT {clean(sql.name(order))} AS _key, max(_row) AS _row FROM {rows_of(name)} GROUP BY 1"
    work.decide_rows(
        f"files.{name}",
        f"last_file_of_{equally(rule)}",
        name,
        f"SELECT _row FROM ({keyed}) SEMI JOIN ({ties}) USING (_key)",
    )


def _refuse_beginning_again(work: Work, name: str, order: str) -> None:
    """Refuse orders of several files with another time in each: their numbers begin again, and they are no copies."""
    timed = work.mapping.order_lines.columns["ordered_at"].column
    if timed is None or timed in work.mapping.files[name].ignore:
        return
    keyed = f"SELECT {clean(sql.name(order))} AS _key, {clean(sql.name(timed))} AS _time, _file FROM {rows_of(name)}"
    each = f"SELECT _key, _file, min(nullif(_time, '')) AS _first FROM ({keyed}) WHERE _key <> '' GROUP BY 1, 2"
    several = f"SELECT count(DISTINCT _first) = count(*) AS apart FROM ({each}) GROUP BY _key HAVING count(*) > 1"
    apart, whole = sql.rows(work.connection, f"SELECT count(*) FILTER (apart), count(*) FROM ({several})")[0]
    if apart >= max(FEWEST, MOST * whole):
        raise UserError(
            expected=f"one time of each order in the files of {name}",
            found=f"{apart:,} of {whole:,} numbers of orders in several files with another time in each: most likely "
            "they begin again, as each year",
            fix="make order_id of number and time, order_lines.columns.order_id: "
            f"{{columns: [{order}, {timed}]}}, if all lines of an order have one time, or else export a number with "
            f"its year; or, where they are copies all the same, files.{name}.ignore: [{timed}]",
        )


def _refuse_changed_orders(work: Work, name: str) -> None:
    changed = sql.rows(
        work.connection,
        f"SELECT _key, min(_file), max(_file) FROM {PARTS} GROUP BY 1 HAVING count(DISTINCT _content) > 1 "
        "ORDER BY 1 LIMIT 1",
    )
    if changed:
        key, first, second = changed[0]
        raise UserError(
            expected=f"equal copies of each order in the files of {name}, as files.{name}.copies says",
            found=f"order {shown(key)!r} with other rows in {first} than in {second}",
            fix=f"set copies under files.{name} of the mapping: {WAYS}",
        )
