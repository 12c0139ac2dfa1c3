"""The world that all policies meet: potential visits, the actions that fit them, and how customers truly respond."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated.responses.actions import TRUE_ACTIONS, WARNING
from data.sources.simulated.responses.effects import VisitEffects, effects_of
from data.sources.simulated.responses.memory import later_visits
from data.sources.simulated.responses.responders import Responders
from tests.benchmarks.closed_loop.fitting import about as about_lines
from tests.benchmarks.closed_loop.money import VisitMoney
from tests.benchmarks.closed_loop.visits import PotentialVisits
from training.costs import Costs
from training.decisions.policy import Cost, Policy
from training.products.params import SegmentParams

HALF: Final = 0.5


@dataclass(frozen=True)
class World:
    """``names``: of the actions: those of ``policy``, and at last the naive warning.

    ``about``: bool of shape (lines, actions). ``untouched``: the mean profit of each visit without an action, and
    ``later``: what of later visits a unit of trust moves, float64 of shape (visits,). ``holdout``: bool of shape
    (customers,).
    """

    potential: PotentialVisits
    policy: Policy
    costs: Costs
    segments: SegmentParams
    names: tuple[str, ...]
    about: Bools
    untouched: Floats
    later: Floats
    holdout: Bools

    def cost(self, action: int) -> Cost:
        """Give what an action costs."""
        return Cost() if self.names[action] == WARNING else self.policy.actions[action].cost


def world(potential: PotentialVisits, policy: Policy, costs: Costs, segments: SegmentParams) -> World:
    """Make the world of ``potential`` visits under the actions of ``policy``."""
    lines, visits = potential.lines, potential.visits
    fitting = [about_lines(action, lines) for action in policy.actions]
    money = VisitMoney(lines, lines.visit, len(visits.day), policy, costs)
    customers = np.arange(potential.customers, dtype=np.int64)
    return World(
        potential=potential,
        policy=policy,
        costs=costs,
        segments=segments,
        names=(*(action.name for action in policy.actions), WARNING),
        about=np.column_stack([*fitting, lines.probability > HALF]),
        untouched=money.untouched,
        later=later_visits(visits.customer, visits.day, money.untouched),
        holdout=potential.draws.happens("unit/holdout", customers, policy.holdout_share),
    )


class Truth:
    """The truth about the visits ``part``: who responds how, and what each action would add; for the oracle alone."""

    def __init__(self, given: World, part: slice, responders: Responders, tiredness: Floats) -> None:
        own = given.potential.lines_of(part)
        lines = given.potential.lines.cut(own)
        self.visit, self.about = lines.visit - part.start, given.about[own]
        self.money = VisitMoney(lines, self.visit, part.stop - part.start, given.policy, given.costs)
        self._given, self._tiredness = given, tiredness
        self._nudge, self._offer = responders.nudge[part], responders.offer[part]
        self._seen_nudge, self._seen_offer = responders.seen_nudge[part], responders.seen_offer[part]
        self._later = given.later[part]

    def effects(self, action: int, *, seen: bool = False) -> VisitEffects:
        """Give the effects of ``action`` on all visits; ``seen``: as far as they follow from what a shop observes."""
        true = TRUE_ACTIONS[self._given.names[action]]
        nudge, offer = (self._seen_nudge, self._seen_offer) if seen else (self._nudge, self._offer)
        return effects_of(true, offer if true.offer else nudge, self._tiredness)

    def responses(self, shown: Ints) -> Floats:
        """Give the response to what is shown at each visit, that to nudges for nothing."""
        offers = [place for place, name in enumerate(self._given.names) if TRUE_ACTIONS[name].offer]
        return np.where(np.isin(shown, offers), self._offer, self._nudge)

    def profit(self, action: int, effects: VisitEffects) -> Floats:
        """Give the mean profit of all visits under ``action``."""
        return self.money.expected(self.about[:, action], effects, self._given.cost(action))

    def worth(self, *, seen: bool = False) -> Floats:
        """Give what each action of the policy adds, with later visits, float64 of shape (visits, actions)."""
        found = []
        for action in range(len(self._given.policy.actions)):
            effects = self.effects(action, seen=seen)
            found.append(self.profit(action, effects) - self.money.untouched + effects.trust * self._later)
        return np.column_stack(found)
