"""Customers' ids that a spreadsheet or a script damaged, counted before they are hashed: nobody can see it later."""

from data import sql
from data.identity import DECIMAL_ID, SCIENTIFIC_ID
from data.schema import CUSTOMERS
from data.sources.mapped import order_lines
from data.sources.mapped.rows import IDS, Work

COLUMN = f"order_lines.{CUSTOMERS.key}"
SHAPE = "regexp_replace(raw, '[0-9]', '9', 'g')"
"""SQL: an id as it may be shown."""


def count(work: Work) -> None:
    """Count the lines whose customer's id is in scientific notation or a decimal, and ids in two forms in the files."""
    if not sql.number(work.connection, f"SELECT count(*) FROM {IDS} WHERE contains(raw, '+') OR ends_with(raw, '0')"):
        return
    _count_lines(work, "scientific_ids", SCIENTIFIC_ID)
    _count_lines(work, "decimal_ids", DECIMAL_ID)
    both = f"SELECT one.raw FROM {IDS} AS one SEMI JOIN {IDS} AS other ON other.raw || '.0' = one.raw"
    found = sql.number(work.connection, f"SELECT count(*) FROM ({both})")
    shapes = sql.rows(work.connection, f"SELECT DISTINCT {SHAPE} FROM ({both}) ORDER BY length({SHAPE}), 1 LIMIT 1")
    work.decide(COLUMN, "ids_in_two_forms", found, [str(shape) for (shape,) in shapes])


def _count_lines(work: Work, what: str, pattern: str) -> None:
    damaged = f"SELECT raw, hashed FROM {IDS} WHERE regexp_matches(raw, {sql.text(pattern)}) AND hashed IS NOT NULL"
    lines = f"SELECT 1 FROM {order_lines.TABLE} SEMI JOIN ({damaged}) ON {CUSTOMERS.key} = hashed"
    found = sql.number(work.connection, f"SELECT count(*) FROM ({lines})")
    shapes = sql.rows(work.connection, f"SELECT DISTINCT {SHAPE} FROM ({damaged}) ORDER BY length({SHAPE}), 1 LIMIT 1")
    work.decide(COLUMN, what, found, [str(shape) for (shape,) in shapes])
