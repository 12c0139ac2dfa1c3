"""The arms of a policy beside its own and the holdout, and by what each chooses."""

from dataclasses import dataclass

from data.logged.decisions import EXPLORATION
from training.decisions.policy import Policy


@dataclass(frozen=True)
class OtherArm:
    """An arm beside the policy's own and the holdout: its ``share`` of the units, and by what it chooses.

    ``file``: the policy of a challenger; ``learned``: the name of its learned effects. Exploration has neither.
    """

    name: str
    share: float
    file: str | None = None
    learned: str | None = None


def other_arms(policy: Policy) -> list[OtherArm]:
    """List the arms, in the order of the policy's shares."""
    explored = [] if policy.exploration is None else [OtherArm(EXPLORATION, policy.exploration.share)]
    return [*explored, *(OtherArm(each.name, each.share, each.policy, each.learned) for each in policy.challengers)]
