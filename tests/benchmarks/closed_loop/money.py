"""What visits truly earn under an action: in the mean, and as they turn out."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated import catalogue
from data.sources.simulated.responses.effects import VisitEffects, moved_returns
from tests.benchmarks.closed_loop.totals import totals
from tests.benchmarks.closed_loop.visits import Lines
from training.costs import Costs
from training.decisions.policy import Cost, Policy


@dataclass(frozen=True)
class LineMoney:
    """``kept``: the margin of each line if it is kept, float64 of shape (lines,). ``lost``: what is lost of it, and
    paid, where it is returned for each reason, of shape (lines, causes). Minor units.
    """

    kept: Floats
    lost: Floats


def line_money(value: Floats, policy: Policy, costs: Costs) -> LineMoney:
    """Give the money of lines with ``value``, by the costs of ``policy`` where it has its own."""
    kept, usual = costs.margin_share * value, costs.return_fixed_minor + costs.return_value_share * value
    own = [policy.return_costs.get(cause) for cause in catalogue.CAUSES]
    cost = [usual if each is None else each.fixed_minor + each.value_share * value for each in own]
    return LineMoney(kept, kept[:, None] + np.column_stack(cost))


@dataclass(frozen=True)
class Shown:
    """What is shown at some visits: by line whether it is about the line, and what keeping the line then costs; by
    visit what showing it costs. Minor units.
    """

    about: Bools
    if_kept: Floats
    cost: Floats


@dataclass(frozen=True)
class Earned:
    """Of each visit its ``profit``; of each line whether it was bought and came back, and the column of the reason.

    ``spent``: what the action cost for each line, minor units.
    """

    profit: Floats
    bought: Bools
    returned: Bools
    reason: Ints
    spent: Floats


class VisitMoney:
    """The money of some visits; ``visit``: the place of each line's visit among them, of which there are ``count``."""

    def __init__(self, lines: Lines, visit: Ints, count: int, policy: Policy, costs: Costs) -> None:
        self._lines, self._visit, self._count = lines, visit, count
        self._money = line_money(lines.value, policy, costs)
        self._profit = self._money.kept - (lines.reasons * self._money.lost).sum(axis=1)
        self.untouched = self._sum(self._profit)
        """The mean profit of each visit without an action."""

    def expected(self, about: Bools, effects: VisitEffects, cost: Cost) -> Floats:
        """Give the mean profit of each visit if all of them got an action about the lines ``about``."""
        place = np.flatnonzero(about)
        visit = self._visit[place]
        moved = moved_returns(self._lines.reasons[place], effects.returns[visit])
        if_kept = cost.kept_minor + cost.kept_share * self._lines.value[place]
        acted = self._money.kept[place] - if_kept - (moved * (self._money.lost[place] - if_kept[:, None])).sum(axis=1)
        change = (1 + effects.bought[visit]) * acted - self._profit[place]
        after = self.untouched + totals(visit, change, self._count)
        return np.asarray((1 + effects.basket) * after - cost.shown_minor, dtype=np.float64)

    def drawn(self, shown: "Shown", effects: VisitEffects, chance: Floats) -> Earned:
        """Let visits turn out; ``effects`` are those of what is shown, 0 where that is nothing.

        ``chance``: uniform, decides whether the basket is bought.
        """
        lines, about = self._lines, shown.about
        moved = np.where(about[:, None], moved_returns(lines.reasons, effects.returns[self._visit]), lines.reasons)
        bought = chance[self._visit] < 1 + effects.basket[self._visit]
        bought &= ~about | (lines.bought_chance < 1 + effects.bought[self._visit])
        total = np.cumsum(moved, axis=1)
        returned = bought & (lines.chance < total[:, -1])
        reason = np.minimum((total <= lines.chance[:, None]).sum(axis=1), moved.shape[1] - 1)
        lost = np.take_along_axis(self._money.lost, reason[:, None], axis=1)[:, 0]
        spent = np.where(bought & ~returned, shown.if_kept, 0.0)
        money = np.where(bought, self._money.kept - np.where(returned, lost, 0.0), 0.0) - spent
        return Earned(self._sum(money) - shown.cost, bought, returned, reason, spent)

    def focused(self, earned: Earned, about: Bools, columns: Ints, cost: Floats) -> Floats:
        """Give the profit of each visit over what was expected, counting only the returns that an action is about.

        All other returns are as the score expects them: their chance moves the profit more than the action does, and
        not because of it. ``about``: the lines of the action, ``columns``: of its reasons, ``cost``: of showing.
        """
        scored, lost = self._lines.scored, self._money.lost
        mine = np.zeros_like(scored, dtype=np.bool_)
        mine[:, columns] = about[:, None]
        without = self._money.kept - (scored * lost * ~mine).sum(axis=1)
        rows = np.arange(len(without))
        came = np.where(earned.returned & mine[rows, earned.reason], lost[rows, earned.reason], 0.0)
        expected = without - (scored * lost * mine).sum(axis=1)
        return self._sum(np.where(earned.bought, without - came - earned.spent, 0.0) - expected) - cost

    def _sum(self, money: Floats) -> Floats:
        return totals(self._visit, money, self._count)
