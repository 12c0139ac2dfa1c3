"""Scores baskets, and writes the score of each line to the prediction log, after the answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from features.online_state.order import Order
from serving.predictions.log import PredictionLog
from serving.scores import BasketScore, Degraded, Explain
from serving.scoring.after_answer import after_answer
from serving.scoring.logged_lines import lines_of
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
        after_answer(partial(self._note, orders, scored, (request_id, now, first)))
        if self._beside is not None:
            self._beside(orders, request_id, now, first)
        return scored

    def _note(self, orders: Sequence[Order], scored: ScoredBaskets, of_request: tuple[str, int, int]) -> None:
        self._log.write(lines_of(orders, scored, of_request, self._pseudonym, keep_features=self._keep))

    def latest_fact(self) -> int | None:
        """Give the time of the latest fact that the state knows; None where it can't be read."""
        return self._scorer.latest_fact()
