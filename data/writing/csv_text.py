"""The one writer of CSV files (RFC 4180), for pages and the pipeline; what it writes is safe to open in spreadsheets.

CSV injection: spreadsheets run a text cell that begins like a formula, and names of products come from suppliers. Such
a cell gets an apostrophe before it, as OWASP's page on CSV injection advises. A spreadsheet may split the line at
another sign than the comma, such as the semicolon in most of Europe. Quotes in the middle of a cell then mean nothing:
what begins like a formula behind such a sign gets an apostrophe, too.

Numbers, also negative ones, stay numbers. Money comes in minor units, in columns whose names end with ``_minor``. With
a currency, it is written in whole units with the currency's decimals, and the name ends with its code: ``cost_minor``
of 1234 is ``cost_eur`` of 12.34.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from data.number_format import plain_amount

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_MINOR: Final = "_minor"
_SIGNS: Final = "=+\\-@\u207a\u207b\u207c\u208a\u208b\u208c\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
"""The signs that begin a formula, with their wide, small, raised and lowered forms."""
_UNSEEN: Final = "\\s\"'\x00\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""Blanks, quotes and signs without width: spreadsheets drop some of them before they look for a formula."""
_SPLIT: Final = ";|\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
"""The signs beside the comma at which a spreadsheet may split a line or end it."""
_FORMULA: Final = re.compile(f"(?:^|(?<=[{_SPLIT}]))(?=[{_UNSEEN}]*[{_SIGNS}])")
_PLAIN: Final = frozenset({int, type(None)})
_BREAK: Final = re.compile("^(?=[\t\r\n])")


def for_people(
    header: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]], currency: str | None = None
) -> Iterator[bytes]:
    """Write rows as a file for spreadsheets: one piece for the header, and one a chunk.

    It begins with a byte order mark: without the mark, Excel takes UTF-8 for another encoding. None and NaN are empty
    cells, times are ISO. ``currency``: the code (ISO 4217) of the money in columns ``…_minor``.
    """
    yield BYTE_ORDER_MARK + _lines([[column(name, currency) for name in header]], "\r\n")
    for rows in chunks:
        yield _lines(_cells(header, rows, currency), "\r\n")


def for_programs(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Write rows as a whole file that programs read back: no byte order mark, lines end with a line feed alone."""
    return _lines([header], "\n") + _lines(_cells(header, rows, None), "\n")


def column(name: str, currency: str | None) -> str:
    """Give the name of a column in the file: that of money ends with the code of its currency."""
    return name.removesuffix(_MINOR) + f"_{currency.lower()}" if currency and name.endswith(_MINOR) else name


def harmless(text: str) -> str:
    """Put an apostrophe before all that a spreadsheet would run as a formula."""
    return _FORMULA.sub("'", text) if _FORMULA.search(text) else _BREAK.sub("'", text)


def _cells(header: Sequence[str], rows: Sequence[Sequence[Any]], currency: str | None) -> Iterable[Sequence[Any]]:
    """Write the cells column by column: the numbers of a column need no look at each of them."""
    columns: list[Sequence[Any]] = []
    for name, values in zip(header, zip(*rows, strict=True), strict=False):  # without rows there are no columns
        if currency and name.endswith(_MINOR):
            columns.append([plain_amount(value, currency) for value in values])
        elif set(map(type, values)) <= _PLAIN:
            columns.append(values)
        else:
            columns.append([_cell(value) for value in values])
    return zip(*columns, strict=True)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value != value else value  # noqa: PLR0124 - NaN alone is not itself


def _lines(rows: Iterable[Iterable[Any]], line_end: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=line_end).writerows(rows)
    return text.getvalue().encode()
