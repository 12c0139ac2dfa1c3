"""The decision log: the record of one decision, and of what the customer did about it.

Whatever is shown to a customer was drawn with a known chance, and that chance is in the log before the answer leaves
the service. Each line of a file is one JSON object, with the fields of `Decision` or of `Reaction` as its keys; only
the latter has ``event_id``. Times are microseconds since 1970, UTC; money is in minor units of the shop's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from data.logged.files import LogFiles

DECISIONS: Final = LogFiles("decisions")
HOLDOUT: Final = "holdout"
"""The arm whose customers are never shown anything."""
POLICY: Final = "policy"
"""The arm whose customers are shown what the policy chooses."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one basket.

    ``unit`` is what the arm was drawn for: the keyed hash of the customer, or that of the basket where a guest orders.
    ``policy`` is the digest of the policy's file, ``policy_name`` its name. ``arm`` is the arm of the unit. ``action``
    is what the checkout was told to do, None for nothing. ``chosen`` is what the policy chose before the arm was looked
    at: in the holdout, it would have been the action. ``propensity`` is the chance, over the draw of the arm, with
    which ``action`` came out for this basket. ``expected_minor``, ``low_minor`` and ``high_minor`` are the profit that
    ``chosen`` was expected to add, and its interval; 0 where nothing was chosen. ``lines`` are the places, from 0, of
    the lines that ``chosen`` is about. ``ruled_out`` has for each other action of the policy why it was not chosen.
    ``value_minor`` is the value of the basket, ``return_cost_minor`` what its returns were expected to cost by the
    score alone, and ``returns`` how many of its ``line_count`` lines were expected back: they are known before the arm
    is drawn, and so make fair covariates.
    """

    decision_id: str
    decided_at: int
    request_id: str
    basket_id: str | None
    customer: str | None
    unit: str
    policy: str
    policy_name: str
    arm: str
    action: str | None
    chosen: str | None
    propensity: float
    expected_minor: float
    low_minor: float
    high_minor: float
    lines: tuple[int, ...]
    ruled_out: Mapping[str, str]
    value_minor: int
    return_cost_minor: float
    returns: float
    line_count: int
    model_version: str | None
    degraded: tuple[str, ...] = ()


class Did(StrEnum):
    """What was done about a decision."""

    SHOWN = "action_shown"
    ACCEPTED = "action_accepted"
    DISMISSED = "action_dismissed"
    CHANGED = "basket_changed"
    ABANDONED = "basket_abandoned"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What was done about the decision ``decision_id``, at the time ``at``; the shop's own id of the event is kept."""

    event_id: str
    decision_id: str
    did: Did
    at: int
    taken_at: int
