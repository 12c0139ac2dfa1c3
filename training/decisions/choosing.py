"""The choice among a policy's actions: the one that adds most, if even the lower end of its interval adds something."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

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
    """An action that fits a basket, the places of the lines that it is about, and the profit that it should add."""

    action: Action
    lines: tuple[int, ...]
    profit: Profit


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy chooses for a basket.

    ``chosen``: None for nothing. ``candidates``: every action that fits the basket. ``ruled_out``: for every other
    action, and for those that fit and were not chosen, the word for why.
    """

    chosen: Candidate | None
    candidates: tuple[Candidate, ...]
    ruled_out: Mapping[str, str]


class Chooser:
    """Chooses among the actions of ``policy``; ``costs`` is the section of params.yaml."""

    def __init__(self, policy: Policy, costs: Costs) -> None:
        self._policy, self._costs = policy, costs
        self._early = {action.name: rules.checks_of(action.lines, late=False) for action in policy.actions}
        self._late = {action.name: rules.checks_of(action.lines, late=True) for action in policy.actions}

    def needs_explanation(self, basket: ScoredBasket) -> bool:
        """Whether an action hangs on the drivers or on another size, and on nothing else any more."""
        return any(
            self._late[action.name]
            and rules.ruled_out(action, basket) is None
            and rules.lines_of(self._early[action.name], basket)[0]
            for action in self._policy.actions
        )

    def choose(self, basket: ScoredBasket, barred: Callable[[Action], str | None] = lambda _: None) -> Choice:
        """Choose for ``basket``; ``barred`` gives the word for why an action may not be had now, such as a cap.

        ``barred`` is asked only about actions that fit and whose profit is beyond doubt, those that add most first,
        until one may be had. Of two that add the same, the one that the policy lists first is chosen.
        """
        if basket.level is None:
            return Choice(None, (), {action.name: NO_INTERVAL for action in self._policy.actions})
        candidates, out = self._candidates(basket)
        chosen = None
        for each in sorted(candidates, key=lambda candidate: -candidate.profit.expected):
            if each.profit.low <= 0:
                out[each.action.name] = IN_DOUBT
            elif chosen is not None:
                out[each.action.name] = LESS
            elif (why := barred(each.action)) is not None:
                out[each.action.name] = why
            else:
                chosen = each
        return Choice(chosen, tuple(candidates), out)

    def _candidates(self, basket: ScoredBasket) -> tuple[list[Candidate], dict[str, str]]:
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
            found.append(Candidate(action, lines, valuation.profit(action, lines)))
        return found, out
