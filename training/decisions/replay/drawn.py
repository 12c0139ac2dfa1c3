"""The arms of a policy in a replay, drawn as the service draws them: by the same keyed hash, with the same chances.

The numbers of units stand for nothing outside of the table, so the arms are not those of the shop's own customers: a
replay shows as many of them in each arm, and not the same ones. What is chosen counts for the caps whatever the arm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from data.logged.decisions import HOLDOUT, POLICY
from data.times import MICROSECONDS_PER_DAY
from training.decisions.arms import Arms, Barred, Choices, best_of, candidate_of
from training.decisions.choosing import Candidate
from training.decisions.covariates import ACTED_DAYS
from training.decisions.drawing import draw_outcome
from training.decisions.replay.baskets import ReplayBasket
from training.decisions.replay.caps import ReplayedCaps
from training.decisions.replay.decide import SAID_EVERY


@dataclass(frozen=True, slots=True)
class DrawnBasket:
    """What was drawn for a basket: its ``arm``, and what that ``chose``, None for nothing.

    In the holdout, ``chose`` is what the policy did, and nothing is shown. ``capped``: whether a cap kept the best
    action away that the arm would have had.
    """

    arm: str
    chose: Candidate | None
    capped: bool

    @property
    def shown(self) -> Candidate | None:
        """What the customer would be shown."""
        return None if self.arm == HOLDOUT else self.chose


def draw_arms(
    baskets: Sequence[ReplayBasket],
    arms: Arms,
    draw_key: str,
    stands_for: float = 1.0,
    say: Callable[[int], None] | None = None,
) -> list[DrawnBasket]:
    """Draw for each of ``baskets``, which come in the order of time.

    ``stands_for``: how many baskets of the shop each one stands for. ``say``: hears how many are done.
    """
    caps, found = ReplayedCaps(stands_for), list[DrawnBasket]()
    for number, basket in enumerate(baskets):
        found.append(_drawn(basket, str(number), arms, draw_key, caps))
        if say is not None and number % SAID_EVERY == 0:
            say(number)
    return found


def _drawn(basket: ReplayBasket, name: str, arms: Arms, draw_key: str, caps: ReplayedCaps) -> DrawnBasket:
    choices = arms.choices(replace(basket.scored, acted=_days_ago(basket, caps)))
    barred = _barred(basket, arms, choices, caps)
    chances = arms.chances(choices, barred)
    drawn = draw_outcome(draw_key, str(basket.unit), name, arms.shares, chances)
    arm = drawn.arm.name
    chose = best_of(arm, choices, barred) if arm == HOLDOUT else candidate_of(arm, drawn.outcome, choices)
    if chose is not None:
        caps.count(basket.unit, chose.action, basket.at)
    by = POLICY if arm == HOLDOUT else arm
    return DrawnBasket(arm, chose, capped=best_of(by, choices, barred) is not best_of(by, choices, {}))


def _barred(basket: ReplayBasket, arms: Arms, choices: Choices, caps: ReplayedCaps) -> Barred:
    found = {
        arm: {
            action.name: caps.reached(arms.policy_of(arm), basket.unit, action, basket.at, guest=basket.guest)
            for action in actions
        }
        for arm, actions in choices.actions.items()
    }
    return {arm: {name: word for name, word in own.items() if word is not None} for arm, own in found.items()}


def _days_ago(basket: ReplayBasket, caps: ReplayedCaps) -> tuple[float, ...]:
    ago = [(basket.at - at) / MICROSECONDS_PER_DAY for at in caps.times_of(basket.unit)]
    return tuple(days for days in ago if days < ACTED_DAYS)
