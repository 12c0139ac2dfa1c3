"""What happens to all lines, in the order of time: the events that counters count, and the scorings that read them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from data.arrays import Bools, Floats, Ints
from data.times import MICROSECONDS_PER_DAY
from features.language.nodes import ASKED_AT, PIECES_VALUE, LineEvent
from features.offline.local.arrays import Codes, LineArrays


class What(IntEnum):
    """What happens to a line at a moment. A scoring comes before all events of its moment: it knows none of these."""

    ASKED = 0
    ORDERED = 1
    RETURNED = 2
    KEPT = 3
    CANCELLED = 4
    PIECES_RETURNED = 5
    PIECES_KEPT = 6


EVENTS = {
    LineEvent.ORDERED: What.ORDERED,
    LineEvent.RETURNED: What.RETURNED,
    LineEvent.KEPT: What.KEPT,
    LineEvent.CANCELLED: What.CANCELLED,
    LineEvent.PIECES_RETURNED: What.PIECES_RETURNED,
    LineEvent.PIECES_KEPT: What.PIECES_KEPT,
}


@dataclass(frozen=True)
class Moments:
    """Rows in the order of time, shape (rows,) each.

    ``line``: the number of the line, int32. ``what``: a code of `What`, int8. ``time``: microseconds since 1970, int64:
    of an event, when it becomes visible; of a scoring, its own. ``amount``: the value of the pieces of an event of
    pieces, else 0. ``asked``: how many rows there are up to the scoring of each line, itself included, shape (lines,);
    empty without scorings.
    """

    line: Codes
    what: npt.NDArray[np.int8]
    time: Ints
    amount: Floats
    asked: Ints


@dataclass(frozen=True)
class _Happened:
    line: Codes
    what: npt.NDArray[np.int8]
    time: Ints
    amount: Floats


def happened(lines: LineArrays, returns: pa.Table, *, asked: bool) -> "_Happened":
    """List all events of ``lines``, in no order; with ``asked`` their scorings, too.

    Parameters
    ----------
    returns
        The returns that count, as `features.offline.lines.TableLines` has them.
    """
    returned = lines.number("returned")
    outcome = np.where(returned == 1, What.RETURNED, What.KEPT).astype(np.int8)
    parts = [
        *([events_at(lines, ASKED_AT.name, What.ASKED)] if asked else []),
        events_at(lines, "ordered_at", What.ORDERED),
        events_at(lines, "settled_at", outcome),
        *([events_at(lines, "cancelled_at", What.CANCELLED)] if lines.has("cancelled_at") else []),
        events_at(lines, "pieces_kept_at", What.PIECES_KEPT, lines.number(PIECES_VALUE)),
        _back(lines, returns),
    ]
    return _Happened(
        np.concatenate([each.line for each in parts]),
        np.concatenate([each.what for each in parts]),
        np.concatenate([each.time for each in parts]),
        np.concatenate([each.amount for each in parts]),
    )


def in_order(rows: _Happened, lines: int, *, daily: bool) -> Moments:
    """Put the rows in order; ``daily``: events and scorings count from the start of their day.

    Rows of one moment stand in the order of their kinds and lines.
    """
    visible = rows.time - rows.time % MICROSECONDS_PER_DAY if daily else rows.time
    order = np.argsort(2 * visible + ~scored_first(rows.what), kind="stable")
    what = rows.what[order]
    time = np.where(what == What.ASKED, rows.time[order], visible[order])
    line = rows.line[order]
    scorings = np.flatnonzero(what == What.ASKED)
    asked = np.empty(lines if len(scorings) else 0, dtype=np.int64)
    asked[line[scorings]] = scorings + 1
    return Moments(line, what, time, rows.amount[order], asked)


def scored_first(what: npt.NDArray[np.int8]) -> Bools:
    """Whether each row comes before the others of its moment: scorings, which know none of these."""
    return np.asarray(what == What.ASKED, dtype=np.bool_)


def events_at(
    lines: LineArrays, name: str, what: int | npt.NDArray[np.int8], amount: Floats | None = None
) -> _Happened:
    """List what happens to each line at the time in a column; ``what``: to all lines, or to each."""
    at = lines.number(name)
    line = np.flatnonzero(~np.isnan(at)).astype(np.int32)
    kind = np.full(len(line), what, dtype=np.int8) if isinstance(what, int) else what[line]
    return _Happened(line, kind, at[line].astype(np.int64), np.zeros(len(line)) if amount is None else amount[line])


def _back(lines: LineArrays, returns: pa.Table) -> _Happened:
    found = returns.sort_by([("piece_returned_at", "ascending"), ("line_no", "ascending"), ("pieces", "ascending")])
    line = found["line_no"].to_numpy().astype(np.int32)
    amount = lines.number("price_minor")[line] * found["pieces"].to_numpy()
    what = np.full(len(line), What.PIECES_RETURNED, dtype=np.int8)
    return _Happened(line, what, found["piece_returned_at"].to_numpy().astype(np.int64), amount)
