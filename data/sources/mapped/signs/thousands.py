"""Numbers such as 1.200, which two conventions read differently: the column decides, or they are counted or refused.

Numbers with real decimals have one or two of them somewhere in the file, or begin with 0, or have more than three
digits before the mark. Where each number has none or exactly three, the mark of 1.200 most likely stands between
thousands. Where each has exactly three, a database most likely wrote them.
"""

from typing import TYPE_CHECKING

from data import sql
from data.sources.mapped.cells import THOUSANDS, Cell

if TYPE_CHECKING:
    from data.sources.mapped.rows import Work

COUNTED = "three_decimals_or_none"
THROUGHOUT = "three_decimals_throughout"
RULE = "thousands_or_decimals"
"""The rule that a number of pieces breaks which may be a thousand times as large."""


def marks(item: Cell) -> list[str]:
    """The quoted names of the columns that say how many decimals are written in a cell and in what it is minus."""
    return [sql.name(f"_decimals_{place}_{item.column.name}") for place in range(len(item.decimals))]


def undecided(work: "Work", item: Cell, into: str) -> str | None:
    """SQL over the table ``into``: the rows of whole numbers that may be a thousand times as large; None for none.

    A column of whole numbers with three decimals throughout, all of them 0, is a database's: 1.000 is 1 there.
    """
    if not item.whole or not item.decimals:
        return None
    (name,), value = marks(item), sql.name(item.column.name)
    three, other, plain = _counts(work, name, into, f"{name} = 0 OR ({name} = {THOUSANDS} AND {value} IS NULL)")
    return f"{name} = {THOUSANDS} AND NOT _broken" if three and plain and not other else None


def count(work: "Work", table: str, file: str, item: Cell, into: str) -> None:
    """Count the numbers with three decimals in the table ``into``, where all others have none, and drop `marks`."""
    place = f"{table}.{item.column.name}"
    for name in marks(item):
        three, other, none = _counts(work, name, into, f"{name} = 0")
        rows = f"SELECT _row FROM {into} WHERE {name} = {THOUSANDS}"
        if three and not other and none and not item.whole:
            work.decide_rows(place, COUNTED, file, rows)
            work.notice(
                f"{place}: {three:,} numbers have three decimals and all others none, {_where(work, file, rows)}"
            )
        elif three and not other and not none and not item.states_decimal:
            work.decide_rows(place, THROUGHOUT, file, rows)
            if not item.whole:
                work.notice(
                    f"{place}: all numbers have three decimals, {_where(work, file, rows)}; where it is not, "
                    'decimal: "." says so'
                )
        sql.run(work.connection, f"ALTER TABLE {into} DROP {name}")


def _counts(work: "Work", name: str, into: str, third: str) -> tuple[int, int, int]:
    """Count the numbers with three decimals, those with decimals for certain, and those for which ``third`` is true."""
    tests = (f"{name} = {THOUSANDS}", f"{name} NOT IN (0, {THOUSANDS})", third)
    figures = ", ".join(f"count(*) FILTER ({test})" for test in tests)
    three, other, plain = sql.rows(work.connection, f"SELECT {figures} FROM {into}")[0]
    return int(three), int(other), int(plain)


def _where(work: "Work", file: str, rows: str) -> str:
    return (
        f"such as in {', '.join(work.places(file, rows))}. They are read as decimals; where the mark is one of "
        'thousands, set thousands beside the column in the mapping, such as thousands: "." with decimal: ","'
    )
