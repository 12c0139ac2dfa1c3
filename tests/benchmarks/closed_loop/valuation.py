"""The profit that an action should add, for many baskets at once: what `training.decisions.profit` finds for one.

The service values one basket at a time. A simulated year has hundreds of thousands, so the same arithmetic stands here
for arrays; a test holds it equal to the service's on drawn baskets.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated import catalogue
from tests.benchmarks.closed_loop.money import line_money
from tests.benchmarks.closed_loop.totals import totals
from tests.benchmarks.closed_loop.visits import Lines
from training.costs import Costs
from training.decisions.policy import ALL_REASONS, Action, Effects, Policy

BASKET_SHARE, PRODUCT_SHARE = 0.3, 0.1
"""Shares of the variance of a score's error that a basket's, and a product's, lines are taken to have in common."""
_NO_RETURN: Final = 1e-12


class Valued(NamedTuple):
    """The profit that an action adds to each basket and the lower end of its interval, float64 of shape (visits,)."""

    expected: Floats
    low: Floats


class _Beliefs(NamedTuple):
    returns: Mapping[str, Floats]
    bought: Floats
    basket: Floats
    later: Floats


class Valuation:
    """Values the actions of ``policy`` on some visits.

    ``visit``: the place of each line's visit among the ``count`` visits. ``level``: of the scores' intervals.
    """

    def __init__(self, policy: Policy, costs: Costs, lines: Lines, visit: Ints, count: int, level: float) -> None:
        money = line_money(lines.value, policy, costs)
        self._lines, self._visit, self._count, self._kept = lines, visit, count, money.kept
        self._lost = lines.scored * money.lost
        self._profit = money.kept - self._lost.sum(axis=1)
        self._slope = (self._profit - money.kept) / np.maximum(lines.probability, _NO_RETURN)
        self._before = self._sum(self._profit)
        self._z = policy.z
        self._widening = self._z / NormalDist().inv_cdf((1 + level) / 2)
        self._pair = np.unique(lines.pair, return_inverse=True)[1]
        self._visit_of_pair = np.zeros(int(self._pair.max(initial=-1)) + 1, dtype=np.int64)
        self._visit_of_pair[self._pair] = visit

    def value(self, action: Action, about: Bools, later: Floats) -> Valued:
        """Value ``action`` about the lines ``about``; ``later``: the margin of each customer's later purchases."""
        effects = action.effects
        total = _Total(self, action, about, later)
        mean = _Beliefs(
            {key: self._all(belief.mean) for key, belief in effects.returns.items()},
            *(self._all(each.mean) for each in (effects.bought, effects.basket, effects.later)),
        )
        expected = total.added(mean)
        end = total.farthest(effects, mean, -self._z)
        low = total.added(end) - self._reach(total, end)
        return Valued(expected, np.minimum(low, expected))

    def _all(self, value: float) -> Floats:
        return np.full(self._count, value)

    def _sum(self, each: Floats) -> Floats:
        return totals(self._visit, each, self._count)

    def _reach(self, total: "_Total", at: _Beliefs) -> Floats:
        """How far the intervals of the scores move the sum downwards."""
        under = np.where(total.about, total.slope_under(at), self._slope)
        slope = (1 + at.basket)[self._visit] * under - self._slope
        up = slope * self._widening * (self._lines.high - self._lines.probability)
        down = slope * self._widening * (self._lines.low - self._lines.probability)
        own = self._sum(np.maximum(-up, -down) ** 2 * max(0.0, 1 - BASKET_SHARE - PRODUCT_SHARE))
        together = BASKET_SHARE * np.maximum(np.maximum(-self._sum(up), -self._sum(down)), 0.0) ** 2
        by_pair = [totals(self._pair, each, len(self._visit_of_pair)) for each in (up, down)]
        farthest = PRODUCT_SHARE * np.maximum(np.maximum(-by_pair[0], -by_pair[1]), 0.0) ** 2
        product = totals(self._visit_of_pair, farthest, self._count)
        return np.sqrt(own + together + product)


class _Total:
    """The sums of each basket from which follows what an action adds."""

    def __init__(self, base: Valuation, action: Action, about: Bools, later: Floats) -> None:
        lines = base._lines
        self.about, self._base, self._later, self._shown = about, base, later, action.cost.shown_minor
        self._if_kept = action.cost.kept_minor + action.cost.kept_share * lines.value
        columns = _columns(action.effects)
        moved = base._lost - lines.scored * self._if_kept[:, None]
        self._by_line = {key: moved[:, column].sum(axis=1) for key, column in columns.items()}
        self._by_reason = {key: base._sum(about * each) for key, each in self._by_line.items()}
        self._kept = base._sum(about * (base._profit - (1 - lines.probability) * self._if_kept))
        self._unmoved = base._before - base._sum(about * base._profit)

    def slope_under(self, at: _Beliefs) -> Floats:
        """How the profit of each line changes with its probability, by its chance to be bought."""
        base = self._base
        more = sum(
            (at.returns[key][base._visit] * each for key, each in self._by_line.items()), np.zeros(len(self.about))
        )
        more = more / np.maximum(base._lines.probability, _NO_RETURN)
        return np.asarray((1 + at.bought)[base._visit] * (base._slope + self._if_kept - more), dtype=np.float64)

    def _acted(self, at: _Beliefs) -> Floats:
        return self._kept - sum((change * self._by_reason[key] for key, change in at.returns.items()), 0.0)

    def added(self, at: _Beliefs) -> Floats:
        after = (1 + at.basket) * ((1 + at.bought) * self._acted(at) + self._unmoved)
        return np.asarray(after - self._base._before + at.later * self._later - self._shown, dtype=np.float64)

    def farthest(self, effects: Effects, mean: _Beliefs, deviations: float) -> _Beliefs:
        """The point at so many standard deviations from the means that moves each sum most, downwards."""
        acted, bought = self._acted(mean), (1 + mean.basket) * (1 + mean.bought)
        returns = {key: -bought * self._by_reason[key] * belief.spread for key, belief in effects.returns.items()}
        of_bought = (1 + mean.basket) * acted * effects.bought.spread
        of_basket = ((1 + mean.bought) * acted + self._unmoved) * effects.basket.spread
        of_later = self._later * effects.later.spread
        square = sum((each**2 for each in returns.values()), of_bought**2 + of_basket**2 + of_later**2)
        length = np.sqrt(square)
        step = np.where(length > 0, deviations / np.where(length > 0, length, 1.0), 0.0)
        return _Beliefs(
            {
                key: _at_least_none(mean.returns[key] + step * returns[key] * belief.spread)
                for key, belief in effects.returns.items()
            },
            _at_least_none(mean.bought + step * of_bought * effects.bought.spread),
            _at_least_none(mean.basket + step * of_basket * effects.basket.spread),
            _at_least_none(mean.later + step * of_later * effects.later.spread),
        )  # fmt: skip


def _columns(effects: Effects) -> dict[str, list[int]]:
    """Give the columns of the causes that each key of ``effects.returns`` stands for."""
    found: dict[str, list[int]] = {key: [] for key in effects.returns}
    for column, cause in enumerate(catalogue.CAUSES):
        key = str(cause) if str(cause) in found else ALL_REASONS
        if key in found:
            found[key].append(column)
    return found


def _at_least_none(change: Floats) -> Floats:
    return np.maximum(-1.0, change)
