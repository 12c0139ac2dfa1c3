"""Scores baskets with the current state and the current model. It always answers: where a part fails, it falls back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from data.logs import log
from features.online_state.order import Order
from features.stores.store import StoreError
from serving.model.holder import LoadedModel
from serving.scores import BasketScore, Degraded, Explain, ScoredLine, Why
from serving.scoring.explainer import Asked, Explainer
from serving.scoring.ready_model import Prepared
from serving.state.guarded_store import GuardedStore
from training.costs import Costs, return_cost
from training.model.bundle import Bundle

NO_MODEL = Degraded("no_model", "no model could be loaded: the rate that a shop is taken to start with stands in")
OTHER_STATE = Degraded("state_mismatch", "the state was built for other features than the model's: priors stand in")
BEHIND = Degraded("state_behind", "more return windows have closed than were counted yet")
FAILED = Degraded("scoring_failed", "the model failed on this basket: priors stand in")
UNEXPLAINED = Degraded("explaining_failed", "the scores are valid, but explaining them failed")


@dataclass(frozen=True)
class ScoredBaskets:
    """The scores of baskets, and the features that they were made from.

    ``features`` has shape (lines, features), named by ``names``; None where priors answered.
    """

    baskets: list[BasketScore]
    features: Floats | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class PriorScore:
    """The score of a line from priors alone: shares in [0, 1]."""

    probability: float
    low: float
    high: float


class Scorer:
    """Scores baskets; each call takes from ``model`` the current model.

    Parameters
    ----------
    model
        Gives the model that is served; None where there is none.
    store
        The online state.
    costs
        What a return costs.
    start_rate
        The return rate that stands in when there is no model.
    """

    def __init__(
        self,
        model: Callable[[], LoadedModel[Prepared] | None],
        store: GuardedStore,
        costs: Costs,
        start_rate: float,
    ) -> None:
        self._model, self._store, self._costs = model, store, costs
        self._no_model = PriorScore(start_rate, 0.0, 1.0)

    def score(self, orders: Sequence[Order], now: int, explain: Explain = Explain.NONE) -> ScoredBaskets:
        """Score each of ``orders``, with the explanations that ``explain`` names.

        Return windows that closed before ``now`` (microseconds since 1970, UTC) count as closed. It never raises:
        ``degraded`` of each answer names what failed.
        """
        model = self._model()
        if model is None:
            return self._fall_back(orders, self._no_model, None, NO_MODEL)
        version = str(model.pointer.version)
        try:
            return self._score(orders, model, version, now, explain)
        except StoreError as error:
            why = Degraded(f"state_{error.cause}", "the state can't be read: priors stand in")
        except Exception:
            log.exception("scoring failed")
            why = FAILED
        return self._fall_back(orders, prior_of(model.bundle), version, why)

    def _score(
        self, orders: Sequence[Order], model: LoadedModel[Prepared], version: str, now: int, explain: Explain
    ) -> ScoredBaskets:
        online = model.prepared.online
        if not model.prepared.fits(self._store.about):
            return self._fall_back(orders, prior_of(model.bundle), version, OTHER_STATE)
        why = explain is not Explain.NONE
        answer = self._store.read(lambda snapshot: online.ask(snapshot, orders, now, reasons=why))
        if answer.latest is None:
            raise StoreError("gone", "the state was emptied")
        of_score = answer.features[:, : len(online.score_names)]
        scores = model.bundle.score_rows(of_score, threads=1)
        columns = (scores.probability, scores.low, scores.high, scores.probability * self._return_costs(orders))
        degraded: tuple[Degraded, ...] = (BEHIND,) if answer.behind else ()
        whys: Sequence[Why | None] = [None] * len(of_score)
        if why:
            scored_rows = Asked(orders, answer.features, scores.probability, now)
            explained = self._explain(model.prepared.explainer, scored_rows, explain)
            if explained is None:
                degraded += (UNEXPLAINED,)
            else:
                whys = explained
        lines = [ScoredLine(*numbers) for numbers in zip(*(column.tolist() for column in columns), whys, strict=True)]
        baskets, start = [], 0
        for order in orders:
            end = start + len(order.lines)
            baskets.append(BasketScore(tuple(lines[start:end]), version, answer.latest, degraded))
            start = end
        return ScoredBaskets(baskets, of_score, online.score_names)

    def _explain(self, explainer: Explainer, scored_rows: Asked, explain: Explain) -> list[Why] | None:
        """Explain the scores; None where that fails, as the scores are valid without it."""
        try:
            return explainer.explain(self._store, scored_rows, explain)
        except Exception:
            log.exception("explaining failed")
            return None

    def _fall_back(
        self, orders: Sequence[Order], prior: PriorScore, version: str | None, why: Degraded
    ) -> ScoredBaskets:
        def line(cost: float) -> ScoredLine:
            return ScoredLine(prior.probability, prior.low, prior.high, prior.probability * cost)

        costs = [self._return_costs([order]).tolist() for order in orders]
        return ScoredBaskets([BasketScore(tuple(map(line, each)), version, None, (why,)) for each in costs])

    def _return_costs(self, orders: Sequence[Order]) -> Floats:
        values = [float(line.price_minor * line.quantity) for order in orders for line in order.lines]
        return np.asarray(return_cost(np.array(values), self._costs))


def prior_of(bundle: Bundle) -> PriorScore:
    """The shop's return rate at training; its interval spans all intervals of the calibrator."""
    calibrator = bundle.calibrator
    return PriorScore(bundle.priors["shop"], float(calibrator.low.min()), float(calibrator.high.max()))
