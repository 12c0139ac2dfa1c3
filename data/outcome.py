"""The outcome of an order line, and the time at which it is decided: one rule for labels and counters.

A line's outcome is decided when its return window closes. Before the close, only a return can be known: a line is known
to be *kept* at the close, not earlier. A line comes back by pieces, and from a share of its pieces on it is *returned*.
A line that was cancelled in time has no outcome.
"""

from datetime import datetime
from typing import Annotated, Any, cast

import ibis
import ibis.expr.types as ir
from pydantic import Field

from data.params import Section
from data.times import MICROSECONDS_PER_DAY

TIMESTAMP = "timestamp(6)"
"""The dtype `data.schema.TIME` in Ibis: microseconds without a zone."""

MILLION = 1_000_000

Days = Annotated[int, Field(ge=0, le=3650)]


class OutcomeParams(Section):
    """The section ``outcome`` of params.yaml."""

    return_window_days: Annotated[int, Field(ge=1, le=3650)]
    """Days after delivery in which a return counts."""
    delivery_allowance_days: Days
    """Days from order to delivery that are assumed where the time of delivery is not known."""
    returned_from_share: Annotated[float, Field(ge=0, le=1)]
    """Share of a line's pieces from which on the line counts as returned; 0: from the first piece on."""


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
    decided = _deadline(lines, params)
    if "delivered_at" in lines.columns:
        delivered, window = lines["delivered_at"], ibis.interval(days=params.return_window_days)
        decided = ibis.ifelse(_in_time(lines, params), delivered + window, decided)
    if "closes_at" in lines.columns:
        decided = ibis.coalesce(lines["closes_at"], decided)
    return cast("ir.TimestampColumn", decided)


def delivery_counts(lines: ir.Table, params: OutcomeParams) -> ir.BooleanColumn:
    """Mark the lines whose delivery came in time; where the shop gives the close, any delivery after the order did.

    ``lines``: as for `closes_at`, with ``delivered_at``.
    """
    in_time = _in_time(lines, params)
    if "closes_at" in lines.columns:
        in_time |= lines["delivered_at"].notnull() & lines["closes_at"].notnull()
    return cast("ir.BooleanColumn", in_time & (lines["delivered_at"] >= lines["ordered_at"]))


def _in_time(lines: ir.Table, params: OutcomeParams) -> ir.BooleanValue:
    delivered = lines["delivered_at"]
    return delivered.notnull() & (delivered <= _deadline(lines, params))


def _deadline(lines: ir.Table, params: OutcomeParams) -> ir.TimestampValue:
    delivery, window = (
        ibis.interval(days=each) for each in (params.delivery_allowance_days, params.return_window_days)
    )
    return lines["ordered_at"] + delivery + window


def closes_at_time(ordered_at: int, delivered_at: int | None, given: int | None, params: OutcomeParams) -> int:
    """Find the close of one line: `closes_at` for plain numbers, microseconds since 1970.

    ``given``: the close that the source gives, None where it gives none.
    """
    if given is not None:
        return given
    window = params.return_window_days * MICROSECONDS_PER_DAY
    deadline = ordered_at + params.delivery_allowance_days * MICROSECONDS_PER_DAY + window
    return delivered_at + window if delivered_at is not None and delivered_at <= deadline else deadline


def counts_as_returned(pieces_back: Any, quantity: Any, params: OutcomeParams) -> Any:
    """Whether a line of ``quantity`` pieces is *returned* once ``pieces_back`` of them are back: numbers or columns.

    The share counts in millionths, rounded down, so that whole numbers are compared: tables and single lines always
    agree.
    """
    share = int(params.returned_from_share * MILLION)
    return (pieces_back > 0) & (pieces_back * MILLION >= share * quantity)


def cancelled_in_time(cancelled_at: Any, first_returned_at: Any, closes_at: Any) -> Any:
    """Whether a cancellation counts: known no later than the line's close and its first return; times or columns.

    Point in time: once a piece is back or the window has closed, others have counted the outcome. A later cancellation
    cannot undo what was known then, and so it changes nothing. All three times are present.
    """
    return (cancelled_at <= closes_at) & (cancelled_at <= first_returned_at)


def as_of(lines: ir.Table, returns: ir.Table, known_until: datetime | None = None) -> ir.TimestampScalar:
    """Find the time up to which the tables know events: the latest time in them, null when they hold no time.

    ``known_until`` (UTC, without a zone) is the time at which the tables were written, where that is known: they know
    nothing of what came after it, such as a close that lies ahead.

    It is the latest of ``ordered_at``, ``delivered_at``, ``cancelled_at``, ``returned_at``, and ``closes_at`` where the
    source gives a close: a source that gives a close knows the outcomes up to that time.
    """
    names = [name for name in ("ordered_at", "delivered_at", "cancelled_at", "closes_at") if name in lines.columns]
    latest = lines.aggregate(**{name: lines[name].max() for name in names})
    # Ibis unites only columns of the same nullability: the cast makes all of them nullable.
    times = [latest.select(time=latest[name].cast(TIMESTAMP)) for name in names]
    times.append(returns.aggregate(time=returns["returned_at"].max().cast(TIMESTAMP)))
    found = ibis.union(*times)["time"].max()
    if known_until is not None:
        found = ibis.least(found, ibis.literal(known_until).cast(TIMESTAMP))
    return cast("ir.TimestampScalar", found)


def counting_returns(lines: ir.Table, returns: ir.Table, params: OutcomeParams) -> ir.Table:
    """Find the returns that count: one row a return, in no order.

    A return counts where its line is recorded and was not cancelled, where it is known no later than the line's close,
    and with those of its pieces that the line still has. The returns of a line count by time, then by id.

    Returns
    -------
    ir.Table
        - ``line_id`` (string), ``returned_at`` (timestamp, UTC)
        - ``pieces`` (int64, above 0): the pieces that count.
        - ``pieces_back`` (int64): the line's pieces that are back by then, these included.
        - ``whole`` (bool): whether the line counts as returned by then.
    """
    return _counting(_facts(lines, returns, params), returns, params)


def outcomes(
    lines: ir.Table, returns: ir.Table, params: OutcomeParams, known_until: datetime | None = None
) -> ir.Table:
    """Find the outcome of each line: one row a line, in no order.

    A line is *returned* when so many of its pieces are back by its close as ``params.returned_from_share`` wants; the
    outcome is known at the return that reaches this share. Otherwise the line is *kept*, which is known at the close. A
    return after the close is late and changes nothing. A line whose outcome was never recorded (``outcome_recorded``
    false), or that was cancelled in time (`cancelled_in_time`), never settles. A line that closes after `as_of` has not
    settled yet, unless it has already come back.

    Parameters
    ----------
    lines, returns
        The validated tables.
    known_until
        As `as_of` takes it.

    Returns
    -------
    ir.Table
        - ``line_id`` (string)
        - ``closes_at`` (timestamp, UTC): when the outcome is decided.
        - ``cancelled_at`` (timestamp, null unless cancelled in time): when the line was cancelled.
        - ``returned_at`` (timestamp, null unless returned): when the return was known.
        - ``settled_at`` (timestamp, null while unsettled): when the outcome became known; for counters.
        - ``returned`` (bool, null while unsettled): the outcome; for counters.
        - ``label`` (int8, 1 returned, 0 kept, else null): the outcome of a line whose window has closed. A return
          within an open window is no label yet: the kept lines of the same days lack theirs, and the rate would rise.
        - ``pieces_kept`` (int64, null while the window is open, and without an outcome): the pieces kept at the close.
    """
    facts = _facts(lines, returns, params)
    counting = _counting(facts, returns, params)
    back = counting.group_by("line_id").aggregate(
        pieces_back=counting["pieces"].sum(), back_at=counting["returned_at"].min(where=counting["whole"])
    )
    joined = facts.left_join(back, "line_id").select(*facts.columns, "pieces_back", "back_at")
    known = joined.mutate(
        came_back=joined["back_at"].notnull(),
        closed=joined["counts"] & (joined["closes_at"] <= as_of(lines, returns, known_until)),
    )
    kept_at = ibis.ifelse(known["closed"], known["closes_at"], ibis.null(TIMESTAMP))
    settled = known["came_back"] | known["closed"]
    left = known["quantity"] - ibis.coalesce(known["pieces_back"], 0)
    return known.select(
        "line_id",
        "closes_at",
        "cancelled_at",
        returned_at=known["back_at"],
        settled_at=ibis.coalesce(known["back_at"], kept_at),
        returned=ibis.ifelse(settled, known["came_back"], ibis.null("boolean")),
        label=ibis.ifelse(known["closed"], known["came_back"].cast("int8"), ibis.null("int8")),
        pieces_kept=ibis.ifelse(known["closed"], left, ibis.null("int64")),
    )


def _facts(lines: ir.Table, returns: ir.Table, params: OutcomeParams) -> ir.Table:
    """Give each line's ``quantity``, ``closes_at``, ``cancelled_at`` in time, and whether it ``counts``.

    A line counts unless its outcome was never recorded or it was cancelled in time.
    """
    recorded = _recorded(lines)
    own = lines.select("line_id", "quantity", closes_at=closes_at(lines, params), counts=recorded)
    if "cancelled_at" not in lines.columns:
        return own.mutate(cancelled_at=ibis.null(TIMESTAMP))
    first = returns.group_by("line_id").aggregate(first_returned_at=returns["returned_at"].min())
    own = lines.select("line_id", "quantity", "cancelled_at", closes_at=closes_at(lines, params), recorded=recorded)
    joined = own.left_join(first, "line_id").select(*own.columns, "first_returned_at")
    closes, earliest = joined["closes_at"], ibis.coalesce(joined["first_returned_at"], joined["closes_at"])
    in_time = ibis.coalesce(cancelled_in_time(joined["cancelled_at"], earliest, closes), False)
    return joined.select(
        "line_id",
        "quantity",
        "closes_at",
        counts=joined["recorded"] & ~in_time,
        cancelled_at=ibis.ifelse(in_time, joined["cancelled_at"], ibis.null(TIMESTAMP)),
    )


def _counting(facts: ir.Table, returns: ir.Table, params: OutcomeParams) -> ir.Table:
    """`counting_returns`, from the facts of the lines."""
    joined = returns.select("return_id", "line_id", "returned_at", sent=returns["quantity"]).inner_join(
        facts, "line_id"
    )
    known = joined.filter(joined["counts"] & (joined["returned_at"] <= joined["closes_at"]))
    order = [known["returned_at"], known["return_id"]]
    sent = known["sent"].sum().over(ibis.cumulative_window(group_by="line_id", order_by=order))
    summed = known.mutate(so_far=sent.cast("int64"))
    by_now = ibis.least(summed["so_far"], summed["quantity"])
    by_then = ibis.least(summed["so_far"] - summed["sent"], summed["quantity"])
    found = summed.select(
        "line_id",
        "returned_at",
        pieces=by_now - by_then,
        pieces_back=by_now,
        whole=counts_as_returned(by_now, summed["quantity"], params),
    )
    return found.filter(found["pieces"] > 0)


def _recorded(lines: ir.Table) -> ir.Value:
    """Give false where the source marks the outcome as never recorded; a missing value counts as recorded."""
    if "outcome_recorded" not in lines.columns:
        return ibis.literal(True)
    return ibis.coalesce(lines["outcome_recorded"], True)
