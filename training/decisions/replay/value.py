r"""What the choices of a policy should earn, under given assumptions, and how sure that is.

Three things make the sum uncertain, and are taken as independent of each other:

- *beliefs*: one belief counts for all baskets alike, so its errors do not cancel out. With the derivative
  :math:`G_k` of the whole sum with respect to belief k, and its spread :math:`s_k`, the variance is
  :math:`\sum_k G_k^2 s_k^2`. The profit of a basket is linear in each belief, so that a finite difference gives the
  derivative exactly;
- *scores*: their errors are taken as independent between baskets, as each has the width that the choice itself took;
- *sampling*: customers of the sample stand for those of the shop, and of another month. Customers are the units
  (clusters), with the variance :math:`n s^2` of the sum of n of them (Cochran 1977, chapter 9).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from data.arrays import Floats, Ints
from training.costs import Costs
from training.decisions.basket import ScoredBasket
from training.decisions.choosing import Candidate
from training.decisions.policy import Action, Belief, Policy
from training.decisions.profit import Valuation
from training.decisions.replay.baskets import ReplayBasket

LEVEL: Final = 0.9
"""The level of the intervals of sums."""
_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)

BeliefKey = tuple[str, str]
"""The name of an action, and that of one of its beliefs."""


class Money(NamedTuple):
    """A sum in minor units, the ends of its interval at `LEVEL`, and the half widths that its three parts have."""

    expected: float
    low: float
    high: float
    beliefs: float = 0.0
    scores: float = 0.0
    sampling: float = 0.0


@dataclass(frozen=True)
class Valued:
    """What choices should earn, by basket; shape (n,) each.

    ``expected``: minor units. ``by_outcomes``: the same with what became of the basket in place of its score.
    ``score_variance``: of the error that the score brings. ``slopes``: by belief, how far ``expected`` moves when the
    belief moves by its spread.
    """

    unit: Ints
    expected: Floats
    by_outcomes: Floats
    score_variance: Floats
    slopes: Mapping[BeliefKey, Floats]

    def times(self, share: float) -> "Valued":
        """The same where only ``share`` of all units is shown anything."""
        slopes = {key: share * slope for key, slope in self.slopes.items()}
        return Valued(
            self.unit, share * self.expected, share * self.by_outcomes, share**2 * self.score_variance, slopes
        )

    def minus(self, other: "Valued") -> "Valued":
        """What these choices should earn more than others for the same baskets; equal choices cancel out."""
        same = np.isclose(self.expected, other.expected)
        none = np.zeros(len(self.expected))
        keys = self.slopes.keys() | other.slopes.keys()
        slopes = {key: self.slopes.get(key, none) - other.slopes.get(key, none) for key in sorted(keys)}
        variance = np.where(same, 0.0, self.score_variance + other.score_variance)
        return Valued(
            self.unit, self.expected - other.expected, self.by_outcomes - other.by_outcomes, variance, slopes
        )  # fmt: skip

    def sum(self, scale: float, chosen: Floats | None = None) -> Money:
        """Add up, ``scale`` times; ``chosen``: a weight of each basket, all 1 by default."""
        weight = np.ones(len(self.expected)) if chosen is None else chosen
        beliefs = sqrt(sum(float(slope @ weight) ** 2 for slope in self.slopes.values()))
        scores = sqrt(float(self.score_variance @ weight**2))
        return _money(self.expected * weight, self.unit, scale, beliefs, scores)

    def sum_by_outcomes(self, scale: float, chosen: Floats | None = None) -> Money:
        """Add up what the outcomes that came make of it: without the error of scores."""
        weight = np.ones(len(self.expected)) if chosen is None else chosen
        beliefs = sqrt(sum(float(slope @ weight) ** 2 for slope in self.slopes.values()))
        return _money(self.by_outcomes * weight, self.unit, scale, beliefs, 0.0)


def value(baskets: Sequence[ReplayBasket], chosen: Sequence[Candidate | None], assumed: Policy, costs: Costs) -> Valued:
    """Value the choices under the beliefs and costs of ``assumed``; an action that it lacks keeps its own."""
    actions = {action.name: action for action in assumed.actions}
    n, slopes = len(baskets), defaultdict[BeliefKey, Floats](lambda: np.zeros(len(baskets)))
    expected, by_outcomes, variance = np.zeros((3, n))
    z = assumed.z
    for place, (basket, candidate) in enumerate(zip(baskets, chosen, strict=True)):
        if candidate is None:
            continue
        action = actions.get(candidate.action.name, candidate.action)
        found = _of_basket(assumed, costs, basket.scored, action, candidate.lines)
        expected[place] = found.expected
        for name, slope in found.slopes.items():
            slopes[action.name, name][place] = slope
        of_beliefs = z * sqrt(sum(slope**2 for slope in found.slopes.values()))
        variance[place] = (max(0.0, found.expected - found.low - of_beliefs) / z) ** 2
        came = Valuation(assumed, costs, basket.came)
        by_outcomes[place] = came.profit(action, candidate.lines).expected
    unit = np.array([basket.unit for basket in baskets], dtype=np.int64)
    return Valued(unit, expected, by_outcomes, variance, dict(slopes))


class _OfBasket(NamedTuple):
    expected: float
    low: float
    slopes: dict[str, float]


def _of_basket(assumed: Policy, costs: Costs, basket: ScoredBasket, action: Action, about: Sequence[int]) -> _OfBasket:
    valuation = Valuation(assumed, costs, basket)
    profit = valuation.profit(action, about)
    slopes = {
        name: valuation.profit(moved, about).expected - profit.expected for name, moved in _moved_by_spread(action)
    }
    return _OfBasket(profit.expected, profit.low, slopes)


def _moved_by_spread(action: Action) -> Iterator[tuple[str, Action]]:
    """The action with each of its uncertain beliefs moved by its spread, one at a time."""
    effects = action.effects
    for reason, belief in effects.returns.items():
        if belief.spread:
            returns = {**effects.returns, reason: _further(belief)}
            moved = effects.model_copy(update={"returns": returns})
            yield f"returns.{reason}", action.model_copy(update={"effects": moved})
    for name in ("bought", "basket", "later"):
        belief = getattr(effects, name)
        if belief.spread:
            moved = effects.model_copy(update={name: _further(belief)})
            yield name, action.model_copy(update={"effects": moved})


def _further(belief: Belief) -> Belief:
    return belief.model_copy(update={"mean": belief.mean + belief.spread})


def _money(of_basket: Floats, unit: Ints, scale: float, beliefs: float, scores: float) -> Money:
    total = float(of_basket.sum())
    of_unit = np.bincount(unit, weights=of_basket) if len(unit) else np.zeros(0)
    n = len(of_unit)
    sampling = sqrt(n * float(of_unit.var(ddof=1))) if n > 1 else 0.0
    half = _Z * sqrt(beliefs**2 + scores**2 + sampling**2)
    ends = (total, total - half, total + half, _Z * beliefs, _Z * scores, _Z * sampling)
    return Money(*(scale * each for each in ends))
