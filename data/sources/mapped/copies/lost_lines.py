"""Lines that stand in no copy that counts: they are named, because an export may have cut their order."""

from data import sql
from data.personal_data.masking import shown
from data.sources.mapped.copies.order_rows import PARTS, ROWS
from data.sources.mapped.mapping.files import CopiesRule
from data.sources.mapped.rows import EXAMPLES, Work

LOST = "_lost_lines"


def count(work: Work, name: str, others: str, rule: CopiesRule) -> None:
    """Count the lines of the parts ``others`` (a query of ``_key, _file``) that the part lacks which counts."""
    counted = f"SELECT _key, _file FROM {PARTS} ANTI JOIN ({others}) USING (_key, _file)"
    kept = f"SELECT _key, _line, count(*) AS _kept FROM {ROWS} SEMI JOIN ({counted}) USING (_key, _file) GROUP BY ALL"
    nth = "row_number() OVER (PARTITION BY _key, _file, _line ORDER BY _row)"
    left = f"SELECT *, {nth} AS _nth FROM {ROWS} SEMI JOIN ({others}) USING (_key, _file)"
    lost = (
        f"SELECT _key, min(_product) AS _product, min(_row) AS _row FROM ({left}) LEFT JOIN ({kept}) "
        "USING (_key, _line) WHERE _nth > coalesce(_kept, 0) GROUP BY _key, _line, _nth"
    )
    sql.run(work.connection, f"CREATE OR REPLACE TEMP TABLE {LOST} AS {lost}")
    found = sql.number(work.connection, f"SELECT count(*) FROM {LOST}")
    if not found:
        return
    first = sql.rows(work.connection, f"SELECT _row, _product, _key FROM {LOST} ORDER BY 1 LIMIT {EXAMPLES}")
    named = [
        f"{work.place(name, row)} (product {shown(product)!r} of order {shown(key)!r})" for row, product, key in first
    ]
    work.decide(f"files.{name}", "lines_of_other_copies_alone", found, named)
    which, instead = ("fullest", "{newest_by: COLUMN}") if rule.fullest else ("newest", "fullest")
    work.notice(
        f"files.{name}: {found:,} lines stand in a copy of their order that does not count, and not in the {which} "
        f"one: {', '.join(named)}. They are left out, as if they had been taken out of their orders; where an export "
        f"cut an order instead, set copies: {instead}"
    )
