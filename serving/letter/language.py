"""The languages of letters: their texts, which lie in ``texts/``, and their formats of numbers, money and days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from babel import Locale, dates

from data import yaml_text
from data.number_format import NumberFormat

TEXTS: Final = Path(__file__).parent / "texts"
LOCALES: Final = {"en": "en_GB", "de": "de_DE", "zh": "zh_Hans_CN"}
"""The languages, with the locale of their numbers."""
OTHER: Final = "other"
"""The key of the text for whatever has none of its own."""


@dataclass(frozen=True)
class Language(NumberFormat):
    """One language; ``texts``: by section and key."""

    code: str
    texts: Mapping[str, Any]

    @classmethod
    @cache
    def of(cls, code: str) -> Self:
        """Read the texts of a language of `LOCALES`."""
        file = TEXTS / f"{code}.yaml"
        texts = yaml_text.parse(file.read_text(encoding="utf-8"), str(file))
        return cls(Locale.parse(LOCALES[code]), "-", "–", code, texts)  # noqa: RUF001 - the dash for a missing value

    def say(self, section: str, key: str | None = None, **values: Any) -> str:
        """Give the text of ``section`` and ``key`` with its values; a key without its own text has that of `OTHER`."""
        found = self.texts[section]
        if key is not None:
            found = found[key] if key in found else found[OTHER]
            values = {"name": key.replace("_", " "), **values}
        return str(found).format(**values).strip()

    def listed(self, words: Iterable[str]) -> str:
        """Join words, which may have commas of their own."""
        return str(self.texts["fact"]["join"]).join(words)

    def share(self, share: float, digits: int = 1) -> str:
        """Write a probability as percent."""
        written = self.percent(share, digits)
        return written.replace("%", " %") if self.code == "de" else written

    def exact(self, value: float) -> str:
        """Write a number to its last digit."""
        exponent = Decimal(repr(value)).normalize().as_tuple().exponent
        return self.number(value, max(0, -int(exponent)))

    def day(self, moment: datetime) -> str:
        """Write the day of a time."""
        return dates.format_date(moment, "long", self.locale)
