"""The learned policy: it begins with the beliefs of the policy's file, learns from its log, and acts where it is sure.

It knows what a shop knows: its log, with the chance of each draw, and the covariates. All learning is that of
`training.decisions.learning.pooled_effects`, and the draws are those of `training.decisions.exploration`. Dismissals
count on the next day, returns after three weeks.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from tests.benchmarks.closed_loop.asked import Asked
from tests.benchmarks.closed_loop.counters import KNOWN_DAYS
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.policies import NONE, best
from training.decisions.exploration import NOTHING as NO_ACTION
from training.decisions.exploration import chances
from training.decisions.learning.exposures import NOTHING
from training.decisions.learning.history import History
from training.decisions.learning.params import LearningParams
from training.decisions.learning.pooled_effects import PooledEffects, learn_pooled
from training.decisions.learning.recorded_history import beliefs_of, kinds_of
from training.decisions.policy import Exploration, Policy
from training.decisions.profit import Profit

THOMPSON: Final = Exploration(share=0.5, method="thompson")
WEEK: Final = 7


@dataclass(frozen=True)
class Plan:
    """How the policy explores.

    ``explores_weeks``: so long all visits are drawn by the chance that an action is the best (Thompson sampling);
    within ``fades_weeks`` more, the share that is drawn so falls to 0. All others go by the rule of a challenger. An
    action is not explored where even its mean and ``hopes`` standard deviations avoid less than nothing. It learns on
    each of the first ``daily`` days, then each week until the day ``weekly``, and then each fourth week.
    """

    explores_weeks: float = 8.0
    fades_weeks: float = 6.0
    hopes: float = 1.0
    daily: int = 15
    weekly: int = 84

    def explored_share(self, day: int) -> float:
        """Give the share of visits that is explored."""
        return float(np.clip(1 - (day / WEEK - self.explores_weeks) / self.fades_weeks, 0, 1))

    def learns(self, day: int) -> bool:
        """Whether the policy learns on ``day``."""
        return day < self.daily or day % (WEEK if day < self.weekly else 4 * WEEK) == 0


class Learned:
    """Learns from its own log; ``policy``: whose actions and beliefs it begins with."""

    name: str = "learned"
    holds_out: bool = True
    capped: bool = True

    def __init__(self, policy: Policy, params: LearningParams, plan: Plan | None = None) -> None:
        self._policy, self._params, self._plan = policy, params, plan or Plan()
        self._kinds, self._beliefs = kinds_of(policy), beliefs_of(policy)
        self._effects: PooledEffects | None = None
        self._names: tuple[str, ...] = ()
        self._day = 0

    def learn(self, log: Log, day: int) -> None:
        """Learn the effects of each kind of actions from what is known by ``day``."""
        self._day, self._names = day, log.names
        if self._plan.learns(day) and log.day:
            self._effects = learn_pooled(history(log, day - KNOWN_DAYS), self._kinds, self._beliefs, self._params)

    def chances(self, asked: Asked) -> Floats:
        """Draw a share of the visits by the chance that an action is the best; else act where it is sure."""
        stakes = pd.DataFrame({name: asked.covariates[f"{name}_stake"] for name in self._names})
        known = about_customers(pd.DataFrame(asked.covariates))
        effects = self._effects or learn_pooled(nothing(known, stakes), self._kinds, self._beliefs, self._params)
        share = self._plan.explored_share(self._day)
        found = (1 - share) * self._acted(effects.predict(known, stakes), asked.eligible)
        if share > 0:
            found[:, :-1] += share * self._explored(effects.predict_mean(known, stakes), asked.eligible)
        return found

    def _acted(self, found: dict[str, Floats], eligible: Bools) -> Floats:
        """The rule of a challenger: mean - z standard deviations above 0, the highest mean first."""
        mean, deviation = self._columns(found)
        return best(np.where(eligible & (mean - self._policy.z * deviation > 0), mean, -np.inf))

    def _explored(self, found: dict[str, Floats], eligible: Bools) -> Floats:
        """The chances of the actions under Thompson sampling, where there is hope; shape (visits, actions)."""
        mean, deviation = self._columns(found)
        hopeful = eligible & (mean + self._plan.hopes * deviation > 0)
        drawn, z = np.zeros(hopeful.shape), self._policy.z
        for row in np.flatnonzero(hopeful.any(axis=1)):
            own = {
                self._names[place]: Profit(at, at - z * spread, at + z * spread)
                for place in np.flatnonzero(hopeful[row])
                for at, spread in [(float(mean[row, place]), float(deviation[row, place]))]
            }
            for name, chance in chances(THOMPSON, own, z).items():
                if name != NO_ACTION:
                    drawn[row, self._names.index(name)] = chance
        return drawn

    def _columns(self, found: dict[str, Floats]) -> tuple[Floats, Floats]:
        mean, deviation = (np.column_stack([found[name][:, place] for name in self._names]) for place in (0, 1))
        return mean, deviation


def history(log: Log, settled_until: float) -> History:
    """Give the log as a history; the returns of visits before the day ``settled_until`` are known."""
    table, eligible = log.table(), np.concatenate(log.eligible)
    action, focused = np.concatenate(log.action), np.concatenate(log.focused)
    stakes = table[[f"{name}_stake" for name in log.names]].to_numpy(np.float64)
    return History(
        customers=about_customers(table),
        unit=np.concatenate(log.customer),
        action=np.array([*log.names, NOTHING], dtype=object)[action],
        seen=action != NONE,
        dismissed=np.concatenate(log.dismissed),
        settled=np.concatenate(log.day) < settled_until,
        stake=pd.DataFrame(np.where(eligible, stakes, np.nan), columns=list(log.names)),
        outcome=pd.DataFrame(focused, columns=list(log.names)),
    )


def nothing(known: pd.DataFrame, stakes: pd.DataFrame) -> History:
    """Give a history without any row."""
    none, text = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=object)
    return History(known.head(0), text, text, none, none, none, stakes.head(0), stakes.head(0))


def about_customers(table: pd.DataFrame) -> pd.DataFrame:
    """Give the covariates of ``table`` that are about customers."""
    return table[[name for name in table.columns if name.startswith("customer_")]]
