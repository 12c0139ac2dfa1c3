"""Explains scores: by the reasons that a customer would give, and by the drivers of the score. The two differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from features.language.reasons import REASONS
from features.online.features import OnlineFeatures
from features.online_state.order import Order
from features.sentences import Sentences
from features.stores.store import Readable, Snapshot
from serving.scores import Explain, ScoreDriver, ScoreDrivers, Why
from serving.scoring.moment import AsOf
from serving.scoring.what_ifs import Alternatives
from training.model.bundle import Bundle

_CODES = tuple(reason.value for reason in REASONS)
MOST_FACTORS = 5
"""Most factors that are listed for a score; weaker ones seldom exceed the effect of the training's seed."""
NEGLIGIBLE = 1e-12
"""Contributions below this are rounding errors: such a factor had no part in the score."""


@dataclass(frozen=True)
class Asked:
    """What was scored: the lines of ``orders`` with all their features, and P(returned) of each, shape (lines,).

    ``features`` has shape (lines, features), in the catalog's order; ``clock`` is now, in microseconds since 1970;
    ``shift``: the level that the log-odds of each line have on top.
    """

    orders: Sequence[Order]
    features: Floats
    probability: Floats
    clock: int
    shift: float = 0.0


class Explainer:
    """Explains the scores of one model. Its construction takes about a second."""

    def __init__(self, bundle: Bundle, online: OnlineFeatures) -> None:
        self._bundle, self._drivers = bundle, bundle.drivers
        self._sentences = Sentences(online.contents.recipe)
        self._alternatives = Alternatives(bundle, online)
        self._width = len(bundle.score_features)
        self._members = [np.flatnonzero(column).tolist() for column in bundle.drivers.members.T]

    def explain(self, store: Readable, scored_rows: Asked, how_much: Explain) -> list[Why]:
        """Explain each line: by its reasons and, for `Explain.ALL`, also by its drivers and what-ifs.

        ``store`` is read once, and only for what-ifs.
        """
        reasons = self._reasons(scored_rows.features, scored_rows.probability)
        if how_much is not Explain.ALL:
            return [Why(each) for each in reasons]
        contributions = self._drivers.of_features(scored_rows.features[:, : self._width])
        what_ifs = store.read(
            lambda snapshot: self._alternatives.find(
                snapshot,
                scored_rows.orders,
                scored_rows.probability,
                contributions,
                scored_rows.clock,
                scored_rows.shift,
            )
        )
        drivers = self._drivers_of(scored_rows.features, contributions, self._drivers.expected + scored_rows.shift)
        return [Why(*each) for each in zip(reasons, drivers, what_ifs, strict=True)]

    def other_sizes(
        self, snapshot: Snapshot, asked: AsOf, current: Mapping[int, float], shift: float
    ) -> dict[int, tuple[str, float]]:
        """Find better sizes for lines of the basket ``asked``, as `Alternatives.other_sizes` does."""
        return self._alternatives.other_sizes(snapshot, asked, current, shift)

    def raising(self, features: Floats) -> list[tuple[str, ...]]:
        """Name the factors that raise the score of each row, as `explain` lists them, the strongest first.

        ``features``: those of the score, shape (lines, features).
        """
        by_factor = self._drivers.of_factors(self._drivers.of_features(features))
        return [
            tuple(factor for contribution, factor in self._strongest(row) if contribution > NEGLIGIBLE)
            for row in by_factor.tolist()
        ]

    def _strongest(self, by_factor: list[float]) -> list[tuple[float, str]]:
        return sorted(zip(by_factor, self._drivers.factors, strict=True), key=_strength, reverse=True)[:MOST_FACTORS]

    def _reasons(self, features: Floats, probability: Floats) -> Sequence[dict[str, float] | None]:
        """P(returned for a reason) by its code, the likeliest first; None where the source records no reasons."""
        given_return = self._bundle.reason_rows(features, threads=1)
        if given_return is None:
            return [None] * len(features)
        joint = given_return * probability[:, None]
        order = np.argsort(-joint, axis=1, kind="stable").tolist()
        return [
            {_CODES[place]: row[place] for place in places} for row, places in zip(joint.tolist(), order, strict=True)
        ]

    def _drivers_of(self, features: Floats, contributions: Floats, expected: float) -> list[ScoreDrivers]:
        by_factor = self._drivers.of_factors(contributions)
        rows = zip(features.tolist(), contributions.tolist(), by_factor.tolist(), strict=True)
        return [self._drivers_of_row(*row, expected) for row in rows]

    def _drivers_of_row(
        self, values: list[float], contributions: list[float], by_factor: list[float], expected: float
    ) -> ScoreDrivers:
        """The drivers of one row; a factor names its feature with the largest contribution in its direction."""
        named = dict(zip(self._bundle.features, values, strict=True))
        ranked = sorted(zip(by_factor, self._drivers.factors, self._members, strict=True), key=_strength, reverse=True)
        listed = tuple(
            [
                self._driver(factor, contribution, _foremost(members, contributions, contribution), named)
                for contribution, factor, members in ranked[:MOST_FACTORS]
                if abs(contribution) > NEGLIGIBLE
            ]
        )
        rest = sum([contribution for contribution, *_ in ranked[MOST_FACTORS:]])
        return ScoreDrivers(expected, listed, rest, self._drivers.exact)

    def _driver(self, factor: str, contribution: float, foremost: int, values: Mapping[str, float]) -> ScoreDriver:
        feature = self._bundle.features[foremost]
        return ScoreDriver(factor, contribution, feature, self._sentences.say(feature, values))


def _foremost(members: Sequence[int], contributions: Sequence[float], of_factor: float) -> int:
    """The feature of a factor, by its place, that contributed most in the direction of the factor."""
    return (max if of_factor > 0 else min)(members, key=contributions.__getitem__)


def _strength(ranked: tuple[float, *tuple[object, ...]]) -> float:
    return abs(ranked[0])
