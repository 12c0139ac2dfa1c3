"""The decision log: the record of one decision, and of what the customer did about it.

Whatever is shown to a customer was drawn with a known chance, and that chance is in the log before the answer leaves
the service. Each line of a file is one JSON object, with the fields of `Decision`, of `Reaction` or of `Contact` as its
keys; the first alone has no ``event_id``, the last alone no ``decision_id``. Times are microseconds since 1970, UTC;
money is in minor units of the shop's currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from data.logged.files import LogFiles

DECISIONS: Final = LogFiles("decisions")
HOLDOUT: Final = "holdout"
"""The arm whose customers are never shown anything."""
POLICY: Final = "policy"
"""The arm whose customers are shown what the policy chooses."""
EXPLORATION: Final = "exploration"
"""The arm whose baskets each get a draw among all actions that fit."""
OWN_ARMS: Final = (HOLDOUT, POLICY, EXPLORATION)
"""The arms that every policy may have; all others are its challengers, by name."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What an action can change of a basket: the returns of the lines, and for the reasons, that it is about.

    ``products``: of these lines. ``minor``: what these returns are expected to cost, lost margin included, in minor
    units. ``share``: of all returns that are expected of these lines, for whatever reason, the share for the reasons.
    ``profit_minor``: what these lines are expected to earn without the action, minor units.
    """

    products: tuple[str, ...]
    minor: float
    share: float
    profit_minor: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one basket.

    ``unit`` is what the arm was drawn for: the keyed hash of the customer, or that of the basket where a guest orders.
    ``policy`` is the digest of the policy's file, ``policy_name`` its name. ``arm`` is the arm of the unit. ``action``
    is what the checkout was told to do, None for nothing. ``chosen`` is what the arm chose; in the holdout it is what
    the policy chose, and would have been the action. ``propensity`` is the chance with which ``action`` came out for
    this basket, over all draws: that of the arm, and that within an arm which explores. ``expected_minor``,
    ``low_minor`` and ``high_minor`` are the profit that ``chosen`` was expected to add, and its interval; 0 where
    nothing was chosen. ``lines`` are the places, from 0, of the lines that ``chosen`` is about. ``ruled_out`` has for
    each other action of the policy why it was not chosen. ``value_minor`` is the value of the basket,
    ``return_cost_minor`` what its returns were expected to cost by the score alone, and ``returns`` how many of its
    ``line_count`` lines were expected back: they are known before the arm is drawn, and so make fair covariates.

    Lines of earlier versions lack what follows. ``covariates`` is all that was known of the basket before the draw, as
    `training.decisions.covariates` names it, null where unknown; it is empty where no action fits. ``eligible``
    are the actions that fit the basket in any arm, may add something there by the interval of their profit, and that no
    cap kept away; a restriction is among them where it fits, though only the arms of policies choose it. ``shares``
    has the share of units in each arm when this one was drawn. ``in_arm`` is the chance with which ``action`` came out,
    given the arm: it holds for the later visits of a unit, too, whose caps follow from its arm. ``reached`` has the
    arms beside policy and holdout in which an action could have come out, whatever the caps: it is the same in all
    arms. ``stakes`` has what each action that fits could change, and ``profit_minor`` is what the whole basket is
    expected to earn without any, in minor units; it is None where no action fits.
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
    covariates: Mapping[str, float | None] = field(default_factory=dict)
    eligible: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    in_arm: float = 1.0
    reached: tuple[str, ...] = ()
    stakes: Mapping[str, Stake] = field(default_factory=dict)
    profit_minor: float | None = None


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


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer contacted the shop, at the time ``at``: a call, a letter, a chat; with the shop's own id of the event.

    ``customer``: the keyed hash of the customer, as decisions have it; ``order_id``: the order that it was about. One
    of the two may be None, not both. ``topic``: the shop's own word for it.
    """

    event_id: str
    customer: str | None
    order_id: str | None
    topic: str | None
    at: int
    taken_at: int


def kind_of(line: Mapping[str, Any]) -> type[Decision | Reaction | Contact]:
    """Tell what a line of the log is, by its keys; whether it is a whole one, `kind_of` leaves to its reader."""
    if "event_id" not in line:
        return Decision
    return Reaction if "decision_id" in line or "did" in line else Contact
