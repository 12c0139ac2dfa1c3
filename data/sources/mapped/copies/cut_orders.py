"""Orders that exports cut: some of their lines end one file, and others begin the next.

Copies of an order share lines, and the parts of a cut order need not share any: taken for copies, all parts but one
would be lost. What tells a cut from a change is the place, because an export cuts its first or its last order alone;
and the rule, because equal copies never change.
"""

from data import sql
from data.sources.mapped.copies.leaving import drop
from data.sources.mapped.copies.order_rows import BEST, LINES, PARTS, ROWS
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import Work

CUT = "_cut_orders"

FACING = (
    f"(SELECT one._key FROM {PARTS} AS one JOIN {PARTS} AS other ON one._key = other._key "
    "AND one._file <> other._file AND one._ends AND other._begins)"
)
"""SQL: the orders that end one file and begin another."""


def settle(work: Work, name: str, rule: CopiesRule | None) -> None:
    """Take the cut orders out of `PARTS`, each whole, and count them; those that may only have changed stay."""
    if not sql.number(work.connection, f"SELECT count(*) FROM {PARTS}"):
        return
    _keep(work, name, _without_common_products(), "orders_cut_between_files", "with other products in each")
    if rule is None or rule.identical:
        how = "at the end of one and the start of another, with other lines in each"
        _keep(work, name, _of_facing_ends(rule), "orders_cut_with_common_products", how)
    else:
        _count_doubtful(work, name)
    if rule is not None and rule.identical:
        _drop_pieces(work, name)


def _keep(work: Work, name: str, keys: str, what: str, how: str) -> None:
    """Keep all lines of the orders ``keys`` (a query); of a line in several parts, the rows of one part."""
    sql.run(work.connection, f"CREATE OR REPLACE TEMP TABLE {CUT} AS {keys}")
    count = sql.number(work.connection, f"SELECT count(*) FROM {CUT}")
    if not count:
        return
    rows = f"SELECT min(_row) AS _row FROM {ROWS} SEMI JOIN {CUT} USING (_key) GROUP BY _key"
    first = work.places(name, rows)
    work.decide(f"files.{name}", what, count, first)
    best = f"row_number() OVER (PARTITION BY _key, _line ORDER BY _rows DESC, {BEST}) > 1"
    again = f"SELECT _key, _file, _line FROM {LINES} JOIN {PARTS} USING (_key, _file) QUALIFY {best}"
    copies = f"SELECT _row FROM {ROWS} SEMI JOIN {CUT} USING (_key) SEMI JOIN ({again}) USING (_key, _file, _line)"
    drop(work, name, copies, "copies_of_orders")
    sql.run(work.connection, f"DELETE FROM {PARTS} WHERE _key IN (FROM {CUT})")
    work.notice(
        f"files.{name}: {count:,} orders stand in several files {how}, first at {first[0]}: they are taken for "
        "orders that the exports cut, and all of their lines count"
    )


def _without_common_products() -> str:
    """SQL: the orders with other products in each file. A part without a product can't be judged."""
    filled = f"SELECT _key, count(DISTINCT _file) AS _files FROM {ROWS} WHERE _product <> '' GROUP BY 1"
    whole = f"SELECT _key, count(*) AS _files FROM {PARTS} GROUP BY 1"
    shared = f"SELECT _key FROM {ROWS} WHERE _product <> '' GROUP BY _key, _product HAVING count(DISTINCT _file) > 1"
    return f"SELECT _key FROM ({filled}) SEMI JOIN ({whole}) USING (_key, _files) ANTI JOIN ({shared}) USING (_key)"


def _of_facing_ends(rule: CopiesRule | None) -> str:
    """SQL: the orders at facing ends of files that no part has all lines of.

    Unless the mapping says that the files overlap, parts with a common line could be copies or two pieces of it: they
    are no cut order.
    """
    most = f"SELECT _key, max(_rows) AS _rows, count(*) AS _files FROM {LINES} GROUP BY _key, _line"
    together = f"SELECT _key, sum(_rows) AS _rows, max(_files) AS _files FROM ({most}) GROUP BY 1"
    of_parts = f"SELECT _key, sum(_rows) AS _rows FROM {LINES} GROUP BY _key, _file"
    fullest = f"SELECT _key, max(_rows) AS _most FROM ({of_parts}) GROUP BY 1"
    alone = "_files = 1" if rule is None else "TRUE"
    return (
        f"SELECT _key FROM ({together}) JOIN ({fullest}) USING (_key) SEMI JOIN {FACING} USING (_key) "
        f"WHERE _rows > _most AND {alone}"
    )


def _count_doubtful(work: Work, name: str) -> None:
    """Count the orders at facing ends whose parts differ: the mapping takes them for changed, not for cut."""
    differ = f"SELECT _key FROM {PARTS} SEMI JOIN {FACING} USING (_key) GROUP BY 1 HAVING count(DISTINCT _content) > 1"
    rows = f"SELECT min(_row) AS _row FROM {ROWS} SEMI JOIN ({differ}) USING (_key) GROUP BY _key"
    work.decide_rows(f"files.{name}", "changed_or_cut_orders", name, rows)


def _drop_pieces(work: Work, name: str) -> None:
    """Drop the first or last order of a file where another file has all of its lines and more, and count its rows."""
    size = f"SELECT _key, _file, count(*) AS _lines, sum(_rows) AS _size FROM {LINES} GROUP BY ALL"
    held = (
        f"SELECT one._key, one._file, other._file AS _whole, count(*) AS _lines FROM {LINES} AS one "
        f"JOIN {LINES} AS other ON one._key = other._key AND one._line = other._line AND one._file <> other._file "
        "AND one._rows <= other._rows GROUP BY ALL"
    )
    pieces = (
        f"SELECT DISTINCT _key, held._file FROM ({held}) AS held JOIN ({size}) AS own USING (_key, _file, _lines) "
        f"JOIN ({size}) AS whole USING (_key) WHERE whole._file = held._whole AND whole._size > own._size"
    )
    at_an_end = f"SELECT _key, _file FROM {PARTS} WHERE _begins OR _ends"
    sql.run(
        work.connection,
        f"CREATE OR REPLACE TEMP TABLE {CUT} AS FROM ({pieces}) SEMI JOIN ({at_an_end}) USING (_key, _file)",
    )
    rows = f"SELECT _row FROM {ROWS} SEMI JOIN {CUT} USING (_key, _file)"
    work.decide_rows(f"files.{name}", "rows_of_cut_copies", name, rows)
    drop(work, name, rows, "copies_of_orders")
    sql.run(work.connection, f"DELETE FROM {PARTS} WHERE (_key, _file) IN (FROM {CUT})")
    alone = f"SELECT _key FROM {PARTS} GROUP BY 1 HAVING count(*) = 1"
    sql.run(work.connection, f"DELETE FROM {PARTS} WHERE _key IN ({alone})")
