"""How a customer took what was shown before: the same counts at checkout, in the closed loop, and from the log."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Self

from data.logged.decisions import Contact, Decision, Did, kind_of
from data.times import MICROSECONDS_PER_DAY

REACTED_DAYS: Final = 365
"""So far back reach the decisions whose reactions count."""
USUAL_SHARE: Final = 0.4
"""The share of dismissals towards which that of a customer is drawn who was shown little."""
WEIGHT: Final = 3.0
"""As much as so many showings, `USUAL_SHARE` counts."""
SEEN: Final = frozenset({Did.SHOWN, Did.ACCEPTED, Did.DISMISSED})
"""What can be done only about an action that was shown."""


class Seen(NamedTuple):
    """A decision whose action was shown, decided ``at``; and when it was first dismissed and accepted, None for never.

    Times are microseconds since 1970.
    """

    at: int
    dismissed_at: int | None = None
    accepted_at: int | None = None

    @property
    def dismissed(self) -> bool:
        """Whether it was dismissed: to close what was accepted takes nothing back, in any order of arrival."""
        return self.dismissed_at is not None and (self.accepted_at is None or self.dismissed_at < self.accepted_at)

    @classmethod
    def of(cls, at: int, dismissed_at: int | bool | None, accepted_at: int | None = None) -> Self:  # noqa: FBT001
        """Make one of what a store has; an earlier version wrote down whether it was dismissed, and not when."""
        if isinstance(dismissed_at, bool):
            return cls(at, at if dismissed_at else None, None)
        return cls(at, dismissed_at, accepted_at)


class EarlierReactions(NamedTuple):
    """Of how many decisions the action was shown, and how many of these were dismissed."""

    shown: int
    dismissed: int

    @property
    def dismissed_share(self) -> float:
        """The share of dismissals, drawn towards `USUAL_SHARE` where little was shown."""
        return (self.dismissed + WEIGHT * USUAL_SHARE) / (self.shown + WEIGHT)


def earlier(seen: Iterable[Seen], now: int) -> EarlierReactions:
    """Count those of ``seen`` that were decided within `REACTED_DAYS` before ``now``."""
    own = [each for each in seen if now - REACTED_DAYS * MICROSECONDS_PER_DAY < each.at <= now]
    return EarlierReactions(len(own), sum(each.dismissed for each in own))


def from_log(rows: Iterable[Mapping[str, Any]]) -> dict[str, EarlierReactions]:
    """Count from the lines of a decision log, by decision, what was known of its unit when it was made.

    A reaction counts for the decisions that are made after it was taken. One to a decision that acted on nobody, or
    that is not among the lines, counts for none; contacts are no reactions. The lines may be in any order.
    """
    unit_of: dict[str, tuple[str, int]] = {}
    seen: dict[str, dict[str, Seen]] = {}
    found: dict[str, EarlierReactions] = {}
    for row in sorted((row for row in rows if kind_of(row) is not Contact), key=_when):
        if kind_of(row) is Decision:
            own = seen.get(row["unit"], {})
            found.setdefault(row["decision_id"], earlier(own.values(), row["decided_at"]))
            if row["action"] is not None:
                unit_of[row["decision_id"]] = row["unit"], row["decided_at"]
        elif row["decision_id"] in unit_of and row["did"] in SEEN:
            unit, at = unit_of[row["decision_id"]]
            merge(seen.setdefault(unit, {}), row["decision_id"], at, row["did"], row["at"])
    return found


def _when(row: Mapping[str, Any]) -> tuple[int, bool]:
    """When a line was written; of one moment, decisions come first."""
    return (row["decided_at"], False) if kind_of(row) is Decision else (row["taken_at"], True)


def merge(seen: dict[str, Seen], decision_id: str, decided_at: int, did: str, at: int) -> None:
    """Add a reaction of `SEEN`, done ``at``, to what was ``seen`` by a unit; the same one again changes nothing."""
    before = seen.get(decision_id, Seen(decided_at))
    if did == Did.DISMISSED:
        before = before._replace(dismissed_at=_first(before.dismissed_at, at))
    elif did == Did.ACCEPTED:
        before = before._replace(accepted_at=_first(before.accepted_at, at))
    seen[decision_id] = before


def _first(known: int | None, at: int) -> int:
    return at if known is None else min(known, at)
