"""The sheets of a workbook that have records, and the row of their header."""

from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from data.drafting.layouts import header_rows

LEAST = 2
"""Rows and columns of a table with a record."""

FIRST_ROWS = 200
"""Rows that are looked at for a header."""

HALF = 0.5


def tables(path: Path) -> dict[str | None, int]:
    """Give the rows before the header for each sheet of ``path`` that looks like a table, where there are several.

    The only sheet of a workbook stands under None, as it needs no name.
    """
    try:
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            names = list(book.sheet_names)
            if len(names) == 1:
                return {None: _before_header(book, names[0])}
            return {name: _before_header(book, name) for name in names if _is_table(book, name)}
    except (CalamineError, OSError):
        return {}  # the reader says what is wrong


def rows(path: Path, sheet: str | None, first: int, end: int) -> list[list[str]]:
    """Read the texts of the rows from ``first`` to before ``end`` of a sheet; of the only one, its name is None."""
    with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
        name = book.sheet_names[0] if sheet is None else sheet
        found = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=end)
    return [[cell.strip() if isinstance(cell, str) else "" for cell in row] for row in found[first:end]]


def _is_table(book: CalamineWorkbook, name: str) -> bool:
    sheet = book.get_sheet_by_name(name)
    return sheet.height >= LEAST and sheet.width >= LEAST


def _before_header(book: CalamineWorkbook, name: str) -> int:
    """Count the rows before the first one that has texts in more than half of the columns."""
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=FIRST_ROWS)
    width = max((sum(cell != "" for cell in row) for row in rows), default=0)
    texts = [sum(isinstance(cell, str) and bool(cell.strip()) for cell in row) for row in rows]
    place = next((place for place, count in enumerate(texts) if count > HALF * width), 0)
    first, second = ([*map(str, row)] for row in [*rows[place : place + 2], [], []][:2])
    return place + header_rows.lower(first, second)
