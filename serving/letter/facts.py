"""The fact behind a driver in the words of a language: what was counted, and its value.

Features have systematic names: whose lines (a subject), then what is measured of them (a measure). The texts have both,
and whole phrases for features with names of their own. A feature that no text knows is spoken of by its factor alone.
"""

import math
import re
from collections.abc import Callable, Mapping

from features.catalog import CatalogEntry, is_posterior
from serving.letter.language import Language

_DAYS, _MONEY, _SHARE, _RATIO, _FLAG, _WEEKDAY = "days", "minor units", "share", "ratio", "0 or 1", "day, Monday is 0"
_DIGITS = {"steps": 1}
_HALVED = re.compile(r"_(\d+)d$")
"""Ends the names of rates that forget: they are halved every so many days."""


def phrase(language: Language, name: str) -> str | None:
    """What the feature ``name`` measures; None where no text says it."""
    texts = language.texts
    if name in texts["feature"]:
        return str(texts["feature"][name])
    halved = _HALVED.search(name)
    if halved is not None:
        name = f"{name[: halved.start()]}_d"
    for measure in sorted(texts["measure"], key=len, reverse=True):
        subject = name.removesuffix(measure)
        if subject != name and subject in texts["subject"]:
            return language.say("measure", measure, subject=texts["subject"][subject], days=halved and halved[1])
    return None


def fact(language: Language, entry: CatalogEntry, values: Mapping[str, float], currency: str) -> str:
    """Say the value of a feature; ``values``: of all features of the line, NaN where missing."""
    what = phrase(language, entry.name)
    if what is None or is_posterior(entry.name):
        return language.say("fact", "factor", factor=language.say("factor", entry.factor))
    value = values.get(entry.name, math.nan)
    if not math.isfinite(value):
        return language.say("fact", "unknown", what=what)
    return language.say("fact", "value", what=what, value=_written(language, entry.unit, value, currency))


def _written(language: Language, unit: str, value: float, currency: str) -> str:
    texts = language.texts["fact"]
    written: dict[str, Callable[[], str]] = {
        _SHARE: lambda: language.share(value),
        _DAYS: lambda: language.say("fact", "days", count=language.number(value)),
        _MONEY: lambda: language.price(value, currency),
        _RATIO: lambda: language.say("fact", "ratio", count=language.number(value, 2)),
        _FLAG: lambda: str(texts["yes" if value else "no"]),
        _WEEKDAY: lambda: str(texts["weekdays"][int(value)]),
    }
    return written[unit]() if unit in written else language.number(value, _DIGITS.get(unit, 0))
