"""The languages of the pages: which one a browser wants, its texts, and how it writes numbers, dates and money.

Texts are in English in templates and code, and other languages in ``locales/*.po``, which Babel reads as they are.
"""

import gettext
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale, dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from training.products.wording import Formats, Value, fill

LOCALES: Final = Path(__file__).parent.parent / "locales"
NAMES: Final[Mapping[str, str]] = {"en": "English", "zh": "简体中文"}
"""The languages by their code, each in its own words. The first one is what others get."""
NO_VALUE: Final = "–"  # noqa: RUF001 - the dash that people read as none
_LOCALES: Final[Mapping[str, str]] = {"en": "en_US", "zh": "zh_Hans_CN"}
_TAGS: Final[Mapping[str, str]] = {"en": "en", "zh": "zh-Hans"}
_SURE: Final = 0.99
_TENTH: Final = 0.1
"""Shares below it are written with a decimal in sentences."""
_SHORT: Final = 10_000
_MINUS: Final = "\N{MINUS SIGN}"


def mark(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Language:
    """One language. Shares are from 0 to 1, money is in minor units; what is missing is shown as a dash."""

    code: str
    locale: Locale
    translations: gettext.NullTranslations

    @property
    def tag(self) -> str:
        """Its tag for HTML (BCP 47)."""
        return _TAGS[self.code]

    def text(self, message: str, **values: object) -> str:
        """Translate ``message``, and put values in place of its ``%(name)s``; it has ``%%`` for a percent sign."""
        return self.translations.gettext(message) % values

    def count(self, number: float | None, digits: int = 0) -> str:
        """Write a number with so many decimals."""
        if number is None:
            return NO_VALUE
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return self._signs(numbers.format_decimal(round(number, digits) + 0, pattern, self.locale))

    def percent(self, share: float | None, digits: int = 1) -> str:
        """Write a share as percent."""
        return NO_VALUE if share is None else f"{self.count(100 * share, digits)}%"

    def points(self, share: float | None, digits: int = 1) -> str:
        """Write a difference of shares as percentage points, with its sign."""
        if share is None:
            return NO_VALUE
        value = self.count(100 * share, digits)
        sign = "" if share < 0 or float(f"{100 * share:.{digits}f}") == 0 else "+"
        return self.text("%(points)s pp", points=sign + value)

    def money(self, minor: float | None, currency: str, *, sign: bool = False) -> str:
        """Write money in whole units of its currency."""
        if minor is None:
            return NO_VALUE
        major = round(minor / 10 ** numbers.get_currency_precision(currency)) + 0
        written = numbers.format_currency(major, currency, "¤#,##0", self.locale, currency_digits=False)
        return ("+" if sign and major > 0 else "") + self._signs(written)

    def price(self, minor: float | None, currency: str) -> str:
        """Write money to its last digit."""
        if minor is None:
            return NO_VALUE
        major = minor / 10 ** numbers.get_currency_precision(currency)
        return self._signs(numbers.format_currency(major, currency, locale=self.locale))

    def short_money(self, minor: float | None, currency: str) -> str:
        """Write money in few digits, in thousands or millions where it is as much."""
        if minor is None:
            return NO_VALUE
        major = minor / 10 ** numbers.get_currency_precision(currency)
        if abs(major) < _SHORT:  # Babel writes all decimals of what it doesn't shorten
            return self.money(minor, currency)
        return self._signs(numbers.format_compact_currency(major, currency, locale=self.locale, fraction_digits=1))

    def date(self, moment: datetime | None) -> str:
        """Write the day of a time."""
        return NO_VALUE if moment is None else dates.format_date(moment, "medium", self.locale)

    def moment(self, moment: datetime | None) -> str:
        """Write a time (UTC) to the minute."""
        if moment is None:
            return NO_VALUE
        clock = dates.format_time(moment, "HH:mm", locale=self.locale)
        return f"{dates.format_date(moment, 'medium', self.locale)} {clock} UTC"

    def sure(self, probability: float | None) -> str:
        """Write a probability without ever saying that something is certain."""
        if probability is None:
            return NO_VALUE
        if probability > _SURE:
            return f"> {self.percent(_SURE, 0)}"
        return f"< {self.percent(1 - _SURE, 0)}" if probability < 1 - _SURE else self.percent(probability, 0)

    def ratio(self, number: float | None) -> str:
        """Write how many times."""
        return NO_VALUE if number is None else f"{self.count(number, 1)}×"  # noqa: RUF001 - the sign of times

    def listed(self, values: Sequence[str]) -> str:
        """Write several things in a row: a, b and c."""
        return lists.format_list(list(values), locale=self.locale)

    def filled(self, template: str, values: Mapping[str, Value], currency: str) -> str:
        """Translate a sentence of an alert and put its numbers in, each in its format.

        Raises
        ------
        KeyError
            A number or a format of the sentence is missing.
        """
        formats: Formats = {
            "percent": lambda value: self.percent(_number(value), 0 if _number(value) >= _TENTH else 1),
            "count": lambda value: self.count(_number(value)),
            "money": lambda value: self.money(_number(value), currency),
            "ratio": lambda value: self.ratio(_number(value)),
            "date": lambda value: self.date(datetime.fromisoformat(str(value))),
            "list": lambda value: self.listed(value if isinstance(value, list) else [str(value)]),
            "text": str,
        }
        return fill(self.translations.gettext(template) if template else "", values, formats)

    @staticmethod
    def _signs(written: str) -> str:
        return written.replace("-", _MINUS)


@cache
def language(code: str) -> Language:
    """Give a language by its code, one of `NAMES`."""
    path = LOCALES / f"{code}.po"
    translations = gettext.NullTranslations()
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=code)
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        translations = gettext.GNUTranslations(compiled)
    return Language(code, Locale.parse(_LOCALES[code]), translations)


def choose(chosen: str | None, accepted: str) -> Language:
    """Give the language that was ``chosen``, else the best of those that the browser accepts (RFC 9110, 12.5.4)."""
    if chosen in NAMES:
        return language(chosen)
    wanted = [part.strip().partition(";") for part in accepted[:500].split(",")]
    ranked = sorted(wanted, key=lambda part: -_quality(part[2]))
    codes = (tag.strip().lower().partition("-")[0] for tag, _, weight in ranked if _quality(weight) > 0)
    return language(next((code for code in codes if code in NAMES), next(iter(NAMES))))


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    return float(value) if re.fullmatch(r"[01](\.\d{0,3})?", value.strip()) else 0.0


def _number(value: Value) -> float:
    if isinstance(value, list):
        raise TypeError("a list is no number")
    return float(value)
