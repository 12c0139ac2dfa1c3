"""Freshness: how old the latest fact of each kind is, whether that is too old, and whether earlier ones are missing.

A feed of events that breaks off for one kind alone, such as returns, shows in the age of this kind and in no other.
Where a feed went on after a gap, its latest fact is young, and the counters still lack what happened in the gap. So a
gap makes the kind stale until what was missing has come, or until facts have come for as long as they were missing, or
for three years. A gap is longer than the limit of the age, so the feed was stale by its age before: nights, weekends
and small shops, for which a limit has to leave room, make no gap.
"""

import math
from dataclasses import dataclass

from data.times import MICROSECONDS_PER_DAY, iso
from features.online_state.fact_days import Days, FactDays, Gap, gaps
from features.online_state.records import BY_THE_CLOCK, Latest, Silence
from serving.scores import Degraded, ages_of

CAUSE = "stale_data"
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class MaxAge:
    """The most seconds that the latest order, delivery and outcome may be old; None: any age will do.

    ``gap_days``: a kind with a limit may lack facts for so many days in a row, or for as long as the limit allows.
    ``silence``: as the writer closes windows.
    """

    order: float | None = None
    delivery: float | None = None
    outcome: float | None = None
    gap_days: int = 14
    silence: Silence = BY_THE_CLOCK

    @property
    def is_any(self) -> bool:
        """Whether any age of any kind will do."""
        return self.order is None and self.delivery is None and self.outcome is None

    def degraded(self, latest: Latest, days: FactDays, now: int) -> tuple[Degraded, ...]:
        """Name the kinds of facts that are too old or have a gap at ``now``, microseconds since 1970."""
        ages = ages_of(latest, now)
        limits = {"order": self.order, "delivery": self.delivery, "outcome": self.outcome}
        stale = [
            why
            for kind, limit in limits.items()
            if limit is not None and (why := self._stale(kind, ages[kind], limit, getattr(days, kind), now))
        ]
        return (Degraded(CAUSE, "; ".join(stale)),) if stale else ()

    def closing_time(self, latest: Latest, now: int) -> int:
        """The time up to which return windows count as closed (`Latest.closing_time`), as the writer closes them."""
        return latest.closing_time(now, self.silence)

    def _stale(self, kind: str, age: float | None, limit: float, days: Days | None, now: int) -> str:
        """Say why facts of a kind are stale; empty where they are not."""
        if age is None or days is None:
            return f"no {kind} is known"
        if age > limit:
            held = ", and windows that ended since wait for outcomes" if kind == "outcome" else ""
            return f"the latest {kind} is {age:.0f} s old, at most {limit:g} s{held}"
        ordinary = max(self.gap_days, math.ceil(limit / SECONDS_PER_DAY))
        today = now // MICROSECONDS_PER_DAY
        found = [gap for gap in gaps(days, ordinary) if gap.is_open(today)]
        return _of_gap(kind, max(found, key=lambda gap: gap.days)) if found else ""


def _of_gap(kind: str, gap: Gap) -> str:
    since, until = (iso(day * MICROSECONDS_PER_DAY)[:10] for day in (gap.first, gap.last))
    return f"no {kind} is known from {since} to {until}, {gap.days} days, and others have come for less than that since"


ANY_AGE = MaxAge()
