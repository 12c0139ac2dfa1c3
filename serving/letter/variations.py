"""How the result would change: the order with something of the person's data changed, each scored as any order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from features.online_state.order import Order
from serving.scores import Explain
from serving.scoring.scorer import ScoredBaskets

FIELDS: Final = ("payment_method", "channel", "region", "voucher_used")
"""Fields of an order that its lines share."""
GUEST, WITHOUT, WITH, WITH_NEW, ALONE = "guest", "without_field", "with_field", "with_new_field", "alone"
"""`WITH_NEW`: a value for a field that the order left out."""


class Scores(Protocol):
    """Scores orders, as `serving.scoring.scorer.Scorer` does."""

    def score(self, orders: Sequence[Order], now: int, explain: Explain = Explain.NONE, /) -> ScoredBaskets:
        """Score each of ``orders``."""


@dataclass(frozen=True)
class Variation:
    """The order with one change. ``kind``: a key of the texts; ``values``: what the text names.

    ``places``: the place in the order as it was of each line of ``order``.
    """

    kind: str
    values: Mapping[str, Any]
    order: Order
    places: tuple[int, ...]


@dataclass(frozen=True)
class Varied:
    """A variation, and the probability of each of its lines, by the line's place in the order as it was."""

    variation: Variation
    probabilities: Mapping[int, float]


def variations(order: Order, instead: Mapping[str, Any]) -> Iterator[Variation]:
    """Change what is known of the person and the order: no account, each field unknown, other values, an item alone.

    ``instead``: values that were asked for, by the name of a field of `FIELDS`.
    """
    every = tuple(range(len(order.lines)))
    if order.customer_id is not None or order.customer is not None:
        yield Variation(GUEST, {}, replace(order, customer_id=None, customer=None), every)
    for name in FIELDS:
        now = getattr(order, name)
        if now is not None:
            yield Variation(WITHOUT, {"field": name}, _with(order, name, None), every)
        if name in instead and instead[name] != now:
            values = {"field": name, "value": instead[name]}
            kind = WITH_NEW if now is None else WITH
            yield Variation(
                kind, values if now is None else values | {"now": now}, _with(order, name, instead[name]), every
            )
    if len(order.lines) > 1:
        for place, line in enumerate(order.lines):
            yield Variation(ALONE, {"number": place + 1}, replace(order, lines=(line,)), (place,))


def _with(order: Order, name: str, value: Any) -> Order:
    changed: dict[str, Any] = {name: value}
    return replace(order, **changed)


def vary(scorer: Scores, order: Order, now: int, instead: Mapping[str, Any]) -> list[Varied]:
    """Score each variation of ``order`` at ``now`` (microseconds since 1970, UTC), each as an order of its own."""
    found = list(variations(order, instead))
    if not found:
        return []
    baskets = scorer.score([each.order for each in found], now).baskets
    return [
        Varied(each, dict(zip(each.places, (line.probability for line in basket.lines), strict=True)))
        for each, basket in zip(found, baskets, strict=True)
    ]
