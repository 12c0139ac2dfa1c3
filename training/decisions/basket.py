"""What a policy looks at: a scored basket, and what is known of its customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import Final

from data.schema import Reason
from training.decisions.earlier_reactions import EarlierReactions
from training.decisions.policy import Segment

SEGMENT_FEATURES: Final = ("customer_orders", "customer_days_since_order", "customer_days_since_first_order")
"""The features by which a customer's segment is told."""


@dataclass(frozen=True, slots=True)
class ScoredBasketLine:
    """One line: its value (price times quantity, minor units), its score, and what the score knows of it.

    ``reasons``: P(returned for the reason), which add up to ``probability``; None where the shop records none.
    ``basket_share`` and ``product_share``: the shares of the interval's variance that lines of the basket, and of the
    product in it, have in common. ``features``: by name, NaN where missing. ``drivers``: the two factors that raise
    the score most. ``other_size``: the size in which the line would come back least, with its probability then; None
    where none is known, or none was looked for. ``faults``: the excess reasons that the product report finds.
    ``expected_cost_minor``: what its return is expected to cost by the score alone, in minor units; NaN where unknown.
    """

    product_id: str
    value_minor: float
    probability: float
    low: float
    high: float
    reasons: Mapping[str, float] | None = None
    basket_share: float = 1.0
    product_share: float = 0.0
    size: str | None = None
    color: str | None = None
    category: str | None = None
    department: str | None = None
    features: Mapping[str, float] = field(default_factory=dict)
    drivers: tuple[str, ...] = ()
    other_size: tuple[str, float] | None = None
    faults: frozenset[Reason] = frozenset()
    expected_cost_minor: float = nan


@dataclass(frozen=True, slots=True)
class ScoredBasket:
    """The lines of a basket, at least one. ``level``: of the scores' intervals; None without: then nothing is done.

    ``acted``: how many days ago an action was chosen for the customer, for each one within
    `training.decisions.covariates.ACTED_DAYS`; None where unknown. ``reacted``: how the customer took what was shown
    before; None where unknown.
    """

    lines: tuple[ScoredBasketLine, ...]
    segment: Segment
    level: float | None
    acted: tuple[float, ...] | None = None
    reacted: EarlierReactions | None = None


def segment_of(
    features: Mapping[str, float], *, guest: bool, recent_days: float, lapsing_days: float, lost_days: float,
    active_orders: float,
) -> Segment:  # fmt: skip
    """Give the segment of a customer from features of any line of the basket.

    The features tell how many orders a customer placed, and not how many of them within ``lost_days``, as the product
    report counts: an active customer may be one whose orders are older.
    """
    if guest:
        return Segment.GUEST
    orders, since, first = (features.get(name, 0.0) for name in SEGMENT_FEATURES)
    if not orders > 0:
        return Segment.NEW
    if since >= lost_days:
        return Segment.LOST
    if since >= lapsing_days:
        return Segment.LAPSING
    if first < recent_days:
        return Segment.NEW
    return Segment.ACTIVE if orders >= active_orders else Segment.OCCASIONAL
