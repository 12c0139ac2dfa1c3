"""Sizes that a spreadsheet turned into dates: 10-12 becomes 10-Dec or December 10 of the year."""

import re

from data import sql
from data.reading import months
from data.schema import ORDER_LINES
from data.sources.mapped import order_lines
from data.sources.mapped.rows import Work

NAMES = "|".join("|".join(names.split()) for names in months.NAMES)
BY_NAME = re.compile(rf"(\d{{1,2}})[-. /]+({NAMES})\.?|({NAMES})\.?[-. /]+(\d{{1,2}})", re.IGNORECASE)
BY_DATE = re.compile(r"\d{4}-(\d{2})-(\d{2})( 00:00(:00)?)?|(\d{1,2})[./](\d{1,2})[./]\d{4}")
"""A size as a day and a month, and as a whole date."""
COLUMN = f"{ORDER_LINES.name}.size"
SHOWN = 3


def note(work: Work) -> None:
    """Count the lines whose size is a date, and give a notice with the sizes that are meant."""
    if "size" not in sql.columns(work.connection, order_lines.TABLE):
        return
    each = f"SELECT size, count(*) FROM {order_lines.TABLE} WHERE size IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    found = [(str(size), int(count)) for size, count in sql.rows(work.connection, each)]
    meant = {size: read for size, _ in found if (read := size_of(size))}
    if not meant:
        return
    lines = sum(count for size, count in found if size in meant)
    work.decide(COLUMN, "size_as_date", lines, list(meant)[:SHOWN])
    labels = ", ".join(f'"{size}": {read}' for size, read in list(meant.items())[:SHOWN])
    work.notice(
        f"{COLUMN}: on {lines:,} lines it is a date, such as {next(iter(meant))!r}: a spreadsheet took a size such as "
        f"{next(iter(meant.values()))} for a day and a month. Export the file again and don't open it in a "
        f"spreadsheet; or name each size in the mapping, labels: {{{labels}}}, and look which way round its numbers "
        "stand"
    )


def size_of(text: str) -> str | None:
    """Give the size that a date most likely was, the smaller number first; None for a size that is no date."""
    if named := BY_NAME.fullmatch(text.strip()):
        day, name = named[1] or named[4], (named[2] or named[3]).lower()
        month = next(place for place, names in enumerate(months.NAMES, start=1) if name in names.split())
    elif dated := BY_DATE.fullmatch(text.strip()):
        day, month = (dated[2], int(dated[1])) if dated[1] else (dated[5], int(dated[6]))
    else:
        return None
    one, other = sorted((int(day), month))
    return f"{one}-{other}"
