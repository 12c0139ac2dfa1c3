"""What each arm of a policy makes of a basket, and the chances with which its outcomes are drawn."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from data.logged.decisions import EXPLORATION, HOLDOUT, POLICY, Stake
from data.logs import log
from training.costs import Costs
from training.decisions import learned
from training.decisions.basket import SEGMENT_FEATURES, ScoredBasket
from training.decisions.choosing import Candidate, Choice, Chooser, Unknown
from training.decisions.covariates import OF_BASKETS, covariates_of
from training.decisions.drawing import Chances
from training.decisions.exploration import NOTHING, chances
from training.decisions.learned import Learned
from training.decisions.policy import Action, Policy
from training.decisions.policy_reading import ReadPolicy

Barred = Mapping[str, Mapping[str, str]]
"""The actions of each arm that a cap keeps away, with the word for the cap."""
CERTAIN_LOSS: Final = "profit_below_nothing"
"""Why exploration does not draw an action, and none is chosen by learned effects: its whole interval lies below 0."""
NOT_DRAWN: Final = "not_drawn"
"""Another outcome was drawn."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What each arm makes of a basket before caps: ``by_arm`` without the holdout, which goes by the policy's choice.

    ``covariates``: of the basket, empty where no action fits. ``reached``: the arms beside policy and holdout in which
    an action could come out, whatever caps and history are; so it is the same in whichever arm the unit is.
    ``unavailable``: the arms whose learned effects can't be had now.
    """

    by_arm: Mapping[str, Choice]
    covariates: Mapping[str, float]
    reached: tuple[str, ...]
    unavailable: tuple[str, ...] = ()

    @property
    def stakes(self) -> dict[str, Stake]:
        """What each action can change that fits in any arm; of two arms that fit it to other lines, the first's."""
        found: dict[str, Stake] = {}
        for choice in self.by_arm.values():
            for each in _fitting(choice):
                found.setdefault(each.action.name, each.stake)
        return found

    @property
    def profit_minor(self) -> float | None:
        """What the basket is expected to earn without any action, minor units; None where no action fits."""
        return next((each.profit_minor for each in self.by_arm.values() if each.profit_minor is not None), None)

    @property
    def actions(self) -> dict[str, list[Action]]:
        """The actions of each arm that fit the basket, whatever they are expected to add."""
        return {arm: [each.action for each in _fitting(choice)] for arm, choice in self.by_arm.items()}

    def eligible(self, barred: Barred) -> tuple[str, ...]:
        """The actions that fit in any arm, may add something there, and that no cap keeps away there."""
        names = (
            each.action.name
            for arm, choice in self.by_arm.items()
            for each in _free(_fitting(choice), barred.get(arm, {}))
            if each.profit.high > 0
        )
        return tuple(dict.fromkeys(names))


class Arms:
    """Chooses in each arm of the policy ``read``.

    Parameters
    ----------
    costs
        The section of params.yaml.
    learned_by
        Gives learned effects by their name; None where they can't be had.
    """

    def __init__(self, read: ReadPolicy, costs: Costs, learned_by: Callable[[str], Learned | None]) -> None:
        self._policy, self._learned_by = read.policy, learned_by
        self.shares: Final = read.policy.shares
        self._policies = {POLICY: read.policy, **read.challengers}
        self._choosers = {arm: Chooser(policy, costs) for arm, policy in self._policies.items()}
        self._learned = read.policy.learned
        self.features: Final = OF_BASKETS.union(SEGMENT_FEATURES, *(policy.features for policy in read.policies))

    def policy_of(self, arm: str) -> Policy:
        """The policy whose actions, caps and level count in ``arm``."""
        return self._policies.get(arm, self._policy)

    def unknown(self, basket: ScoredBasket) -> Unknown:
        """Find what any arm's choice hangs on of what takes time to find out."""
        found = [chooser.unknown(basket) for chooser in self._choosers.values()]
        sizes = {place for each in found for place in each.sizes}
        return Unknown(any(each.drivers for each in found), tuple(sorted(sizes)))

    def choices(self, basket: ScoredBasket) -> Choices:
        """Choose in each arm, before any cap is looked at."""
        found = {arm: chooser.choose(basket) for arm, chooser in self._choosers.items()}
        covariates = covariates_of(basket) if any(map(_fitting, found.values())) else {}
        unavailable = []
        for arm, name in self._learned.items():
            effects, fitting = self._learned_by(name), explored(found[POLICY])
            try:
                choice = learned.choose(fitting, covariates, effects, self._policy.z, of_mean=arm == EXPLORATION)
            except Exception:  # whatever is wrong with the effects of one arm, the others decide
                log.exception("the arm %s does nothing, as its learned effects %s failed", arm, name)
                effects, choice = None, learned.choose(fitting, covariates, None, self._policy.z)
            found[arm] = choice
            unavailable += [arm] if effects is None else []
        if EXPLORATION in self.shares:
            found[EXPLORATION] = explored(found.get(EXPLORATION, found[POLICY]))
        ordered = {arm: found[arm] for arm in (POLICY, *self.shares) if arm != HOLDOUT}
        reached = tuple(arm for arm in ordered if arm != POLICY and self._reached(arm, found))
        return Choices(ordered, covariates, reached, tuple(unavailable))

    def chances(self, choices: Choices, barred: Barred) -> dict[str, Chances]:
        """Give the chances of the outcomes in each arm."""
        return {arm: self._chances(arm, choices, barred) for arm in self.shares}

    def _reached(self, arm: str, found: Mapping[str, Choice]) -> bool:
        """Learned effects may move with a customer's history, which its arm has shaped: there, what fits counts."""
        return bool((explored(found[POLICY]) if arm in self._learned else found[arm]).ranked)

    def _chances(self, arm: str, choices: Choices, barred: Barred) -> Chances:
        if arm == HOLDOUT:
            return {NOTHING: 1.0}
        if arm == EXPLORATION and self._policy.exploration is not None:
            free = _free(choices.by_arm[arm].ranked, barred.get(arm, {}))
            profits = {each.action.name: each.profit for each in free}
            return chances(self._policy.exploration, profits, self._policy.z)
        best = best_of(arm, choices, barred)
        return {NOTHING if best is None else best.action.name: 1.0}


def best_of(arm: str, choices: Choices, barred: Barred) -> Candidate | None:
    """The best action of an arm that no cap keeps away; in the holdout, that of the policy. None for nothing."""
    arm = POLICY if arm == HOLDOUT else arm
    return next(iter(_free(choices.by_arm[arm].ranked, barred.get(arm, {}))), None)


def candidate_of(arm: str, outcome: str, choices: Choices) -> Candidate | None:
    """The action ``outcome`` as ``arm`` has it; None for nothing."""
    if outcome == NOTHING:
        return None
    return next(each for each in choices.by_arm[arm].ranked if each.action.name == outcome)


def explored(choice: Choice) -> Choice:
    """What exploration draws among: all that fits and may add something, in the order of the policy's choice.

    Learned effects choose among the same: of what is never drawn, nobody can know how good it is.
    """
    fitting, out = learned.without_restrictions(choice)
    lost = {each.action.name: CERTAIN_LOSS for each in fitting if not each.profit.high > 0}
    return Choice(tuple(each for each in fitting if each.action.name not in lost), (), out | lost)


def _fitting(choice: Choice) -> tuple[Candidate, ...]:
    return (*choice.ranked, *choice.doubtful)


def _free(candidates: Iterable[Candidate], barred: Mapping[str, str]) -> list[Candidate]:
    return [each for each in candidates if each.action.name not in barred]
