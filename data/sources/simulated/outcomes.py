"""Outcomes of lines: time of delivery, kept or returned, and time, cause and pieces of a return."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.schema import Reason
from data.sources.simulated import catalogue
from data.sources.simulated.brackets import Brackets
from data.sources.simulated.causes import ROW, Causes
from data.sources.simulated.lines import Lines
from data.sources.simulated.orders import Orders
from data.sources.simulated.seasons import DAY
from data.sources.simulated.shop import Shop
from data.sources.simulated.terms import late_probability

MAX_DELIVERY_DAYS = 20
"""Latest day of a delivery, counted from the day of the order. It must be less than the days after which an order
without a delivery counts as never delivered (`outcome.return_window_days` + `outcome.delivery_allowance_days`)."""
NEVER = np.iinfo(np.int64).min
"""Marks a missing time; the same number as a missing time of NumPy and Arrow."""
_DETAIL_MISSING = 0.25


@dataclass(frozen=True)
class Outcomes:
    """One row a line. Times are seconds since 1970 UTC, `NEVER` where it did not happen."""

    delivered: Ints
    returned: Ints
    cause: Ints
    """Row of the true cause in a table of causes; meaningless for kept lines. ``detail``: place in `details`."""
    detail: Ints
    """-1 where none was recorded."""
    quantity: Ints
    """Pieces that came back."""


def outcomes_of(shop: Shop, orders: Orders, lines: Lines, causes: Causes, brackets: Brackets) -> Outcomes:
    """Draw the outcomes of the lines with exactly the probabilities of `causes.truth_of`."""
    draws = shop.draws
    is_late = draws.happens("order/late", orders.number, late_probability(shop, orders))
    lost = draws.happens("order/undelivered", orders.number, shop.params.undelivered_share)
    delivered = np.where(lost, NEVER, _delivered(shop, orders, is_late))[lines.order]
    against = _chosen_against(shop, lines, brackets)
    late_hazard = np.where(is_late[lines.order], causes.late_hazard, 0.0)
    total = causes.hazards.sum(axis=0) + late_hazard
    comes_back = against | draws.happens("line/returned", lines.index, -np.expm1(-total))
    returned = np.where(comes_back & (delivered != NEVER), _returned(shop, lines, delivered), NEVER)
    weights = np.where(against, brackets.bracket_causes, causes.hazards)
    weights[ROW[Reason.ARRIVED_LATE]] = np.where(against, 0.0, late_hazard)
    cause = _cause(shop, lines, weights)
    pieces = 1 + np.floor(lines.quantity * draws.uniform("line/pieces", lines.index)).astype(np.int64)
    all_back = draws.happens("line/all_pieces", lines.index, 0.6)
    return Outcomes(
        delivered=delivered,
        returned=returned,
        cause=cause,
        detail=_detail(shop, lines, cause),
        quantity=np.where(all_back, lines.quantity, np.minimum(pieces, lines.quantity)),
    )


def details() -> tuple[str, ...]:
    """All finer reasons, in blocks by cause and department; see `_detail`."""
    return tuple(code for cause in catalogue.CAUSES for codes in catalogue.DETAILS[cause] for code in codes)


def _delivered(shop: Shop, orders: Orders, is_late: Bools) -> Ints:
    """Draw times of delivery: 1 to 5 days when on time; late ones have a long tail up to `MAX_DELIVERY_DAYS`."""
    reach = shop.draws.uniform("order/delivery", orders.number)
    on_time = 1.0 + np.floor(4.5 * reach**1.7)
    tail = 6.0 + np.floor(-4.0 * np.log(reach))
    days = np.minimum(np.where(is_late, tail, on_time), MAX_DELIVERY_DAYS).astype(np.int64)
    hours = 8.0 + 11.0 * shop.draws.uniform("order/delivery_hour", orders.number)
    return (orders.time // DAY + days) * DAY + np.floor(hours * 3600.0).astype(np.int64)


def _chosen_against(shop: Shop, lines: Lines, brackets: Brackets) -> Bools:
    """Where at most one line of a bracket is kept, all lines but the preferred one come back.

    Gumbel-max: the preferred line has the largest sum of log weight and Gumbel noise, so it is drawn by its weight.
    """
    draws = shop.draws
    one = draws.happens("item/one_is_kept", lines.item, brackets.one_is_kept)
    score = brackets.preference - np.log(-np.log(draws.uniform("line/preference", lines.index)))
    count = np.diff(np.append(lines.starts, len(score)))
    return np.asarray(one & (score < np.repeat(np.maximum.reduceat(score, lines.starts), count)), dtype=np.bool_)


def _returned(shop: Shop, lines: Lines, delivered: Ints) -> Ints:
    """Draw the times of returns within the window: by the customer's own pace, and never at the time of delivery."""
    window = shop.params.return_window_days * DAY
    own = shop.customers.lateness[lines.customer]
    share = 0.08 + 0.92 * (0.45 * own + 0.55 * shop.draws.uniform("line/return_delay", lines.index))
    return delivered + np.minimum(np.floor(share * window), window - 1).astype(np.int64)


def _cause(shop: Shop, lines: Lines, weights: Floats) -> Ints:
    """Draw the cause in proportion to its weight, one row a cause."""
    cumulative = np.cumsum(weights, axis=0)
    target = shop.draws.uniform("line/cause", lines.index) * cumulative[-1]
    return np.asarray((cumulative <= target).sum(axis=0), dtype=np.int64)


def _detail(shop: Shop, lines: Lines, cause: Ints) -> Ints:
    """Draw a finer reason; with probability 0.6 it is the usual one of this product."""
    counts = np.array([[len(codes) for codes in catalogue.DETAILS[c]] for c in catalogue.CAUSES])
    first = (np.cumsum(counts) - counts.ravel()).reshape(counts.shape)
    department = shop.products.department[lines.product]
    known_for = shop.draws.uniform("product/detail", lines.product * 64 + cause)
    other = shop.draws.uniform("line/detail", lines.index)
    usual = shop.draws.happens("line/usual_detail", lines.index, 0.6)
    place = np.floor(np.where(usual, known_for, other) * counts[cause, department]).astype(np.int64)
    missing = shop.draws.happens("line/detail_missing", lines.index, _DETAIL_MISSING)
    return np.where(missing, -1, first[cause, department] + place)
