"""Replays a policy over past baskets, in the order of time: the choice of the service, with its caps."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from data.logged.decisions import EXPLORATION
from training.costs import Costs
from training.decisions.arms import explored
from training.decisions.choosing import IN_DOUBT, LESS, Candidate, Choice, Chooser
from training.decisions.policy import Policy
from training.decisions.replay.baskets import ReplayBasket
from training.decisions.replay.caps import ReplayedCaps

SAID_EVERY: Final = 100
"""Baskets between two words about the progress."""


@dataclass(frozen=True)
class Decisions:
    """What a policy chose for each basket, None for nothing; and by action, why it was not chosen, with the counts.

    ``explorable``: of how many baskets the policy's exploration would draw among actions, were they all in that arm
    and no cap reached; 0 for a policy without one.
    """

    chosen: tuple[Candidate | None, ...]
    why_not: dict[str, Counter[str]]
    explorable: int = 0

    @classmethod
    def nothing(cls, baskets: int) -> "Decisions":
        """Those of a shop without a policy."""
        return cls((None,) * baskets, {})


def decide(
    baskets: Sequence[ReplayBasket],
    policy: Policy,
    costs: Costs,
    stands_for: float = 1.0,
    say: Callable[[int], None] | None = None,
) -> Decisions:
    """Choose for each of ``baskets``, which come in the order of time.

    The draw of arms is left out: every unit is in the policy's own arm. As in the service, what is chosen counts for
    the caps in the holdout, too. `training.decisions.replay.drawn` draws the arms.
    ``stands_for``: how many baskets of the shop each one stands for. ``say``: hears how many are done.
    """
    chooser, caps = Chooser(policy, costs), ReplayedCaps(stands_for)
    why_not = {action.name: Counter[str]() for action in policy.actions}
    chosen: list[Candidate | None] = []
    explores, explorable = EXPLORATION in policy.shares, 0
    for number, basket in enumerate(baskets):
        choice = chooser.choose(basket.scored)
        explorable += explores and bool(explored(choice).ranked)
        chosen.append(_taken(choice, policy, caps, basket, why_not))
        if say is not None and number % SAID_EVERY == 0:
            say(number)
    return Decisions(tuple(chosen), why_not, explorable)


def _taken(
    choice: Choice, policy: Policy, caps: ReplayedCaps, basket: ReplayBasket, why_not: dict[str, Counter[str]]
) -> Candidate | None:
    """Take the best action that no cap keeps away; None for nothing."""
    chosen = None
    for name, word in choice.ruled_out.items():
        why_not[name][word] += 1
    for candidate in choice.doubtful:
        why_not[candidate.action.name][IN_DOUBT] += 1
    for candidate in choice.ranked:
        why: str | None = LESS
        if chosen is None:
            why = caps.take(policy, basket.unit, candidate.action, basket.at, guest=basket.guest)
        if why is None:
            chosen = candidate
        else:
            why_not[candidate.action.name][why] += 1
    return chosen
