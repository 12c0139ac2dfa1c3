"""SQL that turns the text of a cell into the value of a canonical column. It guesses nothing: a bad cell is a reject.

A cell is read in layers, and each layer is a column that the next one uses. ``t_NAME`` is the trimmed text, null where
the cell is missing. ``p_NAME`` is the parsed value, null where the text can't be parsed. The final value comes from
``p_NAME``.
"""

import re
from dataclasses import dataclass

import pyarrow as pa

from data import sql
from data.schema import CUSTOMERS, TIME, Column
from data.sources.mapped.mapping import ColumnRule

BLANKS = " \t\r\n\u00a0"

FOLDED = ("size", "color")
"""Columns that are lower case in the schema."""

_OFFSET = r":\d\d(\.\d+)?\s?(Z|[+-]\d\d(:?\d\d)?)$"
"""A time of day followed by an offset."""


@dataclass(frozen=True)
class Reading:
    """How all cells of a file are read."""

    missing: tuple[str, ...]
    timezone: str
    minor_digits: int


@dataclass(frozen=True)
class Cell:
    """How one canonical column is read.

    ``source`` is SQL over a row of the file, ``parsed`` is SQL over ``t_NAME``, and ``outside`` is SQL over ``p_NAME``:
    whether a parsed value is a placeholder and so missing. ``rule``: the rule broken by a text that can't be parsed.
    """

    column: Column
    source: str
    parsed: str
    rule: str = ""
    outside: str = "FALSE"

    @property
    def text(self) -> str:
        """The name of the text layer."""
        return sql.name(f"t_{self.column.name}")

    @property
    def parse(self) -> str:
        """The name of the parsed layer."""
        return sql.name(f"p_{self.column.name}")

    @property
    def value(self) -> str:
        """SQL over both layers: the value, or null."""
        value = f"year({self.parse})" if self.column.name == "birth_year" else self.parse
        return value if self.outside == "FALSE" else f"CASE WHEN NOT ({self.outside}) THEN {value} END"

    @property
    def broken(self) -> str:
        """SQL over both layers: whether the cell has a text that can't be parsed."""
        return f"({self.text} IS NOT NULL AND {self.parse} IS NULL)"

    @property
    def absent(self) -> str:
        """SQL over both layers: whether the cell is empty or a placeholder."""
        return f"({self.text} IS NULL OR coalesce({self.outside}, FALSE))"

    @property
    def shown(self) -> str:
        """SQL over the layers: the text for rejects; customer ids are left out, and digits of birth dates become 9."""
        if self.column.name == CUSTOMERS.key:
            return "NULL"
        return f"regexp_replace({self.text}, '[0-9]', '9', 'g')" if self.column.name == "birth_year" else self.text


def cell(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    """Describe how ``column`` is read by ``rule``, which names a column or a constant."""
    source, text, parse = _source(rule, reading), sql.name(f"t_{column.name}"), sql.name(f"p_{column.name}")
    if column.name == "birth_year":
        return Cell(column, source, _birth_date(text, rule), "unparsable_time", _outside(parse, rule))
    if column.dtype == TIME:
        time = _time(text, rule, rule.timezone or reading.timezone)
        return Cell(column, source, time, "unparsable_time", _outside(parse, rule))
    if column.name.endswith("_minor"):
        amount = f"round_even({_decimal(text, rule)} * {10**reading.minor_digits}, 0)"
        return Cell(column, source, f"TRY_CAST({amount} AS BIGINT)", "unparsable_number")
    if column.dtype == pa.int64():
        number = _decimal(text, rule)
        whole = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
        return Cell(column, source, whole, "unparsable_number")
    if column.dtype == pa.bool_():
        return Cell(column, source, _boolean(text, rule), "unparsable_boolean")
    case = "lower" if column.name in FOLDED else rule.case
    return Cell(column, source, text if case == "keep" else f"{case}({text})")


def _source(rule: ColumnRule, reading: Reading) -> str:
    if rule.constant is not None:
        return sql.text(rule.constant)
    trimmed = f"trim({sql.name(str(rule.column))}, {sql.text(BLANKS)})"
    missing = dict.fromkeys(("", *reading.missing, *rule.missing))
    return f"CASE WHEN {trimmed} NOT IN ({sql.texts(missing)}) THEN {trimmed} END"


def _decimal(text: str, rule: ColumnRule) -> str:
    """Read a number as a decimal with 10 places, which drops the rounding errors of binary floats in a price."""
    point, whole, plain = re.escape(rule.decimal), r"\d+", text
    if rule.thousands is not None:
        whole = rf"(\d+|\d{{1,3}}({re.escape(rule.thousands)}\d{{3}})+)"
        plain = f"replace({plain}, {sql.text(rule.thousands)}, '')"
    if rule.decimal == ",":
        plain = f"replace({plain}, ',', '.')"
    pattern = rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    return f"CASE WHEN regexp_full_match({text}, {sql.text(pattern)}) THEN TRY_CAST({plain} AS DECIMAL(28, 10)) END"


def _boolean(text: str, rule: ColumnRule) -> str:
    yes, no = sql.texts(value.lower() for value in rule.true), sql.texts(value.lower() for value in rule.false)
    return f"CASE WHEN lower({text}) IN ({yes}) THEN TRUE WHEN lower({text}) IN ({no}) THEN FALSE END"


def _time(text: str, rule: ColumnRule, zone: str) -> str:
    """Read a time as UTC, by the offset in the text or else by ``zone``; a date is its midnight in ``zone``."""
    if rule.format:
        return "coalesce(" + ", ".join(_by_format(text, layout, zone) for layout in rule.format) + ")"
    naive = _to_utc(f"TRY_CAST({text} AS TIMESTAMP)", zone)
    offset = f"timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ))"
    time = f"CASE WHEN regexp_matches({text}, {sql.text(_OFFSET)}) THEN {offset} ELSE {naive} END"
    return f"CASE WHEN {text}[1] BETWEEN '0' AND '9' THEN {time} END"  # DuckDB reads 'infinity' and 'epoch' too


def _by_format(text: str, layout: str, zone: str) -> str:
    parsed = f"try_strptime({text}, {sql.text(layout)})"
    if "%z" in layout or "%Z" in layout:
        return f"timezone('UTC', {parsed})"
    return _to_utc(parsed, zone)


def _to_utc(naive: str, zone: str) -> str:
    return naive if zone == "UTC" else f"timezone('UTC', timezone({sql.text(zone)}, {naive}))"


def _outside(parse: str, rule: ColumnRule) -> str:
    bounds = []
    if rule.valid_from is not None:
        bounds.append(f"{parse} < TIMESTAMP '{rule.valid_from:%Y-%m-%d %H:%M:%S}'")
    if rule.valid_to is not None:
        bounds.append(f"{parse} >= TIMESTAMP '{rule.valid_to:%Y-%m-%d %H:%M:%S}'")
    return " OR ".join(bounds) or "FALSE"


def _birth_date(text: str, rule: ColumnRule) -> str:
    """Read a birth date, or a year alone as July 1 of the year; without a zone, which could change the year."""
    date = _time(text, rule, "UTC")
    if rule.format:
        return date
    bare = f"regexp_full_match({text}, '\\d{{4}}')"
    return f"CASE WHEN {bare} THEN TRY_CAST({text} || '-07-01' AS TIMESTAMP) ELSE {date} END"
