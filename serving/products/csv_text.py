"""Rows as CSV, in pieces, in a way that spreadsheets open safely.

A cell of text that begins like a formula is run as one by spreadsheets, and product names are whatever a supplier
sent. Such a cell gets an apostrophe before it, as OWASP's page on CSV injection advises. A byte order mark comes first:
without one, Excel takes UTF-8 for another encoding.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - some read these, too


def write(header: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[bytes]:
    """Lay out rows as CSV (RFC 4180), a piece for the header and each chunk; None is an empty cell, times are ISO."""
    yield BYTE_ORDER_MARK + _lines([header])
    for rows in chunks:
        yield _lines([[_cell(value) for value in row] for row in rows])


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else value
