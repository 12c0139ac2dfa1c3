"""Amounts such as 1.200 beside 950: a mark of decimals that may be one of thousands is counted, with its places.

Amounts with real decimals have one or two of them somewhere in the file. Where each amount has none or exactly three,
1.200 is most likely 1,200, and read as 1.20.
"""

from typing import TYPE_CHECKING

from data import sql
from data.sources.mapped.cells import THOUSANDS, Cell

if TYPE_CHECKING:
    from data.sources.mapped.rows import Work

COUNTED = "three_decimals_or_none"


def mark(item: Cell) -> str:
    """The quoted name of the column that says how many decimals are written in an amount."""
    return sql.name(f"_decimals_{item.column.name}")


def count(work: "Work", table: str, file: str, item: Cell, into: str) -> None:
    """Count the amounts with three decimals in the table ``into``, where all others have none, and drop `mark`."""
    name = mark(item)
    three, none, other = (
        f"count(*) FILTER ({name} {test})" for test in (f"= {THOUSANDS}", "= 0", f"NOT IN (0, {THOUSANDS})")
    )
    found = sql.rows(work.connection, f"SELECT {three}, {none}, {other} FROM {into}")[0]
    if found[0] and found[1] and not found[2]:
        place, rows = f"{table}.{item.column.name}", f"SELECT _row FROM {into} WHERE {name} = {THOUSANDS}"
        work.decide_rows(place, COUNTED, file, rows)
        work.notice(
            f"{place}: {found[0]:,} amounts have three decimals and all others none, such as in "
            f"{', '.join(work.places(file, rows))}. They are read as decimals; where the mark is one of thousands, set "
            'thousands beside the column in the mapping, such as thousands: "." with decimal: ","'
        )
    sql.run(work.connection, f"ALTER TABLE {into} DROP {name}")
