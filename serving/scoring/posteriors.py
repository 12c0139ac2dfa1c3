"""The age of the posteriors: how far the facts of the state have gone on since they were learned.

No event moves them. They go on counting as they were, which costs little within a month, until the state is renewed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from data.times import MICROSECONDS_PER_DAY, iso
from features.catalog import is_posterior
from features.online_state.records import StateAbout
from serving.scores import Degraded

CAUSE = "posteriors"


@dataclass(frozen=True)
class ServedPosteriors:
    """The posteriors of the served state.

    ``features``: gives the names of those that the served model reads; a model without posteriors has none of them.
    ``about``: gives what the state was built from, None before it was read. ``latest_fact``: gives the time of its
    latest fact. ``max_age_days``: the most days that this may be after the time as of which the posteriors hold.
    """

    features: Callable[[], Iterable[str]]
    about: Callable[[], StateAbout | None]
    latest_fact: Callable[[], int | None]
    max_age_days: int

    def as_of(self) -> int | None:
        """The time (microseconds since 1970, UTC) before which outcomes are known to them; None without posteriors."""
        about = self.about() if any(map(is_posterior, self.features())) else None
        return None if about is None or about.learned_day is None else about.learned_day * MICROSECONDS_PER_DAY

    def trouble(self) -> Degraded | None:
        """Say that they are too old; None where they are not, and where there are none."""
        as_of = self.as_of()
        latest = None if as_of is None else self.latest_fact()
        if as_of is None or latest is None or latest - as_of <= self.max_age_days * MICROSECONDS_PER_DAY:
            return None
        return Degraded(CAUSE, f"the posteriors know outcomes until {iso(as_of)} alone; run make level")
