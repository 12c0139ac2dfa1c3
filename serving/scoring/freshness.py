"""Freshness: how old the latest fact of each kind is, and whether that is too old.

A feed of events that breaks off for one kind alone, such as returns, shows in the age of this kind and in no other.
"""

from dataclasses import dataclass

from features.online_state.records import Latest
from serving.scores import Degraded, ages_of

CAUSE = "stale_data"


@dataclass(frozen=True)
class MaxAge:
    """The most seconds that the latest order, delivery and outcome may be old; None: any age will do."""

    order: float | None = None
    delivery: float | None = None
    outcome: float | None = None

    def degraded(self, latest: Latest, now: int) -> tuple[Degraded, ...]:
        """Name the kinds of facts that are too old at ``now``, microseconds since 1970; empty where none is."""
        ages = ages_of(latest, now)
        limits = {"order": self.order, "delivery": self.delivery, "outcome": self.outcome}
        stale = [
            f"no {kind} is known" if age is None else f"the latest {kind} is {age:.0f} s old, at most {limit:g} s"
            for kind, limit in limits.items()
            if limit is not None and ((age := ages[kind]) is None or age > limit)
        ]
        return (Degraded(CAUSE, "; ".join(stale)),) if stale else ()


ANY_AGE = MaxAge()
