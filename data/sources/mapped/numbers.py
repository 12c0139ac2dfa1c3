"""SQL that reads numbers: full-width digits, signs of a currency, marks between thousands."""

import re

from data import sql
from data.identity import BLANKS
from data.sources.mapped.cleaning import NARROW, WIDE, narrow
from data.sources.mapped.mapping.columns import ColumnRule

_SPACES = f"[{re.escape(BLANKS)}]"
_ALIKE = {"'": "['\u2019]", " ": _SPACES}
"""Marks between thousands that have several signs, as classes of a regular expression."""


INDIAN = r"\d{1,2}(,\d{2})+,\d{3}"
"""Groups of India, as in 12,34,567: no other convention reads it."""

DIGITS = 3
"""Digits before a mark of thousands, at most."""


def decimal(text: str, rule: ColumnRule, *, ascii_only: bool = False) -> str:
    """SQL: the number in ``text``, or null; with 10 decimals, which drops the rounding errors of binary floats."""
    bare = _minus_first(_without_unit(narrow(text, ascii_only=ascii_only), rule.unit))
    point, whole, plain = re.escape(rule.decimal), r"\d+", bare
    if rule.thousands is not None:
        mark = _ALIKE.get(rule.thousands, re.escape(rule.thousands))
        whole = rf"(\d+|\d{{1,3}}({mark}\d{{3}})+" + (f"|{INDIAN})" if rule.thousands == "," else ")")
        plain = (
            f"regexp_replace({plain}, {sql.text(mark)}, '', 'g')"
            if rule.thousands in _ALIKE
            else f"replace({plain}, {sql.text(rule.thousands)}, '')"
        )
    if rule.decimal == ",":
        plain = f"replace({plain}, ',', '.')"
    pattern = rf"[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    return f"CASE WHEN regexp_full_match({bare}, {sql.text(pattern)}) THEN TRY_CAST({plain} AS DECIMAL(28, 10)) END"


def decimals(text: str, rule: ColumnRule, *, ascii_only: bool = False) -> str:
    """SQL: how many decimals are written in the number ``text``; -1 where its mark can't stand between thousands.

    That is so behind a 0, as in 0.950, and behind four digits or more.
    """
    bare = f"trim({_without_unit(narrow(text, ascii_only=ascii_only), rule.unit)}, '+-')"
    mark = sql.text(rule.decimal)
    return (
        f"CASE WHEN NOT contains({bare}, {mark}) THEN 0 "
        f"WHEN starts_with({bare}, '0') OR strpos({bare}, {mark}) > {DIGITS + 1} THEN -1 "
        f"ELSE length({bare}) - strpos({bare}, {mark}) END"
    )


def _minus_first(text: str) -> str:
    """SQL: ``text`` with a minus at its end, as in 1.000,00-, at its begin."""
    return f"CASE WHEN ends_with({text}, '-') THEN '-' || trim(left({text}, -1)) ELSE {text} END"


def _without_unit(text: str, units: tuple[str, ...]) -> str:
    """SQL: ``text`` without one of ``units`` at its start (a sign may precede it) and at its end."""
    if not units:
        return text
    signs = "|".join(
        re.escape(unit.translate(str.maketrans(WIDE, NARROW))) for unit in sorted(units, key=len, reverse=True)
    )
    start = rf"^([+-]?){_SPACES}*(?:{signs}){_SPACES}*"
    end = rf"{_SPACES}*(?:{signs})$"
    return f"regexp_replace(regexp_replace({text}, {sql.text(start)}, '\\1'), {sql.text(end)}, '')"
