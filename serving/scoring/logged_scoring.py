"""Scores baskets, and writes the score of each line to the prediction log."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from data.arrays import Floats
from data.logged.predictions import Prediction
from features.online_state.order import Order
from serving.predictions.log import PredictionLog
from serving.scores import BasketScore, Degraded, Explain
from serving.scoring.scorer import ScoredBaskets, Scorer

Beside = Callable[[Sequence[Order], str, int, int], None]
"""Takes the orders of a request, its id, its time and the place of its first order."""


class LoggedScoring:
    """`serving.ports.Scoring` with a log.

    Parameters
    ----------
    pseudonym
        Gives the keyed hash of a customer id of the online state: the log holds no other id.
    keep_features
        Whether the log keeps all features, or only their hash.
    beside
        Called with what was scored, for a model in shadow; it never waits and never raises.
    trouble
        Says why customers can't be looked up; None while they can.
    """

    def __init__(
        self,
        scorer: Scorer,
        log: PredictionLog,
        pseudonym: Callable[[str], str],
        *,
        keep_features: bool,
        beside: Beside | None = None,
        trouble: Callable[[], Degraded | None] = lambda: None,
    ) -> None:
        self._scorer, self._log, self._pseudonym, self._keep = scorer, log, pseudonym, keep_features
        self._beside, self._trouble = beside, trouble

    def score(
        self, orders: Sequence[Order], request_id: str, now: int, first: int = 0, explain: Explain = Explain.NONE
    ) -> list[BasketScore]:
        """Score each of ``orders``, in their order, at ``now``; ``first``: place of the first order in its request."""
        return self.scored(orders, request_id, now, first, explain).baskets

    def scored(
        self, orders: Sequence[Order], request_id: str, now: int, first: int = 0, explain: Explain = Explain.NONE
    ) -> ScoredBaskets:
        """Score as `score` does; the answer has what the scores were made from, too."""
        scored = self._scorer.score(orders, now, explain)
        if (trouble := self._trouble()) is not None:
            baskets = [replace(each, degraded=(*each.degraded, trouble)) for each in scored.baskets]
            scored = replace(scored, baskets=baskets)
        self._log.write(*self._predictions(orders, scored, request_id, now, first))
        if self._beside is not None:
            self._beside(orders, request_id, now, first)
        return scored

    def latest_fact(self) -> int | None:
        """Give the time of the latest fact that the state knows; None where it can't be read."""
        return self._scorer.latest_fact()

    def _predictions(
        self, orders: Sequence[Order], scored: ScoredBaskets, request_id: str, now: int, first: int
    ) -> Iterator[Prediction]:
        row = 0
        for number, (order, basket) in enumerate(zip(orders, scored.baskets, strict=True), first):
            causes = tuple(item.cause for item in basket.degraded)
            customer = None if order.customer_id is None else self._pseudonym(order.customer_id)
            for place, (ordered, score) in enumerate(zip(order.lines, basket.lines, strict=True)):
                values = None if scored.features is None else scored.features[row]
                yield Prediction(
                    scored_at=now,
                    request_id=request_id,
                    basket=number,
                    basket_id=order.basket_id,
                    customer=customer,
                    ordered_at=order.ordered_at,
                    line=place,
                    line_id=ordered.line_id,
                    lines=len(order.lines),
                    product_id=ordered.product_id,
                    size=ordered.size,
                    color=ordered.color,
                    quantity=ordered.quantity,
                    price_minor=ordered.price_minor,
                    probability=score.probability,
                    low=score.low,
                    high=score.high,
                    expected_cost_minor=score.expected_cost_minor,
                    model_version=basket.model_version,
                    data_as_of=basket.data_as_of,
                    degraded=causes,
                    reasons=None if score.why is None else score.why.reasons,
                    features_sha256=None if values is None else hashlib.sha256(values.tobytes()).hexdigest(),
                    features=_named(scored.names, values) if self._keep else None,
                    level_shift=basket.shift,
                )
                row += 1


def _named(names: tuple[str, ...], values: Floats | None) -> dict[str, float | None] | None:
    if values is None:
        return None
    return {name: None if value != value else value for name, value in zip(names, values.tolist(), strict=True)}  # noqa: PLR0124
