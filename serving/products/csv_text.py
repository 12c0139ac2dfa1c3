"""Rows as CSV, in pieces, safe to open in spreadsheets.

CSV injection: spreadsheets run a text cell that begins like a formula, and product names come from suppliers. Such a
cell gets an apostrophe before it, as OWASP's page on CSV injection advises. The file begins with a byte order mark:
without the mark, Excel takes UTF-8 for another encoding.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - some spreadsheets read the wide signs too


def write(header: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]) -> Iterator[bytes]:
    """Write rows as CSV (RFC 4180), one piece for the header and one a chunk; None is an empty cell, times are ISO."""
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
