"""Refuses baskets of the past: the state knows its latest counters, and can't answer as of an earlier time.

Counters of today under a date of last month would give a score that nobody could have had then, with ages below zero.
"""

from collections.abc import Sequence

from data.times import iso
from serving.http.field_problems import SHOWN, pointer
from serving.http.problems import FieldProblem, ProblemError, ProblemKind
from serving.http.service import Service
from serving.http.wire.requests.baskets import Basket

Place = tuple[int | str, ...]


def refuse(baskets: Sequence[tuple[Place, Basket]], service: Service, now: int) -> None:
    """Refuse baskets whose time lies too far before the latest fact that the state knows.

    ``baskets``: each with its place in the request. A fact ahead of the clock counts as one of ``now`` (microseconds
    since 1970, UTC): it stops no basket of now.

    Raises
    ------
    ProblemError
        It has the first such baskets, and says how far back the state can answer.
    """
    tolerance = int(service.settings.past_tolerance_seconds * 1e6)
    given = [(place, basket.ordered_at) for place, basket in baskets if basket.ordered_at is not None]
    old = [(place, at) for place, at in given if at < now - tolerance]
    latest = service.parts.scoring.latest_fact() if old else None
    if latest is None:
        return
    earliest = min(latest, now) - tolerance
    wrong = [
        FieldProblem(pointer=pointer((*place, "ordered_at")), expected=f"from {iso(earliest)} on", found=iso(at))
        for place, at in old
        if at < earliest
    ]
    if wrong:
        until, since = iso(min(latest, now)), iso(earliest)
        detail = (
            f"the state knows facts until {until}, and can't answer as of a time before {since}; leave ordered_at out"
        )
        detail += " to score as of now"
        raise ProblemError(ProblemKind.INVALID, detail, wrong[:SHOWN])
