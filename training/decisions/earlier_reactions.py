"""How a customer took what was shown before: the same counts at checkout, in the closed loop, and from the log."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from data.logged.decisions import Did
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
    """A decision whose action was shown, decided ``at``, microseconds since 1970; and whether it was dismissed."""

    at: int
    dismissed: bool


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
    that is not among the lines, counts for none. The lines may be in any order.
    """
    unit_of: dict[str, tuple[str, int]] = {}
    seen: dict[str, dict[str, Seen]] = {}
    found: dict[str, EarlierReactions] = {}
    for row in sorted(rows, key=_when):
        if "event_id" not in row:
            own = seen.get(row["unit"], {})
            found.setdefault(row["decision_id"], earlier(own.values(), row["decided_at"]))
            if row["action"] is not None:
                unit_of[row["decision_id"]] = row["unit"], row["decided_at"]
        elif row["decision_id"] in unit_of and row["did"] in SEEN:
            unit, at = unit_of[row["decision_id"]]
            merge(seen.setdefault(unit, {}), row["decision_id"], at, row["did"])
    return found


def _when(row: Mapping[str, Any]) -> tuple[int, bool]:
    """When a line was written; of one moment, decisions come first."""
    return (row["taken_at"], True) if "event_id" in row else (row["decided_at"], False)


def merge(seen: dict[str, Seen], decision_id: str, at: int, did: str) -> None:
    """Add a reaction of `SEEN` to what was ``seen`` by a unit; the same one again changes nothing."""
    before = seen.get(decision_id, Seen(at, dismissed=False))
    seen[decision_id] = Seen(at, before.dismissed or did == Did.DISMISSED)
