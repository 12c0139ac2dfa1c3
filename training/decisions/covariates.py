"""The covariates of a basket: what is known of it before the draw, and so may explain what an action did.

Nothing here depends on what was drawn for this basket, or on what came of it. What was chosen for the unit before
belongs to them: effects wear off.
"""

from collections.abc import Sequence
from math import isnan, nan
from typing import Final

from data.schema import REASON_GROUPS
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.earlier_reactions import REACTED_DAYS, USUAL_SHARE, WEIGHT
from training.decisions.policy import Segment

ACTED_DAYS: Final = 90
"""So far back reaches what was chosen for a unit before."""
CUSTOMER_FEATURES: Final = (
    "customer_orders",
    "customer_lines",
    "customer_spend_minor",
    "customer_settled_lines",
    "customer_open_lines",
    "customer_return_rate",
    "customer_return_rate_180d",
    "customer_returned_value_share",
    "customer_tenure_days",
    "customer_days_since_first_order",
    "customer_days_since_order",
    "customer_days_since_return",
)
"""Features of the customer, as the catalog has them; NaN for a guest, and where the model has none of the name."""
DISCOUNT: Final = "discount_share"
OF_BASKETS: Final = frozenset((*CUSTOMER_FEATURES, DISCOUNT))
"""The features of the catalog that covariates are made from."""
NAMES: Final = (
    "value_minor",
    "return_cost_minor",
    "returns",
    "line_count",
    "highest_probability",
    "highest_probability_width",
    *(f"returns_{group}" for group in REASON_GROUPS),
    "bracket_lines",
    DISCOUNT,
    *(f"segment_{segment.value}" for segment in Segment),
    *CUSTOMER_FEATURES,
    "actions_before",
    "days_since_action",
    "shown_before",
    "dismissed_before",
    "dismissed_share",
)
"""The names, in their order."""
ABOUT_CUSTOMERS: Final = (
    *(f"segment_{segment.value}" for segment in Segment),
    *CUSTOMER_FEATURES,
    "shown_before",
    "dismissed_before",
    "dismissed_share",
)
"""Those that are about the customer and not about the basket: pooled effects are learned from them."""
MEANINGS: Final = {
    "value_minor": "value of the basket, minor units",
    "return_cost_minor": "cost of its returns that the score lets expect, minor units",
    "returns": "lines expected back",
    "line_count": "lines",
    "highest_probability": "highest P(returned) of a line",
    "highest_probability_width": "width of that line's interval",
    **{f"returns_{group}": f"lines expected back for reasons of the group {group}" for group in REASON_GROUPS},
    "bracket_lines": "lines of whose product another size or color is in the basket",
    DISCOUNT: "mean discount as a share of the list price, weighed by value, of the lines where it is known",
    **{f"segment_{segment.value}": f"1 where the customer is {segment.value}, else 0" for segment in Segment},
    **dict.fromkeys(CUSTOMER_FEATURES, "the feature of this name"),
    "actions_before": f"actions chosen for the customer within {ACTED_DAYS} days before",
    "days_since_action": "days since the latest of them; unknown without one",
    "shown_before": f"actions that were shown to the customer, decided within {REACTED_DAYS} days before",
    "dismissed_before": "those of them that the customer closed",
    "dismissed_share": f"their share, drawn towards {USUAL_SHARE:g} as if {WEIGHT:g} more had been shown",
}


_SEGMENTS: Final = {own: [float(segment is own) for segment in Segment] for own in Segment}
_GROUP_OF: Final = {reason.value: group for group, reasons in REASON_GROUPS.items() for reason in reasons}


def covariates_of(basket: ScoredBasket) -> dict[str, float]:
    """Give the covariates `NAMES` of ``basket``, in their order, NaN where unknown."""
    return dict(zip(NAMES, _values(basket), strict=True))


def _values(basket: ScoredBasket) -> list[float]:
    lines, acted, reacted = basket.lines, basket.acted, basket.reacted
    highest = max(lines, key=lambda line: line.probability)
    known = {} if basket.segment is Segment.GUEST else lines[0].features
    return [
        sum(line.value_minor for line in lines),
        sum(line.expected_cost_minor for line in lines),
        sum(line.probability for line in lines),
        float(len(lines)),
        highest.probability,
        nan if basket.level is None else highest.high - highest.low,
        *_by_group(lines),
        float(_bracketed(lines)),
        _discount(lines),
        *_SEGMENTS[basket.segment],
        *[known.get(name, nan) for name in CUSTOMER_FEATURES],
        nan if acted is None else float(len(acted)),
        min(acted) if acted else nan,
        *([nan] * 3 if reacted is None else [reacted.shown, reacted.dismissed, reacted.dismissed_share]),
    ]


def _by_group(lines: Sequence[ScoredBasketLine]) -> list[float]:
    sums = dict.fromkeys(REASON_GROUPS, 0.0)
    for line in lines:
        for reason, chance in ({} if line.reasons is None else line.reasons).items():
            sums[_GROUP_OF[reason]] += chance
    return list(sums.values()) if all(line.reasons is not None for line in lines) else [nan] * len(sums)


def _bracketed(lines: Sequence[ScoredBasketLine]) -> int:
    """Count the lines of whose product there is another size or color."""
    same: dict[str, list[ScoredBasketLine]] = {}
    for line in lines:
        same.setdefault(line.product_id, []).append(line)
    several = [own for own in same.values() if len(own) > 1]
    return sum(
        len(own) for own in several
        if len({each.size for each in own} - {None}) > 1 or len({each.color for each in own} - {None}) > 1
    )  # fmt: skip


def _discount(lines: Sequence[ScoredBasketLine]) -> float:
    known = [(line.features.get(DISCOUNT, nan), line.value_minor) for line in lines]
    known = [(share, value) for share, value in known if not isnan(share) and value > 0]
    total = sum(value for _, value in known)
    return sum(share * value for share, value in known) / total if total else nan
