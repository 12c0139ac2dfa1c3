"""Odd cells: a few cells that are no numbers or dates don't make a column of numbers or dates none.

Ingest refuses each such cell with its row, so a draft names the column and asks. Without the column, all rows would
have a guess, such as one piece a row.
"""

import re
from collections.abc import Iterable, Mapping

from data.personal_data.shapes import shape

MOST = 0.1
"""Largest share of a column's filled cells that are odd."""

NO_DATE = re.compile(
    r"0+|[-\u2013\u2014\u2212]+|\.|\?|\\N|#?n/?a|none|null|nil|never|nie|no|nein|non|nee|not returned"
    r"|1/0/1900|0/1/1900|0?0[./-]0?1[./-]1900|0000-00-00([ T]00:00(:00)?)?"
    r"|00[./-]00[./-]0000|(0001-01-01|1753-01-01|1899-12-3[01]|1900-01-0[01]|1970-01-01|(01[./-]){2}(0001|1900|1970)"
    r"|[29]999-12-31|31[./-]12[./-][29]999|12/31/[29]999)([ T](00:00|23:59|12:00)(:\d\d)?(\.0+)?( ?AM)?Z?)?",
    re.IGNORECASE,
)
"""Texts that stand for no date, in however many cells; programs write the first or the last day that they know."""


def counted(values: Mapping[str, int] | Iterable[str]) -> dict[str, int]:
    """Give each value with its count; values without counts stand once each."""
    return dict(values) if isinstance(values, Mapping) else dict.fromkeys(values, 1)


def are_few(odd: Iterable[str], counts: Mapping[str, int]) -> bool:
    """Whether the cells of the ``odd`` values are few among those that ``counts`` has."""
    return cells(odd, counts) <= MOST * sum(counts.values())


def cells(odd: Iterable[str], counts: Mapping[str, int]) -> int:
    """Give the number of cells with one of the ``odd`` values."""
    return sum(counts[value] for value in odd)


def note(odd: Iterable[str], counts: Mapping[str, int], what: str, then: str) -> str:
    """Ask for the ``odd`` cells, which are no ``what``; ``then`` says what follows. Empty where there are none."""
    values = list(odd)
    if not values:
        return ""
    shapes = " or ".join(dict.fromkeys(shape(value) for value in values[:3]))
    count = cells(values, counts)
    number = "1 cell is" if count == 1 else f"{count:,} cells are"
    return f"CHECK: {number} no {what}, but of the form {shapes}: {then}"
