"""Sheets of Excel workbooks into DuckDB, as text."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from data.errors import UserError
from data.identity import BLANKS
from data.sources.mapped.mapping.files import FileRule
from data.sources.mapped.records import documents, streams
from data.sources.mapped.records.batches import Batches
from data.sources.mapped.records.input import FileAccount, Input, told_apart

Cell = int | float | str | bool | time | date | datetime | timedelta | None

WIDEST_WHOLE = 2**53
"""The largest whole number that a spreadsheet holds exactly, and so the largest id that it did not change."""


def load(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, _: Path) -> FileAccount:
    """Load the sheet of ``path``, or one after the other of several, into the table of ``source``.

    Numbers become their shortest text (``12``, not ``12.0``), times ISO 8601.

    Raises
    ------
    UserError
        The file is no workbook, has no such sheet or several, or lacks a column.
    """
    account = FileAccount(path, 0, 0)
    for sheet in source.rule.sheet or (None,):
        found = _load_sheet(connection, source, path, sheet)
        account.records += found.records
        account.loaded += found.loaded
        account.footer += found.footer
    return account


def _load_sheet(connection: duckdb.DuckDBPyConnection, source: Input, path: Path, sheet: str | None) -> FileAccount:
    rows = _rows(source.name, path, sheet)
    skip, footer = source.rule.skip_lines, source.rule.footer_lines
    names = _names(rows, skip)
    source.check_columns(path, names)
    places = [names.index(column) for column in source.wanted]
    unit = f"{sheet}, row" if len(source.rule.sheet) > 1 else "row"
    batches = Batches(connection, source, path, unit)
    for number, row in enumerate(rows[skip + 1 : len(rows) - footer], start=skip + 2):
        cells = [_text(row[place]) for place in places]
        if any(_text(cell) for cell in row):
            batches.add(number, list(cells))
    account = batches.end()
    account.footer = footer
    return account


def header(name: str, rule: FileRule, path: Path) -> list[str]:
    """Name the columns of the sheet of ``path``; `UserError` as `load`."""
    first = next(iter(rule.sheet), None)
    return _names(_rows(name, path, first, rule.skip_lines + 1), rule.skip_lines)


def _names(rows: list[list[Cell]], skip: int) -> list[str]:
    return told_apart([_text(cell).strip(BLANKS) for cell in rows[skip]]) if len(rows) > skip else []


def _rows(name: str, path: Path, wanted: str | None, first: int | None = None) -> list[list[Cell]]:
    """Read the sheet ``wanted``, or the only one, or so many of its ``first`` rows."""
    try:
        # By its content, not by its name: a workbook may be named .csv.
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            sheet = _sheet(name, wanted, path, book.sheet_names)
            return [list(row) for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=first)]
    except (CalamineError, OSError) as error:
        if (other := streams.document(path)) is not None and other is not documents.XLSX:
            raise streams.unreadable(path, other.what, other.fix) from None
        fix = "deliver the file again, or leave out format: xlsx if it is a CSV file"
        raise streams.unreadable(path, str(error).split("\n", maxsplit=1)[0], fix) from None


def _sheet(name: str, wanted: str | None, path: Path, sheets: list[str]) -> str:
    if wanted is None and len(sheets) == 1:
        return sheets[0]
    if wanted in sheets:
        return str(wanted)
    raise UserError(
        expected=f"the sheet {wanted!r} in {path.name}" if wanted else f"one sheet in {path.name}",
        found=f"the sheets {', '.join(map(repr, sheets))}",
        fix=f"set sheet under files.{name} of the mapping: one, or a list of those of one layout",
    )


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= WIDEST_WHOLE:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    return "" if cell is None else str(cell)
