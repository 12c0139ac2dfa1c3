"""SQL that reads times which are numbers: days since 1899 in a spreadsheet, and seconds or milliseconds since 1970.

A number that is no likely time in the unit is not read, so that milliseconds never pass for seconds.
"""

from data import sql
from data.sources.mapped.mapping.formats import EPOCH_MILLISECONDS, EXCEL_SERIAL

DAY_0 = "TIMESTAMP '1899-12-30'"
"""The day before a spreadsheet's day 1, as its 1900 has a February 29."""
LAST_DAY, LAST_SECOND = 2_958_465, 4_102_444_800
"""The last day of the year 9999 in a spreadsheet, and the first second of 2100."""
FIRST_MILLISECOND = 100_000_000_000
"""In 1973; so many seconds after 1970 lie in the year 5138."""

WHOLE = r"\d{1,7}"
NUMBER = r"\d{1,14}([.,]\d{1,15})?"


def reading(text: str, layout: str) -> str:
    """SQL: the time in ``text`` by one of the names of `formats.COUNTED`; a spreadsheet's is local, others are UTC."""
    bare = f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"
    number = f"CASE WHEN regexp_full_match({text}, {sql.text(NUMBER)}) THEN {bare} END"
    if layout == EXCEL_SERIAL:
        days = f"{DAY_0} + to_seconds(CAST(round(({number}) * 86400) AS BIGINT))"
        return f"CASE WHEN {number} BETWEEN 1 AND {LAST_DAY + 1} THEN {days} END"
    if layout == EPOCH_MILLISECONDS:
        bounds = f"BETWEEN {FIRST_MILLISECOND} AND {1000 * LAST_SECOND}"
        return f"CASE WHEN {number} {bounds} THEN make_timestamp(CAST(round(({number}) * 1000) AS BIGINT)) END"
    bounds = f"BETWEEN 0 AND {LAST_SECOND}"
    return f"CASE WHEN {number} {bounds} THEN make_timestamp(CAST(round(({number}) * 1000000) AS BIGINT)) END"


def is_day(text: str) -> str:
    """SQL: whether ``text`` is a spreadsheet's whole day."""
    return f"regexp_full_match({text}, {sql.text(WHOLE)})"
