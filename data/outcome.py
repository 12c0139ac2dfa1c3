"""The outcome of an order line, and the time at which it is decided: one rule for labels and counters.

A line's outcome is decided when its return window closes. Before the close, only a return can be known: a line is known
to be *kept* at the close, not earlier.
"""

from typing import Annotated, cast

import ibis
import ibis.expr.types as ir
from pydantic import Field

from data.params import Section
from data.times import MICROSECONDS_PER_DAY

TIMESTAMP = "timestamp(6)"
"""The dtype `data.schema.TIME` in Ibis: microseconds without a zone."""

Days = Annotated[int, Field(ge=0, le=3650)]


class OutcomeParams(Section):
    """The section ``outcome`` of params.yaml."""

    return_window_days: Annotated[int, Field(ge=1, le=3650)]
    """Days after delivery in which a return counts."""
    delivery_allowance_days: Days
    """Days from order to delivery that are assumed where the time of delivery is not known."""


def closes_at(lines: ir.Table, params: OutcomeParams) -> ir.TimestampColumn:
    """Find the close of each line: the time at which its outcome is decided.

    Where the source gives a close, that close counts, unchecked. Elsewhere, with
    ``deadline = ordered_at + delivery_allowance_days + return_window_days``, the close is
    ``delivered_at + return_window_days`` for a line delivered by its deadline, and the deadline for every other line.
    Point in time: a close never depends on a later fact, because a delivery after the deadline does not count.

    Parameters
    ----------
    lines
        Order lines: ``ordered_at``, and ``delivered_at`` and ``closes_at`` where the source has them (all may be null).
    """
    window = ibis.interval(days=params.return_window_days)
    deadline = lines["ordered_at"] + ibis.interval(days=params.delivery_allowance_days) + window
    decided = deadline
    if "delivered_at" in lines.columns:
        delivered = lines["delivered_at"]
        in_time = delivered.notnull() & (delivered <= deadline)
        decided = ibis.ifelse(in_time, delivered + window, deadline)
    if "closes_at" in lines.columns:
        decided = ibis.coalesce(lines["closes_at"], decided)
    return cast("ir.TimestampColumn", decided)


def closes_at_time(ordered_at: int, delivered_at: int | None, given: int | None, params: OutcomeParams) -> int:
    """Find the close of one line: `closes_at` for plain numbers, microseconds since 1970.

    ``given``: the close that the source gives, None where it gives none.
    """
    if given is not None:
        return given
    window = params.return_window_days * MICROSECONDS_PER_DAY
    deadline = ordered_at + params.delivery_allowance_days * MICROSECONDS_PER_DAY + window
    return delivered_at + window if delivered_at is not None and delivered_at <= deadline else deadline


def as_of(lines: ir.Table, returns: ir.Table) -> ir.TimestampScalar:
    """Find the time up to which the tables know events: the latest time in them, null when they hold no time.

    It is the latest of ``ordered_at``, ``delivered_at``, ``returned_at``, and ``closes_at`` where the source gives a
    close: a source that gives a close knows the outcomes up to that time.
    """
    names = [name for name in ("ordered_at", "delivered_at", "closes_at") if name in lines.columns]
    latest = lines.aggregate(**{name: lines[name].max() for name in names})
    # Ibis unites only columns of the same nullability: the cast makes all of them nullable.
    times = [latest.select(time=latest[name].cast(TIMESTAMP)) for name in names]
    times.append(returns.aggregate(time=returns["returned_at"].max().cast(TIMESTAMP)))
    return cast("ir.TimestampScalar", ibis.union(*times)["time"].max())


def outcomes(lines: ir.Table, returns: ir.Table, params: OutcomeParams) -> ir.Table:
    """Find the outcome of each line: one row a line, in no order.

    A line is *returned* when its first return is known no later than its close; the outcome is known at that return.
    Otherwise the line is *kept*, which is known at the close. A return after the close is late and changes nothing. A
    line whose outcome was never recorded (``outcome_recorded`` false) never settles. A line that closes after `as_of`
    has not settled yet, unless it has already come back.

    Parameters
    ----------
    lines, returns
        The validated tables.

    Returns
    -------
    ir.Table
        - ``line_id`` (string)
        - ``closes_at`` (timestamp, UTC): when the outcome is decided.
        - ``returned_at`` (timestamp, null unless returned): when the return was known.
        - ``settled_at`` (timestamp, null while unsettled): when the outcome became known; for counters.
        - ``returned`` (bool, null while unsettled): the outcome; for counters.
        - ``label`` (int8, 1 returned, 0 kept, else null): the outcome of a line whose window has closed. A return
          within an open window is no label yet: the kept lines of the same days lack theirs, and the rate would rise.
    """
    first = returns.group_by("line_id").aggregate(first_returned_at=returns["returned_at"].min())
    closed = lines.select("line_id", closes_at=closes_at(lines, params), recorded=_recorded(lines))
    joined = closed.left_join(first, "line_id").select("line_id", "closes_at", "recorded", "first_returned_at")
    known = joined.mutate(
        came_back=joined["recorded"] & ibis.coalesce(joined["first_returned_at"] <= joined["closes_at"], False),
        closed=joined["recorded"] & (joined["closes_at"] <= as_of(lines, returns)),
    )
    returned_at = ibis.ifelse(known["came_back"], known["first_returned_at"], ibis.null(TIMESTAMP))
    kept_at = ibis.ifelse(known["closed"], known["closes_at"], ibis.null(TIMESTAMP))
    settled = known["came_back"] | known["closed"]
    return known.select(
        "line_id",
        "closes_at",
        returned_at=returned_at,
        settled_at=ibis.coalesce(returned_at, kept_at),
        returned=ibis.ifelse(settled, known["came_back"], ibis.null("boolean")),
        label=ibis.ifelse(known["closed"], known["came_back"].cast("int8"), ibis.null("int8")),
    )


def _recorded(lines: ir.Table) -> ir.Value:
    """Give false where the source marks the outcome as never recorded; a missing value counts as recorded."""
    if "outcome_recorded" not in lines.columns:
        return ibis.literal(True)
    return ibis.coalesce(lines["outcome_recorded"], True)
