"""Columns whose values could be a key, though no name of them says so: of each row, or of what several orders share."""

from data import sql
from data.drafting import times
from data.drafting.sheet import Sheet

FEWEST = 10
"""Rows from which a column with its own value in each row is no chance."""
SHARED = 0.2
"""Least share of the values that several orders have, as customers' numbers do."""
FEW_VALUES = 12
"""Values of a column that is a label, such as a country, and no key."""


def of_rows(sheet: Sheet, taken: set[str]) -> list[str]:
    """Name the columns beside ``taken`` with their own value in each row, which are no times and not personal."""
    if sheet.rows < FEWEST:
        return []
    free = (column for column in sheet.columns if column not in taken and sheet.is_unique(column))
    return [column for column in free if times.decide(sheet.values(column)) is None and not sheet.personal(column)]


def is_of_orders(sheet: Sheet, order: str, column: str) -> bool:
    """Whether all rows of an order have one value in ``column``, and some of many values stand in several orders."""
    cell, key = sheet.cell(column), sheet.cell(order)
    filled = f"SELECT {cell} AS _cell, {key} AS _key FROM {sheet.table} WHERE {cell} <> '' AND {key} <> ''"
    orders = f"SELECT _key, count(DISTINCT _cell) AS _cells FROM ({filled}) GROUP BY 1"
    several, whole = sql.rows(sheet.connection, f"SELECT count(*) FILTER (_cells > 1), count(*) FROM ({orders})")[0]
    values = f"SELECT _cell, count(DISTINCT _key) AS _orders FROM ({filled}) GROUP BY 1"
    shared, found = sql.rows(sheet.connection, f"SELECT count(*) FILTER (_orders > 1), count(*) FROM ({values})")[0]
    alike = whole > found > FEW_VALUES and not several and shared >= SHARED * found
    return bool(alike) and times.decide(sheet.values(column)) is None
