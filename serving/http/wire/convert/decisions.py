"""Makes the answer of a decision."""

from typing import Any

from serving.decided import Considered, Decided, Outcome
from serving.http.wire.decisions import Decision


def answer_decision(basket_id: str, decided: Decided) -> Decision:
    """Make the answer for a decision about the basket ``basket_id``."""
    outcome = decided.outcome
    return Decision.model_validate(
        {
            "decision_id": outcome.decision_id,
            "basket_id": basket_id,
            "action": outcome.act,
            "arm": outcome.arm,
            "propensity": outcome.propensity,
            "considered": [_considered(each, outcome) for each in outcome.considered],
            "policy": None if outcome.policy is None else {"name": outcome.policy_name, "digest": outcome.policy},
            "degraded": [*decided.score.degraded, *outcome.degraded],
        }
    )


def _considered(each: Considered, outcome: Outcome) -> dict[str, Any]:
    profit = None if each.profit is None else {**each.profit._asdict(), "level": outcome.level}
    return {"action": each.action, "profit_minor": profit, "ruled_out": each.ruled_out}
