"""The arms of a policy beside its own and the holdout, and by what each chooses."""

from dataclasses import dataclass

from data.logged.decisions import EXPLORATION
from training.decisions.policy import Policy


@dataclass(frozen=True)
class OtherArm:
    """An arm beside the policy's own and the holdout: its ``share`` of the units, and by what it chooses.

    ``explores``: whether each basket gets a draw. ``file``: the policy of a challenger; ``learned``: the name of its
    learned effects, or of those of exploration.
    """

    name: str
    share: float
    file: str | None = None
    learned: str | None = None
    explores: bool = False


def other_arms(policy: Policy) -> list[OtherArm]:
    """List the arms, in the order of the policy's shares."""
    own = policy.exploration
    explored = [] if own is None else [OtherArm(EXPLORATION, own.share, learned=own.learned, explores=True)]
    return [*explored, *(OtherArm(each.name, each.share, each.policy, each.learned) for each in policy.challengers)]
