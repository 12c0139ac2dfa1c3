"""How far the facts of the state go, read before a basket is scored."""

from dataclasses import dataclass

from features.online_state.fact_days import FactDays
from features.online_state.records import COUNTED, DAYS, LATEST, Latest, later_of, read_counted, read_days, read_latest
from features.stores.store import Snapshot


@dataclass(frozen=True)
class Known:
    """The latest facts, and the days with facts; ``counted_until``: the latest fact or close that counters hold."""

    latest: Latest
    counted_until: int | None
    days: FactDays


def look(snapshot: Snapshot) -> Known:
    """Read it."""
    times, days, close = snapshot.get([LATEST, DAYS, COUNTED])
    latest = read_latest(times)
    return Known(latest, later_of(latest, read_counted(close)), read_days(days, latest))
