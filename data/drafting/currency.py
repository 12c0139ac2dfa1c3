"""The currency of a first mapping: by a column that names it, by the signs at the prices, or by the price's header."""

import re
from dataclasses import dataclass

from ruamel.yaml.comments import CommentedMap

from data.drafting.draft import Draft, inline, put
from data.drafting.roles import MOST_VALUES, Roles
from data.drafting.sheet import Sheet
from data.number_format import SIGNS, currency_of

OTHERS = "other currencies"
"""The name of the rule that leaves rows of other currencies out."""


@dataclass(frozen=True)
class Named:
    """What a column of currencies says: the most frequent currency, its spellings, and the other values."""

    column: str
    code: str | None
    own: tuple[str, ...]
    others: tuple[str, ...]

    def rule(self) -> tuple[CommentedMap | str, str]:
        """The value of ``currency``, and what to look at; signs such as € are read here, and not by ingest."""
        note = f"CHECK: {self.column} has {', '.join((*self.own, *self.others)[:5])}" if self.others else ""
        if all(value.upper() == self.code for value in self.own):
            return inline(code=self.code, column=self.column), note
        return str(self.code), note or f"CHECK: by {self.column}, which has {', '.join(self.own)}"


def add(made: Draft, lines: Roles) -> None:
    """Set ``currency``, or ask for the decimals; the values of a column decide, then signs, then a header."""
    found = named(lines.sheet, lines.get("currency") or _by_values(lines))
    if found is not None and found.code is not None:
        put(made.tree, "currency", *found.rule())
        return
    price = lines.get("price_minor") or lines.get("price_of_line")
    by_sign = {
        code for sign, code in SIGNS.items() if price and any(sign in value for value in lines.sheet.values(price))
    }
    by_name = {code for word in re.findall(r"[^\W\d_]+|[€£₹₩₺]", price or "") if (code := currency_of(word))}
    for codes, why in ((by_sign, "the sign at the prices"), (by_name, f"the name of {price}")):
        if len(codes) == 1:
            put(made.tree, "currency", next(iter(codes)), f"CHECK: by {why}")
            return
    what = f"{found.column} has {', '.join(found.others[:3])}: which currency? " if found else ""
    put(made.tree, "minor_digits", 2, f"CHECK: {what}decimals of the currency: 0 for JPY, 3 for KWD; or currency: EUR")


def leave_others_out(rules: CommentedMap, sheet: Sheet, column: str | None) -> None:
    """Add a rule that leaves rows of another than the most frequent currency out, where a column names two."""
    found = named(sheet, column)
    if found is not None and found.code is not None and found.others:
        own = found.own[0] if len(found.own) == 1 else list(found.own)
        value = inline(column=found.column, is_not=own)
        empty = sheet.rows - sheet.filled(found.column)
        without = f"; {empty:,} rows without a currency are left out, too" if empty else ""
        put(rules, OTHERS, value, f"CHECK: amounts of two currencies can't be added{without}")


def column_of(lines: Roles) -> str | None:
    """The column of the lines that names currencies, by its name or by its values."""
    return lines.get("currency") or _by_values(lines)


def named(sheet: Sheet, column: str | None) -> Named | None:
    """Read the currencies that ``column`` names."""
    values = () if column is None else tuple(sheet.values(column))
    if column is None or not values:
        return None
    code = next((found for value in values if (found := currency_of(value))), None)
    own = tuple(value for value in values if code is not None and currency_of(value) == code)
    return Named(column, code, own, tuple(value for value in values if value not in own))


def _by_values(lines: Roles) -> str | None:
    """Find a column of no other role, all of whose values are codes or signs of currencies."""
    taken = lines.columns.values()
    return next((column for column in lines.sheet.columns if column not in taken and _names(lines.sheet, column)), None)


def _names(sheet: Sheet, column: str) -> bool:
    values = sheet.values(column)
    return bool(values) and len(values) <= MOST_VALUES and all(value == "$" or currency_of(value) for value in values)
