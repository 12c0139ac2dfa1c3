"""What a field that a request lacks was worth: how far the score moves without it, and where it is usually sent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from features.language.request_field import ALL_SENT, GUEST, UNKNOWN_PRODUCT, RequestField
from training.model.cases import Cases
from training.model.split import Span

QUANTILE = 0.9
"""Of the lines that have the field, the share whose log-odds move by at most `FieldWorth.log_odds` without it."""
USUAL = 0.5
"""Least share of a category's lines with the field, from which on a request without it is said to lack it."""
FACTS = {GUEST: "customer.", UNKNOWN_PRODUCT: "product."}
"""Fields whose lack takes a whole history and explains that of their facts, and what the names of these begin with."""
ANY = ""
"""Stands for the lines of an unknown category."""


@dataclass(frozen=True)
class FieldWorth:
    """What one field is worth to the score.

    ``log_odds``: nine of ten lines that have the field move by at most so much without it. ``sent``: by category, the
    share of lines that have it; under `ANY` that of all lines. ``variance``: the mean square of these moves, by which
    the spread of the true log-odds is wider without the field.
    """

    log_odds: float
    sent: Mapping[str, float]
    variance: float = 0.0

    def is_usual(self, category: str | None) -> bool:
        """Whether lines of ``category`` usually have the field."""
        return self.sent.get(category or ANY, self.sent.get(ANY, 0.0)) >= USUAL

    def as_json(self) -> dict[str, Any]:
        """All fields, for `from_json` to read."""
        return {"log_odds": self.log_odds, "variance": self.variance, "sent": dict(sorted(self.sent.items()))}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "FieldWorth":
        """Read what `as_json` wrote."""
        return cls(float(content["log_odds"]), dict(content["sent"]), float(content.get("variance", 0)))


def widening(worths: Mapping[str, FieldWorth], lacking: Iterable[str]) -> float:
    """By how much the variance of the true log-odds is larger without the fields ``lacking``; their moves add up.

    The spread knows that a guest and an unknown product have no history. What is left are their facts.
    """
    names = set(lacking)
    for whole, facts in FACTS.items():
        if whole in names:
            names |= {name for name in worths if name.startswith(facts)}
    return sum(worth.variance for name, worth in sorted(worths.items()) if name in names - FACTS.keys())


def field_worths(
    cases: Path,
    features: Sequence[str],
    fields: Sequence[RequestField],
    span: Span,
    log_odds: Callable[[Floats], Floats],
) -> dict[str, FieldWorth]:
    """Measure each of ``fields`` on lines of ``span``, by the name of the field.

    Parameters
    ----------
    cases
        The file `features.catalog.CASES_FILE`: late lines in each case of unsent fields.
    log_odds
        Gives the log-odds of rows of ``features``, shape (n, features).

    Returns
    -------
    dict
        Without the fields that no line of the span has.
    """
    read = Cases(cases, features, span.holds)
    if ALL_SENT not in read.names:
        return {}
    whole, lines = read.rows(ALL_SENT), read.lines()
    categories = lines["category"] if "category" in lines else pd.Series([None] * len(lines))
    before = log_odds(whole)
    found = {}
    for field in fields:
        lacking = read.rows(field.name)
        had = ~_same(whole, lacking)
        if had.any():
            moved = np.abs(log_odds(lacking[had]) - before[had])
            sent = {ANY: float(had.mean()), **_shares(had, categories)}
            found[field.name] = FieldWorth(float(np.quantile(moved, QUANTILE)), sent, float(np.mean(moved**2)))
    return found


def _same(one: Floats, other: Floats) -> Bools:
    return np.asarray(((one == other) | (np.isnan(one) & np.isnan(other))).all(axis=1))


def _shares(had: Bools, categories: pd.Series) -> dict[str, float]:
    counted = pd.Series(had, index=categories.to_numpy()).groupby(level=0).mean()
    return {str(name): float(share) for name, share in counted.items()}
