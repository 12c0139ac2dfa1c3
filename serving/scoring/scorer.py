"""Scores baskets with the current state and the current model. It always answers: where a part fails, it falls back."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from data.logs import log
from features.online_state.order import Order
from features.stores.store import StoreError
from serving.model.holder import LoadedModel
from serving.scores import BasketScore, Degraded, Explain, ScoredLine, Why
from serving.scoring import moment
from serving.scoring.explainer import Asked, Explainer
from serving.scoring.freshness import ANY_AGE, MaxAge
from serving.scoring.moment import AsOf
from serving.scoring.ready_model import Prepared
from serving.state.supposed import Served
from training.costs import Costs, return_cost
from training.model.bundle import Bundle, BundleScores
from training.model.joint.model import Outcomes

NO_MODEL = Degraded("no_model", "no model could be loaded: the rate that a shop is taken to start with stands in")
OTHER_STATE = Degraded("state_mismatch", "the state was built for other features than the model's: priors stand in")
BEHIND = Degraded("state_behind", "more return windows have closed than were counted yet")
FAILED = Degraded("scoring_failed", "the model failed on this basket: priors stand in")
APART = Degraded("outcomes_failed", "the scores are valid, but taking the lines of the basket together failed")
UNEXPLAINED = Degraded("explaining_failed", "the scores are valid, but explaining them failed")


@dataclass(frozen=True)
class Basis:
    """What scores came from: the model, and the baskets with the answer of the state on them."""

    model: LoadedModel[Prepared]
    asked: AsOf


@dataclass(frozen=True)
class ScoredBaskets:
    """The scores of baskets, and the features that they were made from.

    ``features`` has shape (lines, features), named by ``names``; None where priors answered. ``facts``: the lines as
    they were asked about, with the facts that the state filled in; empty where priors answered. ``basis``: what more
    can be found out from; None where priors answered.
    """

    baskets: list[BasketScore]
    features: Floats | None = None
    names: tuple[str, ...] = ()
    facts: Sequence[Mapping[str, object]] = ()
    basis: Basis | None = None


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
    max_age
        How old the facts of the state may be; older ones make an answer degraded.
    """

    def __init__(
        self,
        model: Callable[[], LoadedModel[Prepared] | None],
        store: Served,
        costs: Costs,
        start_rate: float,
        max_age: MaxAge = ANY_AGE,
    ) -> None:
        self._model, self._store, self._costs, self._max_age = model, store, costs, max_age
        self._no_model = PriorScore(start_rate, 0.0, 1.0)

    def over(self, store: Served) -> "Scorer":
        """Give the same scorer over another state."""
        found = copy(self)
        found._store = store  # noqa: SLF001 - of its own kind
        return found

    def score(self, orders: Sequence[Order], now: int, explain: Explain = Explain.NONE) -> ScoredBaskets:
        """Score each of ``orders``, with the explanations that ``explain`` names.

        An order from before the latest fact that the state knows is scored as of this fact. Return windows that closed
        before ``now`` (microseconds since 1970, UTC) count as closed. It never raises: ``degraded`` of each answer
        names what failed.
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
        return self._fall_back(orders, prior_of(model.bundle, model.level.shift), version, why)

    def other_sizes(self, scored: ScoredBaskets, current: Mapping[int, float]) -> dict[int, tuple[str, float]]:
        """Find a size in which a line of the only basket of ``scored`` would come back less, by the line's place.

        With each goes its probability then. ``current``: the probability of each line that is looked at, by its place.
        Empty where that fails.
        """
        basis = scored.basis
        if basis is None or not current:
            return {}
        explainer, shift = basis.model.prepared.explainer, basis.model.level.shift
        try:
            return self._store.read(lambda snapshot: explainer.other_sizes(snapshot, basis.asked, current, shift))
        except Exception:
            log.exception("looking for other sizes failed")
            return {}

    def raising(self, scored: ScoredBaskets) -> list[tuple[str, ...]]:
        """Name the factors that raise the score of each line, the strongest first; empty where that fails."""
        basis, features = scored.basis, scored.features
        if basis is None or features is None:
            return []
        try:
            return basis.model.prepared.explainer.raising(features)
        except Exception:
            log.exception("looking for drivers failed")
            return []

    def latest_fact(self) -> int | None:
        """Give the time of the latest fact that the state knows; None where it can't be read."""
        try:
            return self._store.read(moment.latest_of).of_all
        except StoreError:
            return None

    def _score(
        self, orders: Sequence[Order], model: LoadedModel[Prepared], version: str, now: int, explain: Explain
    ) -> ScoredBaskets:
        online = model.prepared.online
        if not model.prepared.fits(self._store.about):
            return self._fall_back(orders, prior_of(model.bundle, model.level.shift), version, OTHER_STATE)
        why = explain is not Explain.NONE
        asked = self._store.read(lambda snapshot: moment.ask(online, snapshot, orders, now, self._max_age, reasons=why))
        orders, answer, known = asked.orders, asked.answer, asked.known
        if answer.latest.of_all is None:
            raise StoreError("gone", "the state was emptied")
        of_score = answer.features[:, : len(online.score_names)]
        missing = model.prepared.missing
        lacks = None if missing is None else [missing.of_line(row, answer.met.products) for row in answer.known_rows]
        unsent = 0.0 if lacks is None else np.array([sum(lack.variance for lack in each) for each in lacks])
        scores = model.bundle.score_rows(of_score, threads=1, unsent=unsent, shift=model.level.shift)
        columns = (scores.probability, scores.low, scores.high, scores.probability * self._return_costs(orders))
        shares = (scores.order_share + scores.customer_share, scores.product_share)
        degraded: tuple[Degraded, ...] = (BEHIND,) if answer.behind else ()
        if not self._max_age.is_any:
            degraded += self._max_age.degraded(answer.latest, known.days, now)
        whys: Sequence[Why | None] = [None] * len(of_score)
        if why:
            scored_rows = Asked(orders, answer.features, scores.probability, asked.closing_time, model.level.shift)
            explained = self._explain(model.prepared.explainer, scored_rows, explain)
            if explained is None:
                degraded += (UNEXPLAINED,)
            else:
                whys = explained
        numbers, common = ([column.tolist() for column in part] for part in (columns, shares))
        lines = [ScoredLine(*each) for each in zip(*numbers, whys, *common, strict=True)]
        together = self._together(model.bundle, orders, scores, of_score)
        if together is None:
            degraded += (APART,)
        asked_against = model.prepared.asked
        baskets: list[BasketScore] = []
        start = 0
        for order in orders:
            end = start + len(order.lines)
            new = answer.met.is_new_customer(order), answer.met.new_products(order)
            found = tuple(lines[start:end])
            unusual = None if asked_against is None else asked_against.of_lines(answer.asked_rows[start:end])
            lacking = None
            if missing is not None and lacks is not None:
                pairs = zip(lacks[start:end], (line.probability for line in found), strict=True)
                lacking = missing.of_basket(pairs, () if unusual is None else unusual.unseen)
            outcomes = together[len(baskets)] if together else None
            baskets.append(
                BasketScore(
                    found,
                    version,
                    answer.latest,
                    degraded,
                    *new,
                    lacking,
                    model.bundle.level,
                    outcomes,
                    unusual,
                    model.level.shift,
                )
            )
            start = end
        return ScoredBaskets(baskets, of_score, online.score_names, answer.asked_rows, Basis(model, asked))

    def _together(
        self, bundle: Bundle, orders: Sequence[Order], scores: BundleScores, x: Floats
    ) -> list[Outcomes] | None:
        """What may become of each basket: empty where the model takes none as a whole, and None where that fails."""
        if bundle.joint is None:
            return []
        found, start = [], 0
        try:
            lines = bundle.lines(scores, x)
            for order in orders:
                end = start + len(order.lines)
                values = np.array([float(line.price_minor * line.quantity) for line in order.lines])
                products = [line.product_id for line in order.lines]
                found.append(bundle.joint.outcomes(lines.take(slice(start, end)), products, values))
                start = end
        except Exception:
            log.exception("taking the lines together failed")
            return None
        return found

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


def prior_of(bundle: Bundle, shift: float = 0.0) -> PriorScore:
    """The shop's return rate at training, moved by the level, with the interval of a line of which nothing is known."""
    return PriorScore(*bundle.prior(shift))
