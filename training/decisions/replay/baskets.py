"""The baskets to replay, as a policy looks at them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from data.schema import Reason
from data.times import to_us
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.policy import Segment
from training.decisions.replay import columns
from training.decisions.replay.columns import FEATURE, REASON, REASONS, About

Faults = Callable[[str], frozenset[Reason]]
"""Gives the excess reasons of a product, as the product report finds them."""


@dataclass(frozen=True, slots=True)
class ReplayBasket:
    """One basket: of which ``unit``, ``at`` which time (microseconds since 1970, UTC), and how it is ``scored``.

    ``came``: the same basket with what became of it in place of the scores: each line's probability is 1 or 0, and its
    reason the recorded one. Lines of unknown outcome keep their score, and returned ones without a recorded reason keep
    the proportions of their reasons. ``returned``: by line; None where unknown.
    """

    unit: int
    guest: bool
    at: int
    scored: ScoredBasket
    came: ScoredBasket
    returned: tuple[bool | None, ...]


@dataclass(frozen=True)
class ReplayBaskets:
    """Baskets in the order of time, and which they are."""

    about: About
    baskets: tuple[ReplayBasket, ...]

    @classmethod
    def read(cls, folder: Path, features: Iterable[str], faults: Faults) -> Self:
        """Read the table in ``folder`` with the ``features`` that conditions of policies name.

        Raises
        ------
        UserError
            The table is missing or broken.
        """
        about = About.read(folder)
        named = sorted(set(features) & set(about.features))
        rows = columns.read(folder, named).to_pylist()
        baskets = (_basket(list(lines), about, named, faults) for _, lines in groupby(rows, lambda row: row["basket"]))
        return cls(about, tuple(sorted(baskets, key=lambda basket: basket.at)))


def unknown_features(about: About, features: Iterable[str]) -> list[str]:
    """Name the ``features`` of conditions that there are not: such a condition would never hold."""
    return sorted(set(features) - set(about.features))


def _basket(rows: list[dict[str, Any]], about: About, features: list[str], faults: Faults) -> ReplayBasket:
    lines = tuple(_line(row, about, features, faults) for row in rows)
    segment = Segment(rows[0]["segment"])
    came = tuple(_as_it_came(line, row) for line, row in zip(lines, rows, strict=True))
    return ReplayBasket(
        rows[0]["unit"], rows[0]["guest"], to_us(rows[0]["at"]), ScoredBasket(lines, segment, about.level),
        ScoredBasket(came, segment, about.level), tuple(row["returned"] for row in rows),
    )  # fmt: skip


def _line(row: Mapping[str, Any], about: About, features: list[str], faults: Faults) -> ScoredBasketLine:
    other = row["other_size"]
    return ScoredBasketLine(
        product_id=row["product_id"],
        value_minor=row["value_minor"],
        probability=row["probability"],
        low=row["low"],
        high=row["high"],
        reasons={each: row[REASON + each] for each in REASONS} if about.reasons else None,
        basket_share=row["basket_share"],
        product_share=row["product_share"],
        size=row["size"],
        color=row["color"],
        category=row["category"],
        department=row["department"],
        features={name: row[FEATURE + name] for name in features},
        drivers=tuple(row["drivers"] or ()),
        other_size=None if other is None else (other, row["other_size_probability"]),
        faults=faults(row["product_id"]),
    )


def _as_it_came(line: ScoredBasketLine, row: Mapping[str, Any]) -> ScoredBasketLine:
    returned = row["returned"]
    if returned is None:
        return line
    outcome = float(returned)
    reasons = None if line.reasons is None else dict(_reasons_of(line.reasons, outcome, row["came_back_for"]))
    return replace(line, probability=outcome, low=outcome, high=outcome, reasons=reasons)


def _reasons_of(reasons: Mapping[str, float], outcome: float, recorded: str | None) -> Iterator[tuple[str, float]]:
    total = sum(reasons.values())
    for reason, chance in reasons.items():
        if recorded is not None:
            yield reason, outcome * (reason == recorded)
        else:
            yield reason, outcome * chance / total if total else 0.0
