"""SQL that turns the text of a cell into the value of a canonical column. It guesses nothing: a bad cell is a reject.

A cell is read in layers, and each layer is a column that the next one uses. ``t_NAME`` is the clean text, null where
the cell is missing; ``m_NAME_1``, … are the texts of amounts that are subtracted. ``p_NAME`` is the parsed value, null
where a text can't be parsed. The final value comes from ``p_NAME``.
"""

from dataclasses import dataclass, field

import pyarrow as pa

from data import sql
from data.reading.guests import ERROR_CELL
from data.schema import CUSTOMER_IDS, CUSTOMERS, OTHER_IDS, TIME, Column
from data.sources.mapped import numbers, times
from data.sources.mapped.cleaning import clean, plain_digits, unwrapped
from data.sources.mapped.mapping.columns import ColumnRule

FOLDED = ("size", "color", "exchanged_for_size")
"""Columns that are lower case in the schema."""

ANY = "*"
"""Any value, in the list of values that mean yes or no."""

SPREADSHEET_ERROR = "spreadsheet_error"
"""The rule that an id breaks which is the error of a spreadsheet's formula, and the count of such customers."""

THOUSANDS = 3
"""Digits behind a mark of thousands."""


@dataclass(frozen=True)
class Reading:
    """How all cells of a file are read."""

    missing: tuple[str, ...]
    timezone: str
    minor_digits: int
    wrapped: bool = False
    """Whether texts stand as formulas of a spreadsheet, ``="0012"``."""
    ascii_only: bool = False
    """Whether the files have no sign beyond ASCII."""


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
    more: dict[str, str] = field(default_factory=dict)
    """More text layers, by name: SQL over a row of the file."""
    more_broken: dict[str, str] = field(default_factory=dict)
    """By the names of ``more``, SQL over the layers: whether its text can't be parsed."""
    per_line: bool = False
    """Whether an amount is divided by the quantity of the line."""
    scale: int = 0
    """For an amount, the decimals of its currency: the parsed value is in main units."""
    decimals: tuple[str, ...] = ()
    """For a number whose mark of decimals may be one of thousands, SQL over the text layers: how many decimals it has,
    and what is subtracted from it."""
    states_decimal: bool = False
    """Whether the mapping says which sign is the mark of decimals."""
    whole: bool = False
    """Whether the value is a whole number, such as a number of pieces."""
    is_date: str = ""
    """For a time, SQL over ``t_NAME``: whether it is a date without a time of day."""
    ambiguous: str = "FALSE"
    """For a time, SQL over ``t_NAME``: whether two formats read two times in it."""
    naive: str = ""
    """For a time of a zone with changes of clocks, SQL over ``t_NAME``: the local time that has no zone beside it."""
    zone: str = "UTC"
    """For a time, the zone of local times."""
    unmatched: str = "FALSE"
    """SQL over a row of the file: whether ``extract`` found nothing in a filled cell."""
    filled: str = "FALSE"
    """SQL over the layers: whether an empty cell has a value all the same."""
    failed: str = "FALSE"
    """For a customer's id, SQL over ``t_NAME``: whether a spreadsheet's formula failed, so that nobody is named."""

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
        if self.column.name.endswith("_minor"):
            value = f"TRY_CAST({self.minor} AS BIGINT)"
        return value if self.outside == "FALSE" else f"CASE WHEN NOT ({self.outside}) THEN {value} END"

    @property
    def exact(self) -> str:
        """SQL over both layers: an amount in minor units before it is rounded."""
        amount = f"{self.parse} * {10**self.scale}"
        return f"{amount} / nullif(abs({sql.name('p_quantity')}), 0)" if self.per_line else amount

    @property
    def minor(self) -> str:
        """SQL over both layers: an amount in whole minor units."""
        return f"round_even({self.exact}, 0)"

    @property
    def broken(self) -> str:
        """SQL over both layers: whether the cell has a text that can't be parsed."""
        if self.per_line:
            return f"({self.text} IS NOT NULL AND {self.exact} IS NULL)"
        otherwise = "" if self.ambiguous == "FALSE" else f" AND NOT {self.ambiguous}"
        return f"({self.text} IS NOT NULL AND {self.parse} IS NULL{otherwise})"

    @property
    def absent(self) -> str:
        """SQL over both layers: whether the cell is empty or a placeholder."""
        empty = f"{self.text} IS NULL" if self.filled == "FALSE" else f"({self.text} IS NULL AND NOT ({self.filled}))"
        return f"({empty} OR coalesce({self.outside}, FALSE) OR {self.failed})"

    @property
    def shown(self) -> str:
        """SQL over the layers: the text for rejects; customer ids are left out, and digits of birth dates become 9.

        Of an amount it is that of the column which can't be parsed, itself or one that is subtracted.
        """
        if self.column.name == CUSTOMERS.key:
            return "NULL"
        if self.more_broken:
            others = " ".join(f"WHEN {bad} THEN {sql.name(name)}" for name, bad in self.more_broken.items())
            return f"CASE {others} ELSE {self.text} END"
        return f"regexp_replace({self.text}, '[0-9]', '9', 'g')" if self.column.name == "birth_year" else self.text


def cell(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    """Describe how ``column`` is read by ``rule``, which names columns of the file or a constant."""
    kinds = [
        (column.name == "birth_year", _birth_year),
        (column.dtype == TIME, _time),
        (column.name.endswith("_minor"), _amount),
        (column.dtype == pa.int64(), _whole),
        (column.dtype == pa.float64(), _number),
        (column.dtype == pa.bool_(), _flag),
    ]
    kind = next((made for fits, made in kinds if fits), _label)
    return kind(column, rule, reading)


def source(rule: ColumnRule, reading: Reading) -> str:
    """SQL over a row of the file: the clean text of the rule's cells, null where it is missing."""
    if rule.constant is not None:
        return sql.text(rule.constant)
    found = text_of(rule, reading)
    if rule.extract is not None:
        found = f"nullif(regexp_extract({found}, {sql.text(rule.extract)}, 1), '')"
        found = clean(found)
    missing = dict.fromkeys(("", *reading.missing, *rule.missing))
    if len(missing) == 1:
        return f"nullif({found}, '')"
    return f"CASE WHEN {found} NOT IN ({sql.texts(missing)}) THEN {found} END"


def text_of(rule: ColumnRule, reading: Reading) -> str:
    """SQL over a row of the file: the clean text of the rule's cells, put together."""
    cells = [unwrapped(sql.name(name)) if reading.wrapped else sql.name(name) for name in rule.sources]
    found = [clean(cell, ascii_only=reading.ascii_only) for cell in cells]
    if len(found) == 1:
        return found[0]
    return f"concat_ws(' ', {', '.join(f'nullif({part}, {sql.text(str())})' for part in found)})"


def _label(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    text = sql.name(f"t_{column.name}")
    case = "lower" if column.name in FOLDED else rule.case
    value = text if case == "keep" else f"{case}({text})"
    if rule.labels:
        cases = " ".join(f"WHEN {sql.text(own)} THEN nullif({sql.text(to)}, '')" for own, to in rule.labels.items())
        value = f"CASE {text} {cases} ELSE {value} END"
    unmatched = "FALSE"
    if rule.extract is not None:
        found = text_of(rule, reading)
        unmatched = f"({found} <> '' AND NOT regexp_matches({found}, {sql.text(rule.extract)}))"
    if not (column.name.endswith("_id") or column.name in OTHER_IDS) or rule.constant is not None:
        return Cell(column, source(rule, reading), value, unmatched=unmatched)
    failed = f"(starts_with({text}, '#') AND regexp_full_match(lower({text}), {sql.text(ERROR_CELL)}))"
    read = f"CASE WHEN NOT {failed} THEN {value} END"
    if column.name in CUSTOMER_IDS:
        return Cell(column, source(rule, reading), read, unmatched=unmatched, failed=f"coalesce({failed}, FALSE)")
    return Cell(column, source(rule, reading), read, SPREADSHEET_ERROR, unmatched=unmatched)


def _time(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    text, zone = sql.name(f"t_{column.name}"), rule.timezone or reading.timezone
    read = times.parsed(text, rule, zone)
    outside = _outside(sql.name(f"p_{column.name}"), rule)
    return Cell(
        column,
        plain_digits(source(rule, reading), ascii_only=reading.ascii_only),
        read,
        "unparsable_time",
        outside,
        is_date=times.is_date(text, rule),
        ambiguous=times.ambiguous(text, rule, zone),
        naive="" if zone == "UTC" else times.naive(text, rule),
        zone=zone,
    )


def _birth_year(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    """Read a birth date, or a year alone as July 1 of the year; without a zone, which could change the year."""
    text = sql.name(f"t_{column.name}")
    date = times.first_of(text, rule, "UTC")
    if not rule.format:
        bare = f"regexp_full_match({text}, '\\d{{4}}')"
        date = f"CASE WHEN {bare} THEN TRY_CAST({text} || '-07-01' AS TIMESTAMP) ELSE {date} END"
    outside = _outside(sql.name(f"p_{column.name}"), rule)
    digits = plain_digits(source(rule, reading), ascii_only=reading.ascii_only)
    return Cell(column, digits, date, "unparsable_time", outside)


def _amount(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    text = sql.name(f"t_{column.name}")
    amount = numbers.decimal(text, rule, ascii_only=reading.ascii_only)
    amount = amount if rule.sign == "keep" else f"abs({amount})"
    decimals = [numbers.decimals(text, rule, ascii_only=reading.ascii_only)]
    more, more_broken = {}, {}
    for place, name in enumerate(rule.minus, start=1):
        layer = f"m_{column.name}_{place}"
        more[layer] = source(ColumnRule(column=name, missing=rule.missing), reading)
        less = f"abs({numbers.decimal(sql.name(layer), rule)})"
        more_broken[layer] = f"({sql.name(layer)} IS NOT NULL AND {less} IS NULL)"
        amount += f" - CASE WHEN {sql.name(layer)} IS NULL THEN 0 ELSE {less} END"
        decimals.append(numbers.decimals(sql.name(layer), rule))
    return Cell(
        column,
        source(rule, reading),
        f"({amount})",
        "unparsable_number",
        more=more,
        more_broken=more_broken,
        per_line=rule.per == "line",
        scale=reading.minor_digits,
        decimals=tuple(decimals) if _may_have_thousands(rule) and reading.minor_digits < THOUSANDS else (),
        states_decimal=_states_decimal(rule),
    )


def _whole(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    text = sql.name(f"t_{column.name}")
    number = numbers.decimal(text, rule, ascii_only=reading.ascii_only)
    number = number if rule.sign == "keep" else f"abs({number})"
    whole = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    open_mark = _may_have_thousands(rule) and not _states_decimal(rule)
    decimals = (numbers.decimals(text, rule, ascii_only=reading.ascii_only),) if open_mark else ()
    return Cell(column, source(rule, reading), whole, "unparsable_number", decimals=decimals, whole=True)


def _number(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    text = sql.name(f"t_{column.name}")
    number = f"CAST({numbers.decimal(text, rule, ascii_only=reading.ascii_only)} AS DOUBLE)"
    open_mark = _may_have_thousands(rule) and not _states_decimal(rule)
    decimals = (numbers.decimals(text, rule, ascii_only=reading.ascii_only),) if open_mark else ()
    return Cell(column, source(rule, reading), number, "unparsable_number", decimals=decimals)


def _may_have_thousands(rule: ColumnRule) -> bool:
    """Whether the mark of decimals in the cells may stand between thousands: the mapping names no such mark."""
    return rule.thousands is None and rule.constant is None


def _states_decimal(rule: ColumnRule) -> bool:
    """Whether the mapping has the key ``decimal``, and does not leave the mark to its default."""
    return "decimal" in rule.model_fields_set


def _flag(column: Column, rule: ColumnRule, reading: Reading) -> Cell:
    text = sql.name(f"t_{column.name}")
    branches, rest = [], "NULL"
    for values, truth in ((rule.true, "TRUE"), (rule.false, "FALSE")):
        listed = sql.texts(value.lower() for value in values)
        branches.append(f"WHEN lower({text}) IN ({listed}) THEN {truth}")
        if "" in values:
            branches.insert(0, f"WHEN {text} IS NULL THEN {truth}")
        if ANY in values:
            rest = truth
    filled = f"{sql.name(f'p_{column.name}')} IS NOT NULL"
    value = f"CASE {' '.join(branches)} WHEN {text} IS NOT NULL THEN {rest} END"
    return Cell(column, source(rule, reading), value, "unparsable_boolean", filled=filled)


def _outside(parse: str, rule: ColumnRule) -> str:
    bounds = []
    if rule.valid_from is not None:
        bounds.append(f"{parse} < TIMESTAMP '{rule.valid_from:%Y-%m-%d %H:%M:%S}'")
    if rule.valid_to is not None:
        bounds.append(f"{parse} >= TIMESTAMP '{rule.valid_to:%Y-%m-%d %H:%M:%S}'")
    return " OR ".join(bounds) or "FALSE"
