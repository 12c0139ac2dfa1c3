"""Launch dates in events: those that the validation of tables refuses are refused here, too.

What a `product_changed` says is exported into the tables; facts within an order are not. A launch that
`validation.latest` of params.yaml rules out would take the whole row of the product out of the next run. A date of the
past, or of now, is never refused: the parameter may be older than the service's day.
"""

from collections.abc import Iterable

from data.times import AHEAD, iso
from serving.http.field_problems import SHOWN, pointer
from serving.http.problems import FieldProblem, ProblemError, ProblemKind
from serving.http.wire.requests.events import Event
from serving.http.wire.requests.facts import ProductChanged

Place = tuple[int | str, ...]


def check(events: Iterable[tuple[Place, Event]], latest: int, now: int) -> None:
    """Refuse launch dates that lie more than a day ahead of ``now``, and not before ``latest``.

    Parameters
    ----------
    events
        Each with its place in the request.
    latest, now
        Microseconds since 1970, UTC.

    Raises
    ------
    ProblemError
        It has the first of them.
    """
    end = max(latest, now + AHEAD)
    wrong = [
        FieldProblem(
            pointer=pointer((*place, "launched_at")), expected=f"a time before {iso(end)}", found=iso(event.launched_at)
        )
        for place, event in events
        if isinstance(event, ProductChanged) and event.launched_at is not None and event.launched_at >= end
    ]
    if wrong:
        several = "1 launch lies" if len(wrong) == 1 else f"{len(wrong)} launches lie"
        detail = f"{several} beyond validation.latest of params.yaml: the tables of the next run would lose the product"
        raise ProblemError(ProblemKind.INVALID, detail, wrong[:SHOWN])
