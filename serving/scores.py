"""What the service says of a basket; `serving.http.wire.answers` names the fields likewise."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from features.online.what_if import Change


class Explain(StrEnum):
    """How much of the why comes with a score."""

    NONE = "none"
    REASONS = "reasons"
    ALL = "all"


class ScoreDriver(NamedTuple):
    """What one factor did to a score. There are some fifty in an answer, and a tuple is made in a third of the time.

    ``contribution``: to the log-odds of the probability; above 0 it raised it. ``feature``: the factor's feature that
    did most in the same direction, and ``sentence`` what it says on this line.
    """

    factor: str
    contribution: float
    feature: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ScoreDrivers:
    """What moved one score: its log-odds are ``expected`` plus all contributions and ``rest``.

    ``factors`` are the strongest ones, the strongest first; ``rest`` is what all others did.
    """

    expected: float
    factors: tuple[ScoreDriver, ...]
    rest: float

    @property
    def log_odds(self) -> float:
        """The log-odds that they explain."""
        return self.expected + sum(driver.contribution for driver in self.factors) + self.rest


@dataclass(frozen=True, slots=True)
class WhatIfScore:
    """What the line's probability would be in a changed basket.

    ``size``: the size that it would have instead; None where it keeps its own. ``removed_lines``: places of the lines
    that the basket would be without.
    """

    change: Change
    size: str | None
    removed_lines: tuple[int, ...]
    probability: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a line might come back.

    ``reasons``: P(returned for this reason) by the code of `data.schema.Reason`, the likeliest first; they add up to
    the line's probability. None where the source records no reasons. ``drivers`` and ``what_ifs`` are None where they
    were not asked for; ``what_ifs`` lists the changes that lower the probability, the best first.
    """

    reasons: Mapping[str, float] | None
    drivers: ScoreDrivers | None = None
    what_ifs: tuple[WhatIfScore, ...] | None = None


@dataclass(frozen=True, slots=True)
class ScoredLine:
    """One line: shares in [0, 1], and money in minor units.

    ``probability`` that it comes back, ``low`` and ``high`` the ends of the interval around it, ``expected_cost_minor``
    what its return is expected to cost: the probability times the cost of a return. ``why``: None where it was not
    asked for, or priors answered.
    """

    probability: float
    low: float
    high: float
    expected_cost_minor: float
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Degraded:
    """Why an answer had to fall back: ``cause`` is one of a few short words, ``detail`` a sentence for people."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class BasketScore:
    """The lines in the order in which they were asked, and what the answer rests on.

    ``model_version``: None where priors answered. ``data_as_of``: microseconds since 1970, UTC, of the latest fact that
    the state knew; None where the state was not read. ``degraded``: empty where nothing had to fall back.
    """

    lines: tuple[ScoredLine, ...]
    model_version: str | None
    data_as_of: int | None
    degraded: tuple[Degraded, ...] = ()
