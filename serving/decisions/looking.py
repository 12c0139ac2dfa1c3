"""Brings a scored basket into the form in which a policy looks at it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from data.times import MICROSECONDS_PER_DAY
from features.online_state.order import Order
from serving.decisions.faults import ProductFaults
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
    wanted: frozenset[str],
) -> ScoredBasket:
    """Give the only basket of ``scored``, which is that of ``order``.

    ``acted`` and ``reacted``: as the basket has them. ``wanted``: the features that a policy may look at; others are
    left out.
    """
    (basket,) = scored.baskets
    features = _features(scored, wanted) or [{}] * len(order.lines)
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


def with_drivers(basket: ScoredBasket, raising: Sequence[Sequence[str]]) -> ScoredBasket:
    """Add the drivers; ``raising``: by line, the factors that raise its score, the strongest first. Empty: unknown."""
    pairs = zip(basket.lines, raising or [()] * len(basket.lines), strict=True)
    return replace(basket, lines=tuple(replace(line, drivers=tuple(each[:DRIVERS])) for line, each in pairs))


def with_sizes(basket: ScoredBasket, sizes: Mapping[int, tuple[str, float]]) -> ScoredBasket:
    """Add the sizes in which lines would come back less, by their places."""
    lines = (replace(line, other_size=sizes.get(place)) for place, line in enumerate(basket.lines))
    return replace(basket, lines=tuple(lines))


def _features(scored: ScoredBaskets, wanted: frozenset[str]) -> list[dict[str, float]]:
    """The ``wanted`` features of each line, by name, as far as the model has them."""
    if scored.features is None:
        return []
    names, places = _places(scored.names, wanted)
    return [dict(zip(names, row, strict=True)) for row in scored.features[:, places].tolist()]


@lru_cache(maxsize=8)
def _places(names: tuple[str, ...], wanted: frozenset[str]) -> tuple[list[str], list[int]]:
    found = [(name, place) for place, name in enumerate(names) if name in wanted]
    return [name for name, _ in found], [place for _, place in found]


def _text(facts: Mapping[str, object], name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None
