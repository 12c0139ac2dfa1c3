"""The policy that the loop runs: that part of the fashion example whose true effects the shop knows."""

from pathlib import Path

from data.sources.simulated.responses.actions import TRUE_ACTIONS
from training.decisions.policy import Policy
from training.decisions.policy_reading import EXAMPLE, read_policy


def example() -> Policy:
    """Give that of ``data/policies/fashion.yaml``, less the actions to which no simulated customer responds."""
    policy = read_policy(Path(EXAMPLE)).policy
    known = tuple(action for action in policy.actions if action.name in TRUE_ACTIONS)
    return policy.model_copy(update={"actions": known})
