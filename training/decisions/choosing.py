"""The choice among a policy's actions: the one that adds most, if even the lower end of its interval adds something."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from data.logged.decisions import Stake
from training.costs import Costs
from training.decisions import rules
from training.decisions.basket import ScoredBasket
from training.decisions.policy import Action, Policy
from training.decisions.profit import UNREASONED, Profit, Valuation

NO_INTERVAL: Final = "no_interval"
"""The score has no interval that means what it says: doubt, so nothing is done."""
IN_DOUBT: Final = "profit_in_doubt"
"""The lower end of the expected profit is not above 0."""
LESS: Final = "another_adds_more"
"""Another action is expected to add more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An action that fits a basket, the places of the lines that it is about, and the profit that it should add.

    ``stake``: what it can change.
    """

    action: Action
    lines: tuple[int, ...]
    profit: Profit
    stake: Stake


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy makes of a basket.

    ``ranked``: the actions whose profit is beyond doubt, those that should add most first; of two that add the same,
    the one that the policy lists first. ``doubtful``: those that fit the basket and may do harm. ``ruled_out``: for
    every other action the word for why it does not fit. ``profit_minor``: what the basket should earn without an
    action, minor units; None where no action was valued.
    """

    ranked: tuple[Candidate, ...]
    doubtful: tuple[Candidate, ...]
    ruled_out: Mapping[str, str]
    profit_minor: float | None = None

    @property
    def chosen(self) -> Candidate | None:
        """The action that is chosen where no cap stands against it; None for nothing."""
        return self.ranked[0] if self.ranked else None


class Unknown(NamedTuple):
    """What has to be found out about a basket: its drivers, and other sizes of the lines at the places ``sizes``."""

    drivers: bool
    sizes: tuple[int, ...]


class Chooser:
    """Chooses among the actions of ``policy``; ``costs`` is the section of params.yaml."""

    def __init__(self, policy: Policy, costs: Costs) -> None:
        self._policy, self._costs = policy, costs
        self._early = {action.name: rules.checks_of(action.lines, late=False) for action in policy.actions}
        self._late = {action.name: rules.checks_of(action.lines, late=True) for action in policy.actions}

    def unknown(self, basket: ScoredBasket) -> Unknown:
        """Find what an action hangs on, and on nothing else any more, of what takes time to find out."""
        drivers, sizes = False, set[int]()
        for action in self._policy.actions:
            if self._late[action.name] and rules.ruled_out(action, basket) is None:
                about, _ = rules.lines_of(self._early[action.name], basket)
                drivers |= bool(about) and action.lines.drivers is not None
                sizes |= set(about) if action.lines.other_size else set()
        return Unknown(drivers, tuple(sorted(sizes)))

    def choose(self, basket: ScoredBasket) -> Choice:
        """Rank the actions that fit ``basket``."""
        if basket.level is None:
            return Choice((), (), {action.name: NO_INTERVAL for action in self._policy.actions})
        candidates, out, total = self._candidates(basket)
        safe = [each for each in candidates if each.profit.low > 0]
        ranked = sorted(safe, key=lambda candidate: -candidate.profit.expected)
        return Choice(tuple(ranked), tuple(each for each in candidates if each.profit.low <= 0), out, total)

    def _candidates(self, basket: ScoredBasket) -> tuple[list[Candidate], dict[str, str], float | None]:
        valuation: Valuation | None = None
        found: list[Candidate] = []
        out: dict[str, str] = {}
        for action in self._policy.actions:
            why = rules.ruled_out(action, basket)
            lines: tuple[int, ...] = ()
            if why is None:
                lines, why = rules.lines_of([*self._early[action.name], *self._late[action.name]], basket)
            if not lines:
                out[action.name] = why
                continue
            valuation = valuation or Valuation(self._policy, self._costs, basket)
            if not valuation.can_value(action.effects):
                out[action.name] = UNREASONED
                continue
            found.append(Candidate(action, lines, valuation.profit(action, lines), valuation.stake(action, lines)))
        return found, out, None if valuation is None else valuation.total
