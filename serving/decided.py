"""What is decided about a basket, as the checkout is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.scores import BasketScore, Degraded
from training.decisions.policy import ActionKind
from training.decisions.profit import Profit


@dataclass(frozen=True, slots=True)
class Act:
    """What to do.

    ``lines``: the places, from 0, of the lines that it is about. ``size``: the size to advise. ``texts``: what may be
    shown, by language. ``needs_person``: a person has to confirm it before anything happens to the customer.
    """

    name: str
    kind: ActionKind
    lines: tuple[int, ...]
    size: str | None
    texts: Mapping[str, str]
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Considered:
    """An action of the policy: the ``profit`` that it should add, in minor units, and why it was ``ruled_out``.

    ``profit``: None where the action does not fit the basket. ``ruled_out``: None for the one that was chosen.
    """

    action: str
    profit: Profit | None
    ruled_out: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision.

    ``arm``: None where no arm was drawn, as there is no policy. ``act``: None for nothing. ``level``: of the intervals
    of profits. ``policy``: the digest of the policy's file.
    """

    decision_id: str
    arm: str | None
    propensity: float
    act: Act | None
    considered: tuple[Considered, ...]
    policy: str | None
    policy_name: str | None
    level: float | None
    degraded: tuple[Degraded, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """The score of a basket, and the decision about it."""

    score: BasketScore
    outcome: Outcome
