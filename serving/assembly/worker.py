"""The parts of a worker, which answers requests."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from features.params import FeatureParams
from serving.assembly import parts
from serving.assembly.declared import Declared
from serving.decisions.decider import Decider, Facts
from serving.decisions.faults import ProductFaults
from serving.decisions.learned import LearnedFolders
from serving.decisions.policy_file import watch_policy
from serving.http.writer.client import WriterClient
from serving.model.description import ServedModels
from serving.model.holder import ChampionHolder
from serving.model.in_shadow import ShadowOf
from serving.ports import Ports
from serving.privacy.person_file import PersonFiles
from serving.scores import Degraded
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.posteriors import ServedPosteriors
from serving.scoring.ready_model import Prepared
from serving.scoring.scorer import Scorer
from serving.shadow.hand_over import HandOver
from serving.shops import Shop
from serving.state.following import follow
from serving.state.guarded_store import GuardedStore
from serving.state.intake import StateIntake
from training.costs import Costs
from training.decisions.learning import stored_effects
from training.decisions.policy_reading import DecisionParams
from training.products.params import ProductParams


def assemble_worker(shop: Shop, writer: Path, shadow: Path | None = None) -> Ports:
    """Make the parts that one worker needs for a shop; ``Ports.start`` starts them.

    ``writer``: the socket of the process that writes events; ``shadow``: that of the shadow, None without one.
    """
    settings, state = shop.settings, parts.state_of(shop)
    store, intake = state.store, state.intake
    scored = parts.scoring_of(shop, store)
    holder, scorer = scored.holder, scored.scorer
    predictions = parts.score_log(settings, settings.prediction_log)
    writing = WriterClient(writer, partial(follow, store))
    rates = parts.rates(shop)
    beside = None if shadow is None else HandOver(shadow, settings.model_dir)
    scoring = LoggedScoring(
        scorer,
        predictions,
        intake.pseudonym,
        keep_features=settings.prediction_log_features,
        trouble=lambda: intake.trouble,
        beside=beside,
    )
    decider = _decider(shop, scoring, scorer, intake)

    max_age_days = shop.params("features", FeatureParams).posteriors.max_age_days
    posteriors = ServedPosteriors(lambda: _features_of(holder), lambda: store.about, scorer.latest_fact, max_age_days)

    def troubles() -> list[Degraded]:
        found = (
            _of_model(holder),
            _of_store(store),
            writing.trouble,
            _named("exchange_rates", rates.trouble()),
            _named("prediction_log", predictions.trouble),
            intake.trouble,
            posteriors.trouble(),
            *decider.troubles(),
        )
        return [each for each in found if each is not None]

    async def start() -> None:
        for part in (store, holder, predictions):
            await asyncio.to_thread(part.start)
        await writing.start()

    async def stop() -> None:
        await writing.stop()
        decider.close()
        if beside is not None:
            beside.close()
        for end in (predictions.stop, holder.stop, store.close):
            await asyncio.to_thread(end)

    return Ports(
        scoring=scoring,
        deciding=decider,
        writing=writing,
        models=ServedModels(holder, posteriors.as_of, ShadowOf(settings.model_dir)),
        intake=intake,
        receipts=state.served,
        troubles=troubles,
        model_is_decided=holder.is_decided,
        predictions_dropped=lambda: predictions.dropped,
        shadow_dropped=lambda: 0 if beside is None else beside.dropped,
        attributes=Declared(store, holder).attributes,
        rates=rates,
        opt_out=intake.opt_out,
        have_secrets=lambda: intake.keys is not None,
        export=PersonFiles(shop, intake.form).of,
        start=start,
        stop=stop,
    )


def _decider(shop: Shop, scoring: LoggedScoring, scorer: Scorer, intake: StateIntake) -> Decider:
    settings, products = shop.settings, shop.params("products", ProductParams)
    path = shop.params("decisions", DecisionParams).policy
    policy = None if path is None else watch_policy(shop.folder / path)
    faults = ProductFaults(settings.product_report, products.min_probability)
    learned = LearnedFolders(settings.learned_effects, stored_effects.load)
    costs, hashed = shop.params("costs", Costs), shop.id_key().hash
    facts = Facts(costs, products.segments, faults, intake.pseudonym, hashed, learned.of)
    return Decider(scoring, scorer, policy, facts, parts.caps(shop), parts.decision_log(settings))


def _of_model(holder: ChampionHolder[Prepared]) -> Degraded | None:
    """What the model lacks."""
    if holder.model is None:
        return Degraded("no_model", "no model could be loaded")
    return _named("level", holder.model.level.trouble)


def _of_store(store: GuardedStore) -> Degraded | None:
    trouble = store.trouble
    return None if trouble is None else Degraded(f"state_{trouble.cause}", trouble.detail)


def _named(cause: str, trouble: str | None) -> Degraded | None:
    return None if trouble is None else Degraded(cause, trouble)


def _features_of(holder: ChampionHolder[Prepared]) -> Sequence[str]:
    """The features that the served model reads; none without a model."""
    return () if holder.model is None else holder.model.prepared.online.names
