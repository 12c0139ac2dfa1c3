"""Events of decisions: what became of what the checkout was told to do."""

from typing import Literal

from pydantic import Field

from serving.http.wire.requests.statement import WHEN, Statement
from serving.http.wire.text import Id
from serving.http.wire.timestamps import TimestampNotAhead


class Reaction(Statement):
    """What was done about a decision. Experiments are read by it; no score depends on it.

    It is never corrected: the decision log keeps what was sent first with an `event_id`.
    """

    type: Literal["action_shown", "action_accepted", "action_dismissed", "basket_changed", "basket_abandoned"] = Field(
        description="action_shown: the customer saw it; action_accepted, action_dismissed: what the customer did about"
        " it; basket_changed, basket_abandoned: what became of the basket after it."
    )
    decision_id: Id = Field(
        description="The decision, as its answer named it.", examples=["9f86d081884c7d659a2feaa0c55ad015"]
    )
    reacted_at: TimestampNotAhead = Field(description=WHEN)
