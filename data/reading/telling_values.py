"""What refused values say of themselves: a calendar, a placeholder, a quote or a share, each with what to do."""

import re
from collections.abc import Callable, Sequence

PLACEHOLDER = re.compile(r"[0\W]+|.*\b(0000|0001|1900|9999)\b.*|0?1/0/\d+")
"""Texts that stand for no date."""
QUOTED = re.compile(r"'[^']*'")
YEAR_FIRST, YEAR_LAST = r"\d{4}([-./])\d{1,2}%s\d{1,2}", r"\d{1,2}([-./])\d{1,2}%s\d{4}"
CLOCK = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
TWO_DATES = re.compile(
    "|".join(
        rf"\s*({date % first}{CLOCK})(\s*[;|,/&+\n]\s*|\s+)({date % second}){CLOCK}.*"
        for date, first, second in ((YEAR_FIRST, r"\2", r"\5"), (YEAR_LAST, r"\7", r"\10"))
    ),
    re.DOTALL,
)
"""A date and a second whole one behind it, of the same form: a time of day or a zone behind a date is none."""
FRACTION = re.compile(r"-?\d+[.,]\d*[1-9]\d*")
BUDDHIST, HIJRI = range(2400, 2700), range(1300, 1500)
"""Years of the calendars of Thailand, which is 543 years ahead, and of Islam."""


def fix(rule: str, column: str | None, values: Sequence[str]) -> str | None:
    """Say what to do where all ``values``, examples of a broken ``rule`` of a column, say it; None where they don't."""
    readers = _BY_RULE.get(rule, ())
    return next((found for read in readers if values and (found := read(column, values))), None)


def _calendar(_: str | None, values: Sequence[str]) -> str | None:
    years = [int(found[0]) for value in values if (found := re.match(r"\d{4}", value))]
    if years and all(year in BUDDHIST for year in years):
        return (
            f"the year {years[0]} is of the Buddhist calendar, 543 years ahead, which no mapping reads: export the "
            f"dates by the Gregorian calendar, as {years[0] - 543}"
        )
    if years and all(year in HIJRI for year in years):
        return (
            f"the year {years[0]} is most likely of the Islamic calendar (Hijri), whose months no mapping reads: "
            "export the dates by the Gregorian calendar"
        )
    return None


def _placeholder(_: str | None, values: Sequence[str]) -> str | None:
    if len(set(values)) == 1 and PLACEHOLDER.fullmatch(values[0]):
        return f'where {values[0]!r} stands for no date, set missing: "{values[0]}"'
    return None


def _quoted(_: str | None, values: Sequence[str]) -> str | None:
    if all(map(QUOTED.fullmatch, values)):
        return "the cells stand in single quotes: set quote: \"'\" under the file in the mapping's files"
    return None


def _two_dates(_: str | None, values: Sequence[str]) -> str | None:
    found = [TWO_DATES.fullmatch(value) for value in values]
    first = next(iter(found))
    if first is None or not all(found):
        return None
    date, between = first[1] or first[6], (first[3] or first[8]).strip()
    alone = r"\S+ \S+" if ":" in date and "T" not in date else r"\S+"
    part = alone if not between or between in date else f"[^{re.escape(between)}]+"
    return (
        f"two dates stand in one cell, {values[0]!r}, and a row is one return: set extract: '^({part})', by which the "
        "first of them counts; or export a row for each return"
    )


def _share(_: str | None, values: Sequence[str]) -> str | None:
    if all(value.endswith("%") for value in values):
        return f"{values[0]!r} is a share, and no amount: map a column of amounts in its place, or leave it out"
    return None


def _pieces(column: str | None, values: Sequence[str]) -> str | None:
    if column == "quantity" and all(map(FRACTION.fullmatch, values)):
        return (
            f"{values[0]!r} is no whole number of pieces, as of metres or kilograms: leave these rows out by a rule of "
            "leave_out; or, where a row is one sale whatever its length, map {constant: 1} and per: line for the price"
        )
    return None


Reader = Callable[[str | None, Sequence[str]], str | None]
_BY_RULE: dict[str, tuple[Reader, ...]] = {
    "unparsable_time": (_placeholder, _quoted, _two_dates),
    "time_out_of_bounds": (_calendar,),
    "unparsable_number": (_quoted, _share, _pieces),
}
