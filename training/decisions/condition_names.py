"""The names that conditions of a policy may have: features of the score, and the factors that they belong to.

They are those of the definitions for a source with all columns. A shop's own model may have fewer.
"""

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from data.attributes import PREFIX
from data.schema import TABLES
from features.definitions.selection import define
from features.language.nodes import Feature
from features.language.reasons import REASON_COLUMNS
from features.params import DefinitionParams, HalfLives, PriorLines, PriorReturns

_DERIVED: Final = ("size_system", "size_value", "value_minor", "first_in_order")
"""Line columns that are made from those of the tables."""
_ANY: Final = DefinitionParams(
    start_rate=0.5,
    prior_lines=PriorLines(shop=1, customer=1, customer_product=1, product=1, variant=1, kind=1),
    prior_returns=PriorReturns(shop=1, kind=1, product=1, variant=1),
    half_life=HalfLives(short_days=1, long_days=2),
    demographics=True,
)
"""Parameters that the names do not hang on, but for half-lives."""
_HALF_LIFE: Final = re.compile(r"_\d+(\.\d+)?d$")


def a_feature(name: str) -> str:
    """Give ``name``; `ValueError` where no score reads a feature of this name.

    Features of attributes that a shop declares, and half-lives of any length, are taken.
    """
    if name.startswith(PREFIX) or _HALF_LIFE.sub("_1d", name) in _features():
        return name
    raise ValueError(f"no feature has this name{_meant(name, _features())}; docs/reference/features.md lists them")


def a_factor(name: str) -> str:
    """Give ``name``; `ValueError` where no feature of the score belongs to a factor of this name."""
    if name in _factors():
        return name
    raise ValueError(f"no factor has this name{_meant(name, _factors())}; there are {', '.join(sorted(_factors()))}")


@cache
def _defined() -> tuple[Feature, ...]:
    columns = {name for table in TABLES.values() for name in table.names} | {*_DERIVED, *REASON_COLUMNS}
    return tuple(each for each in define(_ANY, frozenset(columns)) if not each.only_reasons)


@cache
def _features() -> frozenset[str]:
    return frozenset(each.name for each in _defined())


@cache
def _factors() -> frozenset[str]:
    return frozenset(each.factor for each in _defined())


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f", did you mean {close[0]}?" if close else ""
