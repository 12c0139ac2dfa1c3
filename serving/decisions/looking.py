"""Brings a scored basket into the form in which a policy looks at it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from data.times import MICROSECONDS_PER_DAY
from features.online_state.order import Order
from serving.decisions.faults import ProductFaults
from serving.scores import BasketScore, ScoredLine
from serving.scoring.scorer import ScoredBaskets
from training.decisions.basket import ScoredBasket, ScoredBasketLine, segment_of
from training.decisions.covariates import ACTED_DAYS
from training.decisions.earlier_reactions import EarlierReactions
from training.products.params import SegmentParams

DRIVERS = 2
"""So many of the factors that raise a score are its drivers for a policy."""


def look(
    order: Order,
    scored: ScoredBaskets,
    faults: ProductFaults,
    segments: SegmentParams,
    acted: tuple[float, ...],
    reacted: EarlierReactions,
) -> ScoredBasket:
    """Give the only basket of ``scored``, which is that of ``order``; ``acted`` and ``reacted``: as it has them."""
    (basket,) = scored.baskets
    features = [dict(zip(scored.names, row, strict=True)) for row in _rows(scored)] or [{}] * len(order.lines)
    facts = scored.facts or [{}] * len(order.lines)
    lines = tuple(
        ScoredBasketLine(
            product_id=line.product_id,
            value_minor=float(line.price_minor * line.quantity),
            probability=score.probability,
            low=score.low,
            high=score.high,
            reasons=None if score.why is None else score.why.reasons,
            basket_share=score.basket_share,
            product_share=score.product_share,
            size=line.size,
            color=line.color,
            category=_text(known, "category"),
            department=_text(known, "department"),
            features=named,
            faults=faults.of(line.product_id),
            expected_cost_minor=score.expected_cost_minor,
        )
        for line, score, named, known in zip(order.lines, basket.lines, features, facts, strict=True)
    )
    segment = segment_of(
        features[0],
        guest=order.customer_id is None,
        recent_days=segments.recent_days,
        lapsing_days=segments.lapsing_days,
        lost_days=segments.lost_days,
        active_orders=segments.active_orders,
    )
    return ScoredBasket(lines, segment, basket.level, acted, reacted)


def days_ago(chosen_at: Iterable[int], now: int) -> tuple[float, ...]:
    """Give how many days ago actions were chosen, as far as that counts; times are in microseconds since 1970."""
    ago = [(now - at) / MICROSECONDS_PER_DAY for at in chosen_at]
    return tuple(days for days in ago if 0 <= days < ACTED_DAYS)


def with_drivers(basket: ScoredBasket, score: BasketScore) -> ScoredBasket:
    """Add the drivers, from the same basket's score with all explanations."""
    pairs = zip(basket.lines, score.lines, strict=True)
    return replace(basket, lines=tuple(replace(line, drivers=_drivers(each)) for line, each in pairs))


def with_sizes(basket: ScoredBasket, sizes: Mapping[int, tuple[str, float]]) -> ScoredBasket:
    """Add the sizes in which lines would come back less, by their places."""
    lines = (replace(line, other_size=sizes.get(place)) for place, line in enumerate(basket.lines))
    return replace(basket, lines=tuple(lines))


def _rows(scored: ScoredBaskets) -> list[list[float]]:
    return [] if scored.features is None else scored.features.tolist()


def _text(facts: Mapping[str, object], name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _drivers(line: ScoredLine) -> tuple[str, ...]:
    if line.why is None or line.why.drivers is None:
        return ()
    return tuple(each.factor for each in line.why.drivers.factors if each.contribution > 0)[:DRIVERS]
