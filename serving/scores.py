"""The scores of baskets within the service; `serving.http.wire.answers` has the same names of fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from features.online.what_if import Change
from features.online_state.records import Latest
from training.model.joint.model import Outcomes


class Explain(StrEnum):
    """How much of the why comes with a score."""

    NONE = "none"
    REASONS = "reasons"
    ALL = "all"


class ScoreDriver(NamedTuple):
    """The contribution of one factor to a score. A tuple is fast to make: an answer has up to fifty.

    ``contribution``: in log-odds; above 0 the factor raised the probability. ``feature``: the factor's feature with the
    largest contribution in the same direction. ``sentence``: the value of that feature on this line, in words.
    """

    factor: str
    contribution: float
    feature: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ScoreDrivers:
    """The drivers of one score: its log-odds are ``expected`` plus the contributions of ``factors`` plus ``rest``.

    ``factors``: the strongest factors, the strongest first. ``rest``: the contributions of all other factors together.
    ``exact``: whether each contribution is; their sum is in any case.
    """

    expected: float
    factors: tuple[ScoreDriver, ...]
    rest: float
    exact: bool = True

    @property
    def log_odds(self) -> float:
        """The log-odds of the score."""
        return self.expected + sum(driver.contribution for driver in self.factors) + self.rest


@dataclass(frozen=True, slots=True)
class WhatIfScore:
    """The probability of a line in a changed basket.

    ``size``: the new size of the line; None where the line keeps its size. ``removed_lines``: places of the lines that
    leave the basket.
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
    the line's probability. None where the source records no reasons. ``drivers`` and ``what_ifs`` are None where
    `Explain` leaves them out; ``what_ifs`` lists the changes that lower the probability, the best first.
    """

    reasons: Mapping[str, float] | None
    drivers: ScoreDrivers | None = None
    what_ifs: tuple[WhatIfScore, ...] | None = None


class ScoredLine(NamedTuple):
    """The score of one line: shares in [0, 1], and money in minor units. A tuple is fast to make.

    ``probability``: that the line comes back. ``low``, ``high``: the interval around it. ``expected_cost_minor``: the
    probability times the cost of a return. ``why``: None for `Explain.NONE`, and where priors answered.
    ``basket_share`` and ``product_share``: the shares of the interval's variance that the lines of one basket, and of
    one product in it, have in common; with the least knowledge, all lines of a basket err together.
    """

    probability: float
    low: float
    high: float
    expected_cost_minor: float
    why: Why | None = None
    basket_share: float = 1.0
    product_share: float = 0.0

    @property
    def return_cost_minor(self) -> float:
        """The cost of a return of the line."""
        return self.expected_cost_minor / self.probability if self.probability else 0.0


@dataclass(frozen=True, slots=True)
class Degraded:
    """Why an answer had to fall back: ``cause`` is one of a few short words, ``detail`` a sentence for people."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class MissingField:
    """A field that the model had in training and the request lacks.

    ``could_move``: nine of ten lines that had the field in training moved by no more than this much probability.
    ``unknown_label``: a line has the field, with a label that the model does not know.
    """

    field: str
    could_move: float
    unknown_label: bool = False


class Unusual(NamedTuple):
    """What lines of a basket have otherwise than training lines, by name, each once for each line.

    ``lacking``: fields. ``unseen``: fields whose label no training line had. ``outside``: figures out of range.
    """

    lacking: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketScore:
    """The scores of one basket's lines, in their order, with the model and the data that they were made from.

    ``model_version``: None where priors answered. ``latest``: the times of the latest facts that the state knew; None
    where the state was not read. ``degraded``: empty where nothing had to fall back. ``new_customer``: whether the
    state knows nothing of the named customer; ``new_products``: of how many lines it does not know the product.
    ``missing``: the fields that the request lacks; None where the model does not know what they are worth.
    ``level``: of the intervals; None for those of a model of an earlier version, which are
    Venn-Abers probabilities and have none, and for those of priors without a model. ``outcomes``: what may become of
    the basket as a whole; None where no model answered, or one of an earlier version. ``unusual``: against training
    lines; None where the model does not know what they asked with. ``shift``: what the level added to the log-odds of
    each line.
    """

    lines: tuple[ScoredLine, ...]
    model_version: str | None
    latest: Latest | None
    degraded: tuple[Degraded, ...] = ()
    new_customer: bool = False
    new_products: int = 0
    missing: tuple[MissingField, ...] | None = None
    level: float | None = None
    outcomes: Outcomes | None = None
    unusual: Unusual | None = None
    shift: float = 0.0

    @property
    def data_as_of(self) -> int | None:
        """The time of the latest fact of any kind, microseconds since 1970, UTC."""
        return None if self.latest is None else self.latest.of_all


def ages_of(latest: Latest, now: int) -> dict[str, float | None]:
    """Give the age of the latest fact of each kind, in seconds before ``now`` (microseconds since 1970, UTC).

    A fact ahead of the clock has the age 0; None: no fact of this kind is known.
    """
    times = {"order": latest.order, "delivery": latest.delivery, "outcome": latest.outcome}
    return {kind: None if at is None else max(0, now - at) / 1e6 for kind, at in times.items()}
