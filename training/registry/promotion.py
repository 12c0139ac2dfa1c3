"""Promotion: whether a registered candidate becomes champion, and the change of the alias with its record.

A candidate with other parameters or features than the champion's was chosen by its backtest. There it has to be better
beyond what folds differ by, and on the test lines it must not be worse by more than a margin. Where the two have no
folds in common, it has to be surely better on the test lines. A candidate of the same choice, trained on newer data,
only must not be worse by more than the margin, since a champion ages.

The test lines confirm and never choose. Their figures are shown, though, so each other choice that was measured on
these days may have had a part in the choice. The bound is therefore that of Bonferroni: it holds for all of them
together, whichever was taken, and on whichever ground.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
from pydantic import Field

from data.params import Section
from training.evaluation.metrics import UndefinedMetricError
from training.registry.challenge import Compared, Contender, NotComparableError, SharedLines, compare, fairness
from training.registry.mlflow_registry import CHOICE_TAG, Version
from training.registry.paired import Difference, over_folds


class PromotionParams(Section):
    """The section ``promotion`` of params.yaml."""

    margin: Annotated[float, Field(ge=0, le=1)]
    level: Annotated[float, Field(gt=0.5, lt=1)]


@dataclass(frozen=True)
class Measured:
    """A version with what its run recorded: its ``folds`` are the log-losses of its backtest by span and lines."""

    version: Version
    contender: Contender
    folds: Mapping[tuple[str, ...], float]

    @property
    def choice(self) -> str | None:
        """The digest of what was chosen; None of a version from before these were recorded."""
        return self.version.tags.get(CHOICE_TAG)


@dataclass(frozen=True)
class Bound:
    """A difference of log-losses (candidate's - champion's), its one-sided upper bound, and the limit for the bound."""

    difference: float
    standard_error: float
    level: float
    upper: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the bound is within its limit."""
        return self.upper <= self.limit

    def __str__(self) -> str:
        """What was found, as a phrase."""
        kind = "worse" if self.difference > 0 else "better"
        within = "within" if self.holds else "not within"
        return (
            f"{kind} by {abs(self.difference):.6f}, and at {self.level:.2%} at most {self.upper:+.6f}, {within}"
            f" {self.limit:+g}"
        )


@dataclass(frozen=True)
class Decision:
    """The decision: does the candidate get the alias, and why, for the history; with its figures where there are any.

    ``choices``: on how many choices these test lines were looked at, the candidate's included.
    """

    promote: bool
    why: str
    confirmation: Bound | None = None
    backtest: Bound | None = None
    choices: int | None = None


def decide(
    candidate: Measured, champion: Measured, others: Iterable[Version], on: SharedLines, chosen: PromotionParams
) -> Decision:
    """Decide whether the candidate becomes champion. Where the two cannot be compared, it does not.

    Parameters
    ----------
    others
        All versions of the model, from which the choices that were measured on these test lines are counted.
    """
    number = champion.version.number
    try:
        found = compare(candidate.contender, champion.contender, on)
    except NotComparableError as error:
        return Decision(promote=False, why=f"not comparable with the champion, version {number}: {error}")
    choices = choices_on(others, on, champion, candidate)
    same = candidate.choice is not None and candidate.choice == champion.choice
    folds = None if same else _over_folds(candidate, champion, chosen.level)
    limit = chosen.margin if same or folds is not None else 0.0
    confirmation = _bound(found.difference, 1 - (1 - chosen.level) / choices, limit)
    return Decision(
        promote=confirmation.holds and (folds is None or folds.holds),
        why="; ".join(_reasons(found, confirmation, folds, (number, same, choices, len(on.lines))))
        + f"; {fairness(champion.contender, on)}",
        confirmation=confirmation,
        backtest=folds,
        choices=choices,
    )


def choices_on(versions: Iterable[Version], on: SharedLines, champion: Measured, candidate: Measured) -> int:
    """Count the choices that were measured on the days of these test lines, the champion's left out; at least 1.

    A version from before choices were recorded counts as a choice of its own.
    """
    since, until = on.since, on.lines["ordered_at"].max()

    def overlaps(version: Version) -> bool:
        first = pd.Timestamp(version.tags.get("test_from", "NaT"))
        last = pd.Timestamp(version.tags.get("test_until", until.isoformat()))
        return bool(first <= until and last >= since)

    def name(version: Version) -> str:
        return version.tags.get(CHOICE_TAG) or f"version {version.number}"

    found = {name(version) for version in versions if overlaps(version)} | {name(candidate.version)}
    return max(1, len(found - {name(champion.version)}))


def read_folds(table: pd.DataFrame) -> dict[tuple[str, ...], float]:
    """Read the log-loss of each fold of reports/backtest.csv, by its span, its lines and their return rate."""
    keys = table[["test_from", "test_until", "lines", "return_rate"]].astype(str)
    return dict(zip(map(tuple, keys.to_numpy()), table["log_loss"].astype(float), strict=True))


def _over_folds(candidate: Measured, champion: Measured, level: float) -> Bound | None:
    """Compare on the folds that both backtests have; None where these are fewer than two."""
    shared = sorted(set(candidate.folds) & set(champion.folds))
    try:
        difference = over_folds([candidate.folds[fold] - champion.folds[fold] for fold in shared])
    except UndefinedMetricError:
        return None
    return _bound(difference, level, 0.0)


def _bound(difference: Difference, level: float, limit: float) -> Bound:
    return Bound(difference.mean, difference.standard_error, level, difference.upper(level), limit)


def _reasons(
    found: Compared, confirmation: Bound, folds: Bound | None, about: tuple[int, bool, int, int]
) -> Iterable[str]:
    number, same, choices, lines = about
    looked = f" (one of {choices} choices measured on these days)" if choices > 1 else ""
    yield (
        f"log-loss {found.candidate:.6f} against {found.champion:.6f} of version {number} on the same {lines:,} test"
        f" lines: {confirmation}{looked}"
    )
    if folds is not None:
        yield f"on the folds of the backtest {folds}"
    elif same:
        yield "the champion's parameters and features, trained on other data"
    else:
        yield "fewer than two folds in common, so it has to be better on the test lines"
