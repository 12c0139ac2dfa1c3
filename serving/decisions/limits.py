"""The limits that a policy sets, and what they keep away in each arm."""

from collections.abc import Mapping, Sequence

from serving.decisions.caps import Before, Limit
from training.decisions.arms import Arms, Barred, Choices
from training.decisions.policy import Action, Policy

ByArm = Mapping[str, Mapping[str, Sequence[Limit]]]
"""The limits of each action that fits, by arm and name."""


def limits_of(arms: Arms, choices: Choices, *, guest: bool) -> ByArm:
    """Give the limits of the actions that fit in each arm."""
    return {
        arm: {action.name: limits_of_action(arms.policy_of(arm), action, guest=guest) for action in actions}
        for arm, actions in choices.actions.items()
    }


def barred_by(limits: ByArm, before: Before, now: int) -> Barred:
    """Give the actions that a limit keeps away in each arm, with its word."""
    found = {arm: {name: before.reached(each, name, now) for name, each in own.items()} for arm, own in limits.items()}
    return {arm: {name: word for name, word in own.items() if word is not None} for arm, own in found.items()}


def quotas_of(choices: Choices) -> list[str]:
    """Give the actions that fit in any arm and have a limit for all customers together."""
    return sorted({each.name for own in choices.actions.values() for each in own if each.per_day is not None})


def limits_of_action(policy: Policy, action: Action, *, guest: bool) -> list[Limit]:
    """Give the limits of one action of ``policy``."""
    limits = [] if action.per_day is None else [Limit("per_day", "action", action.per_day, 1)]
    if guest:  # who is not known again, and gets one action a basket
        return limits
    own, every = action.per_customer, policy.per_customer
    return [
        *limits,
        Limit("per_customer", "customer_and_action", own.most, own.days),
        Limit("per_customer_of_all", "customer", every.most, every.days),
    ]
