r"""The profit that an action is expected to add to a basket, with its interval.

A line that is bought earns :math:`g = (1 - p) m v - \sum_r p_r c_r`: the margin :math:`m` of its value :math:`v` where
it is kept, and the cost :math:`c_r` of a return for reason r, of chance :math:`p_r`. An action about the lines S turns
:math:`p_r` into :math:`p_r (1 + e_r)` there, multiplies the chance that they are bought by :math:`1 + b`, that of the
basket by :math:`1 + k`, and the margin L of later purchases by :math:`1 + l`, and costs :math:`a`. It adds

.. math:: (1 + k) \left[(1 + b) \sum_S g(e) + \sum_{\bar S} g\right] - \sum g + l L - a

The sum is linear in each of the beliefs, which are taken as independent. So the lower end of its interval moves all of
them at once to the worst point at the distance z of their standard deviations, to first order. From there it moves the
scores to the worse ends of their intervals. Both at once reach further than the square root of their squares would. In
return the sign is right where an effect and a probability multiply: an action that helps a little at any probability
has a lower end above 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, NamedTuple

from data.logged.decisions import Stake
from training.costs import Costs
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.policy import ALL_REASONS, Action, Effects, Policy, half_width

UNREASONED: Final = "reasons_unknown"
"""Why an action is ruled out that changes returns for some reasons alone, where the shop records no reasons."""


class Profit(NamedTuple):
    """The profit that an action adds to a basket, in minor units, and its interval."""

    expected: float
    low: float
    high: float


class Valuation:
    """What actions add to one basket; ``costs`` is the section of params.yaml."""

    def __init__(self, policy: Policy, costs: Costs, basket: ScoredBasket) -> None:
        self._lines = [_Line(line, policy, costs) for line in basket.lines]
        self._total = sum(line.profit for line in self._lines)
        self._reasoned = all(line.reasons is not None for line in basket.lines)
        self._later = float(policy.later_margin_minor.get(basket.segment, 0))
        self._z = policy.z
        self._widening = self._z / half_width(basket.level) if basket.level else 1.0

    @property
    def total(self) -> float:
        """What the basket is expected to earn without an action, minor units."""
        return self._total

    def stake(self, action: Action, about: Sequence[int]) -> Stake:
        """Give what ``action`` can change where it is about the lines at the places ``about``."""
        own = [self._lines[place] for place in about]
        sums = [line.at_stake(action.effects) for line in own]
        expected = sum(line.scored.probability for line in own)
        return Stake(
            products=tuple(dict.fromkeys(line.scored.product_id for line in own)),
            minor=sum(lost for _, lost in sums),
            share=min(1.0, sum(chance for chance, _ in sums) / expected) if expected else 0.0,
            profit_minor=sum(line.profit for line in own),
        )

    def can_value(self, effects: Effects) -> bool:
        """Whether the reasons are known that ``effects`` change."""
        return self._reasoned or set(effects.returns) == {ALL_REASONS}

    def profit(self, action: Action, about: Sequence[int]) -> Profit:
        """Give what ``action`` adds where it is about the lines at the places ``about``."""
        moved = [(self._lines[place], self._lines[place].moved_by(action)) for place in about]
        effects = action.effects
        total = _Total(
            unmoved=self._total - sum(line.profit for line, _ in moved),
            kept=sum(line.profit - each.cost for line, each in moved),
            by_reason={key: sum(each.by_reason[key] for _, each in moved) for key in effects.returns},
            before=self._total,
            later=self._later,
            shown=action.cost.shown_minor,
        )
        mean = _Beliefs(
            {key: belief.mean for key, belief in effects.returns.items()},
            effects.bought.mean, effects.basket.mean, effects.later.mean,
        )  # fmt: skip
        expected = total.added(mean)
        ends = []
        for sign in (-1, 1):
            end = total.farthest(effects, mean, sign * self._z)
            ends.append(total.added(end) + sign * self._reach(moved, about, end, sign))
        return Profit(expected, min(ends[0], expected), max(ends[1], expected))

    def _reach(
        self, moved: Sequence[tuple["_Line", "_Moved"]], about: Sequence[int], at: "_Beliefs", sign: int
    ) -> float:
        """How far the intervals of the scores move the sum, downwards (``sign`` -1) or upwards.

        What a basket's lines have in common moves them together, what a product's lines have in common those of the
        product, and the rest each line by itself, as for the sums of a basket.
        """
        after = {place: line.slope_under(each, at) for place, (line, each) in zip(about, moved, strict=True)}
        own, together, by_product = 0.0, _Moves(sign), dict[str, _Moves]()
        for place, line in enumerate(self._lines):
            slope = (1 + at.basket) * after.get(place, line.slope) - line.slope
            if not slope:
                continue
            up, down = slope * self._widening * line.room_up, slope * self._widening * line.room_down
            scored = line.scored
            own += max(sign * up, sign * down) ** 2 * max(0.0, 1 - scored.basket_share - scored.product_share)
            together.add(up, down, scored.basket_share)
            by_product.setdefault(scored.product_id, _Moves(sign)).add(up, down, scored.product_share)
        return sqrt(own + together.farthest**2 + sum(each.farthest**2 for each in by_product.values()))


class _Beliefs(NamedTuple):
    """One point of what may be true: relative changes, those of returns by reason."""

    returns: Mapping[str, float]
    bought: float
    basket: float
    later: float


class _Moved(NamedTuple):
    """What an action does to one line that is bought and about which it is.

    ``cost``: of keeping the line. ``by_reason``: what the line loses, for each reason of the effects, when all of its
    returns for it are added once more. ``if_kept``: the cost of the action for the line, once it is kept.
    """

    cost: float
    by_reason: Mapping[str, float]
    if_kept: float


class _Line:
    """A line in money: its ``profit`` if it is bought, and ``slope``, how that changes with the probability."""

    def __init__(self, scored: ScoredBasketLine, policy: Policy, costs: Costs) -> None:
        self.scored, value, p = scored, scored.value_minor, scored.probability
        returns = {ALL_REASONS: p} if scored.reasons is None else scored.reasons
        usual, kept = costs.return_fixed_minor + costs.return_value_share * value, costs.margin_share * value
        own = {str(reason): cost.fixed_minor + cost.value_share * value for reason, cost in policy.return_costs.items()}
        self._lost = {reason: (chance, chance * (kept + own.get(reason, usual))) for reason, chance in returns.items()}
        self.profit = kept - sum(lost for _, lost in self._lost.values())
        self.slope = (self.profit - kept) / p if p else -kept
        self.room_up, self.room_down = scored.high - p, scored.low - p

    def moved_by(self, action: Action) -> _Moved:
        if_kept = action.cost.kept_minor + action.cost.kept_share * self.scored.value_minor
        by_reason = dict.fromkeys(action.effects.returns, 0.0)
        for reason, (chance, lost) in self._lost.items():
            key = reason if reason in by_reason else ALL_REASONS
            if key in by_reason:
                by_reason[key] += lost - chance * if_kept
        return _Moved((1 - self.scored.probability) * if_kept, by_reason, if_kept)

    def at_stake(self, effects: Effects) -> tuple[float, float]:
        """The chance of a return for a reason that ``effects`` change, and what these returns cost in the mean."""
        own = [
            each for reason, each in self._lost.items() if reason in effects.returns or ALL_REASONS in effects.returns
        ]
        return sum(chance for chance, _ in own), sum(lost for _, lost in own)

    def slope_under(self, moved: _Moved, at: _Beliefs) -> float:
        """How the profit of the line changes with its probability under an action, by its chance to be bought."""
        p = self.scored.probability
        more = sum(at.returns[key] * lost for key, lost in moved.by_reason.items()) / p if p else 0.0
        return (1 + at.bought) * (self.slope + moved.if_kept - more)


class _Total(NamedTuple):
    """The sums over a basket from which follows what an action adds.

    ``unmoved``: the profit of the lines that the action is not about. ``kept``: that of the others, less what the
    action costs there, before it changes returns; ``by_reason``: what they lose by more returns, as of `_Moved`.
    ``before``: the profit without the action. ``later``: the margin of later purchases. ``shown``: the cost of showing.
    """

    unmoved: float
    kept: float
    by_reason: Mapping[str, float]
    before: float
    later: float
    shown: float

    def acted(self, at: _Beliefs) -> float:
        return self.kept - sum(change * self.by_reason[key] for key, change in at.returns.items())

    def added(self, at: _Beliefs) -> float:
        after = (1 + at.basket) * ((1 + at.bought) * self.acted(at) + self.unmoved)
        return after - self.before + at.later * self.later - self.shown

    def farthest(self, effects: Effects, mean: _Beliefs, deviations: float) -> _Beliefs:
        """The point at so many standard deviations from the means that moves the sum most: down where below 0."""
        acted, bought = self.acted(mean), (1 + mean.basket) * (1 + mean.bought)
        returns = {key: -bought * self.by_reason[key] * belief.spread for key, belief in effects.returns.items()}
        of_bought = (1 + mean.basket) * acted * effects.bought.spread
        of_basket = ((1 + mean.bought) * acted + self.unmoved) * effects.basket.spread
        of_later = self.later * effects.later.spread
        length = sqrt(sum(each**2 for each in returns.values()) + of_bought**2 + of_basket**2 + of_later**2)
        if not length:
            return mean
        step = deviations / length
        return _Beliefs(
            {
                key: _at_least_none(mean.returns[key] + step * returns[key] * belief.spread)
                for key, belief in effects.returns.items()
            },
            _at_least_none(mean.bought + step * of_bought * effects.bought.spread),
            _at_least_none(mean.basket + step * of_basket * effects.basket.spread),
            _at_least_none(mean.later + step * of_later * effects.later.spread),
        )  # fmt: skip


@dataclass
class _Moves:
    """The sum of what lines add when all of their probabilities rise together, and when all of them fall."""

    sign: int
    up: float = 0.0
    down: float = 0.0

    def add(self, up: float, down: float, share: float) -> None:
        root = sqrt(share)
        self.up += up * root
        self.down += down * root

    @property
    def farthest(self) -> float:
        return max(self.sign * self.up, self.sign * self.down, 0.0)


def _at_least_none(change: float) -> float:
    """Bound a relative change: nothing falls by more than all of it."""
    return max(-1.0, change)
