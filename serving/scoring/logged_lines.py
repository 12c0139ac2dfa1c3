"""The lines of the prediction log for scored baskets, as JSON.

They are written between two answers: in a thread of its own, the same work would hold up the answers that run beside
it, at moments that nobody chooses. The keys are the fields of `data.logged.predictions.Prediction`.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import orjson

from features.online_state.order import Order
from serving.scores import BasketScore
from serving.scoring.scorer import ScoredBaskets

Features = Mapping[str, float | None]
Line = bytes | None
"""A line with its end; None: it can't be written as JSON, and is lost."""
_OPTIONS = orjson.OPT_APPEND_NEWLINE


def lines_of(
    orders: Sequence[Order],
    scored: ScoredBaskets,
    of_request: tuple[str, int, int],
    pseudonym: Callable[[str], str],
    *,
    keep_features: bool,
) -> list[Line]:
    """Write a line for each line of ``orders``.

    Parameters
    ----------
    of_request
        The id of the request, its time, and the place of the first order in it.
    pseudonym
        Gives the keyed hash of a customer's id.
    keep_features
        Whether a line has all features, or only their hash.
    """
    hashes, features = _hashes(scored), _features(scored) if keep_features else _nothing(scored)
    lines: list[Line] = []
    request_id, now, first = of_request
    for number, (order, basket) in enumerate(zip(orders, scored.baskets, strict=True), first):
        customer = None if order.customer_id is None else pseudonym(order.customer_id)
        start = len(lines)
        end = start + len(order.lines)
        of_lines = zip(hashes[start:end], features[start:end], strict=True)
        lines += _of_basket(order, basket, (request_id, now, number, customer), of_lines)
    return lines


def _of_basket(
    order: Order,
    basket: BasketScore,
    of_basket: tuple[str, int, int, str | None],
    of_lines: Iterator[tuple[str | None, Features | None]],
) -> Iterator[Line]:
    request_id, now, number, customer = of_basket
    count, causes, data_as_of = len(order.lines), [item.cause for item in basket.degraded], basket.data_as_of
    pairs = zip(order.lines, basket.lines, of_lines, strict=True)
    for place, (ordered, score, (features_sha256, features)) in enumerate(pairs):
        content = {
            "scored_at": now,
            "request_id": request_id,
            "basket": number,
            "basket_id": order.basket_id,
            "customer": customer,
            "ordered_at": order.ordered_at,
            "line": place,
            "line_id": ordered.line_id,
            "lines": count,
            "product_id": ordered.product_id,
            "size": ordered.size,
            "color": ordered.color,
            "quantity": ordered.quantity,
            "price_minor": ordered.price_minor,
            "probability": score.probability,
            "low": score.low,
            "high": score.high,
            "expected_cost_minor": score.expected_cost_minor,
            "model_version": basket.model_version,
            "data_as_of": data_as_of,
            "degraded": causes,
            "reasons": None if score.why is None else score.why.reasons,
            "features_sha256": features_sha256,
            "features": features,
            "level_shift": basket.shift,
        }
        try:
            yield orjson.dumps(content, option=_OPTIONS)
        except orjson.JSONEncodeError:
            yield None


def _hashes(scored: ScoredBaskets) -> Sequence[str | None]:
    """The hash of each row of features; None where there are none."""
    x = scored.features
    if x is None:
        return _nothing(scored)
    content, width = memoryview(x.tobytes()), x.shape[1] * x.itemsize
    return [hashlib.sha256(content[start : start + width]).hexdigest() for start in range(0, len(content), width)]


def _features(scored: ScoredBaskets) -> Sequence[Features | None]:
    if scored.features is None:
        return _nothing(scored)
    return [
        {name: None if value != value else value for name, value in zip(scored.names, row, strict=True)}  # noqa: PLR0124
        for row in scored.features.tolist()
    ]


def _nothing(scored: ScoredBaskets) -> Sequence[None]:
    """None for each line."""
    return [None] * sum([len(basket.lines) for basket in scored.baskets])
