"""The currency of a first mapping: by a column that names it, by the signs at the prices, or by the price's header."""

import re
from dataclasses import dataclass, replace

from ruamel.yaml.comments import CommentedMap

from data.drafting import amounts
from data.drafting.draft import Draft, inline, put
from data.drafting.roles import MOST_VALUES, Roles
from data.drafting.sheet import Sheet
from data.drafting.written import listed
from data.number_format import currency_of, minor_digits
from data.sources.mapped.signs.minor_units import in_minor_units

MONEY = ("price_minor", "price_of_line", "list_price_minor")
"""Roles of columns with amounts of money."""

YEN = "¥"
SEVERAL = amounts.OF_SEVERAL
WORDS = {
    "yen": "JPY",
    "yuan": "CNY",
    "rmb": "CNY",
    "euros": "EUR",
    "rupees": "INR",
    "zloty": "PLN",
    "tl": "TRY",
    "\u0631.\u0633": "SAR",
    "\u062f.\u0625": "AED",
    "\u062f.\u0643": "KWD",
    "\u062c.\u0645": "EGP",
    "\u0631.\u0642": "QAR",
    "\u0628.\u062f": "BHD",
    "\u0631.\u0639": "OMR",
    "\u0440\u0443\u0431": "RUB",
}
"""Names of currencies in headers, beside codes and signs."""

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
        note = f"CHECK: {self.column} has {listed((*self.own, *self.others), 5)}" if self.others else ""
        if all(value.upper() == self.code for value in self.own):
            return inline(code=self.code, column=self.column), note
        return str(self.code), note or f"CHECK: by {self.column}, which has {', '.join(self.own)}"


def add(made: Draft, lines: Roles, joined: Roles | None) -> None:
    """Set ``currency``, or ask for the decimals; amounts in cents, by the name of their column, stay as they are."""
    _currency(made, lines, joined)
    price = lines.get("price_minor") or lines.get("price_of_line")
    if price is not None and in_minor_units(price):
        made.tree.pop("minor_digits", None)
        made.tree.ca.items.pop("minor_digits", None)
        put(made.tree, "minor_digits", 0, f"CHECK: {price} has cents by its name; without this key they are multiplied")


def _currency(made: Draft, lines: Roles, joined: Roles | None) -> None:
    """Set ``currency``, or ask for the decimals; the values of a column decide, then signs, then a header."""
    owner, column = column_of(lines, joined)
    found = None if owner is None else named(owner.sheet, column)
    if owner is not None and found is not None and found.code is not None:
        put(made.tree, "currency", *replace(found, column=owner.named(found.column, lines)).rule())
        return
    signs = _signs(lines)
    by_name = {code for role in MONEY for word in _words(lines.get(role)) if (code := _code(word))}
    if len(by_sign := {_code(sign) for sign in signs}) == 1 and (code := next(iter(by_sign))) is not None:
        put(made.tree, "currency", code)
    elif len(by_name) == 1 and (signs <= SEVERAL or not signs):
        names = " and ".join(str(lines.get(role)) for role in MONEY if lines.get(role))
        put(made.tree, "currency", next(iter(by_name)), f"CHECK: by the name of {names}")
    elif signs == {YEN}:
        code, why = _yen_or_yuan(lines)
        put(made.tree, "currency", code, f"CHECK: {YEN} at the prices is JPY or CNY; {why}")
    else:
        shown = listed(found.others if found else sorted(signs), 3)
        what = f"{found.column if found else 'the price'} has {shown}: which currency? " if shown else ""
        why = f"CHECK: {what}decimals of the currency: 0 for JPY, 3 for KWD; or currency: EUR"
        put(made.tree, "minor_digits", 2, why)


def digits(made: Draft) -> int | None:
    """The decimals of the currency of a draft; None where it is asked for."""
    rule = made.tree.get("currency")
    return None if rule is None else minor_digits(str(rule["code"] if isinstance(rule, dict) else rule))


def _signs(lines: Roles) -> set[str]:
    """The signs of currencies at the amounts of money."""
    found = (amounts.decide(lines.sheet.values(column)) for role in MONEY if (column := lines.get(role)))
    return {sign for each in found if each is not None for sign in each.unit}


def _words(header: str | None) -> list[str]:
    return re.findall(r"[^\W\d_]+|[€£₹₩₺]", header or "")


def _code(word: str) -> str | None:
    return currency_of(word) or WORDS.get(word.lower().rstrip("."))


def _yen_or_yuan(lines: Roles) -> tuple[str, str]:
    """Decide between the currencies of ¥ by decimals, and by the script of the headers."""
    prices = [value for role in MONEY if (column := lines.get(role)) for value in lines.sheet.values(column)]
    if any(re.search(r"[.,]\d{1,2}\D*$", value) for value in prices):
        return "CNY", "the prices have decimals"
    headers = "".join(lines.sheet.columns)
    if not re.search("[\u3040-\u30ff]", headers) and re.search("[\u4e00-\u9fff]", headers):
        return "CNY", "the headers are in Chinese"
    return "JPY", "the prices have no decimals"


def leave_others_out(rules: CommentedMap, sheet: Sheet, column: str | None, name: str | None = None) -> None:
    """Add a rule that leaves rows of another than the most frequent currency out, where a column names two.

    ``name``: how the mapping names the column, if not as its ``sheet`` does.
    """
    found = named(sheet, column)
    if found is not None and found.code is not None and found.others:
        own = found.own[0] if len(found.own) == 1 else list(found.own)
        value = inline(column=name or found.column, is_not=own)
        empty = sheet.rows - sheet.filled(found.column)
        without = f"; {empty:,} rows without a currency are left out, too" if empty else ""
        put(rules, OTHERS, value, f"CHECK: amounts of two currencies can't be added{without}")


def column_of(lines: Roles, joined: Roles | None) -> tuple[Roles | None, str | None]:
    """The sheet and the column that names currencies, by its name or by its values."""
    for roles in filter(None, (lines, joined)):
        if (column := roles.get("currency") or _by_values(roles)) is not None:
            return roles, column
    return None, None


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
