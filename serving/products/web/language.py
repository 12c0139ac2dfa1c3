"""The languages of the pages: the choice of one, its texts, and its formats of numbers, dates and money.

English texts are in templates and code, those of other languages in ``locales/*.po``, which Babel reads directly.
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

from babel import Locale, dates, lists
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from data.number_format import ENGLISH, NumberFormat
from training.products.alerts.wording import Formats, Value, fill, number

LOCALES: Final = Path(__file__).parent.parent / "locales"
NAMES: Final[Mapping[str, str]] = {"en": "English", "zh": "简体中文"}
"""The languages by code, each named in itself. The first one is the default."""
_LOCALES: Final[Mapping[str, str]] = {"en": "en_US", "zh": "zh_Hans_CN"}
_TAGS: Final[Mapping[str, str]] = {"en": "en", "zh": "zh-Hans"}
_SURE: Final = 0.99
_MINUS: Final = "\N{MINUS SIGN}"


def mark(text: str) -> str:
    """Mark a text for translation; the translation is made where the text is shown."""
    return text


@dataclass(frozen=True)
class Language(NumberFormat):
    """One language: its texts, and its formats of numbers, money and times."""

    code: str
    translations: gettext.NullTranslations

    @property
    def tag(self) -> str:
        """The language's tag for HTML (BCP 47)."""
        return _TAGS[self.code]

    def text(self, message: str, **values: object) -> str:
        """Translate ``message``, and fill in values for its ``%(name)s``; ``%%`` stands for a percent sign."""
        return self.translations.gettext(message) % values

    def points(self, share: float | None, digits: int = 1) -> str:
        """Write a difference of shares as percentage points, with its sign; zero has no sign."""
        if share is None:
            return self.missing
        zero = round(100 * share, digits) == 0
        return self.text("%(points)s pp", points=self.number(0, digits) if zero else super().points(share, digits))

    def date(self, moment: datetime | None) -> str:
        """Write the day of a time."""
        return self.missing if moment is None else dates.format_date(moment, "medium", self.locale)

    def moment(self, moment: datetime | None) -> str:
        """Write a time (UTC) to the minute."""
        if moment is None:
            return self.missing
        clock = dates.format_time(moment, "HH:mm", locale=self.locale)
        return f"{dates.format_date(moment, 'medium', self.locale)} {clock} UTC"

    def sure(self, probability: float | None) -> str:
        """Write a probability, never as certain: with < or > near 0 and 1."""
        if probability is None:
            return self.missing
        if probability > _SURE:
            return f"> {self.percent(_SURE, 0)}"
        return f"< {self.percent(1 - _SURE, 0)}" if probability < 1 - _SURE else self.percent(probability, 0)

    def ratio(self, ratio: float | None) -> str:
        """Write a ratio, such as 2.0×."""  # noqa: RUF002 - the sign of times
        return self.missing if ratio is None else f"{self.number(ratio, 1)}×"  # noqa: RUF001 - the sign of times

    def listed(self, values: Sequence[str]) -> str:
        """Write a list: a, b and c."""
        return lists.format_list(list(values), locale=self.locale)

    def filled(self, template: str, values: Mapping[str, Value], currency: str) -> str:
        """Translate a sentence of an alert and fill in its numbers, each in its format.

        Raises
        ------
        KeyError
            A number of the sentence is missing, or its format is unknown.
        """
        formats: Formats = {
            "percent": lambda value: self.rough_percent(number(value)),
            "count": lambda value: self.number(number(value)),
            "money": lambda value: self.money(number(value), currency),
            "ratio": lambda value: self.ratio(number(value)),
            "date": lambda value: self.date(datetime.fromisoformat(str(value))),
            "list": lambda value: self.listed(value if isinstance(value, list) else [str(value)]),
            "text": str,
        }
        return fill(self.translations.gettext(template) if template else "", values, formats)


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
    return Language(Locale.parse(_LOCALES[code]), _MINUS, ENGLISH.missing, code, translations)


def choose(chosen: str | None, accepted: str) -> Language:
    """Give the language ``chosen``, else the best of those that the browser accepts (RFC 9110, 12.5.4)."""
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
