"""Puts the parts of the service together, from the settings of a shop and the files of its last run."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from data.attributes import Attribute, from_json
from data.errors import UserError
from data.logged.decisions import DECISIONS, Contact, Reaction
from data.logged.predictions import PREDICTIONS
from data.logs import log
from data.pseudonyms.customer_keys import CustomerKeys
from data.times import now_us, to_us
from data.validation.params import ValidationParams
from features.online_state.seed_file import RECORDS_FILE, read_about
from features.params import FeatureParams
from features.stores.address import open_store
from features.stores.store import Store, StoreError
from serving.decisions.caps import WAIT_SECONDS, Caps
from serving.decisions.decider import Decider, Facts
from serving.decisions.faults import ProductFaults
from serving.decisions.learned import LearnedFolders
from serving.decisions.log import DecisionLog
from serving.decisions.policy_file import watch_policy
from serving.decisions.reactions import check, note
from serving.exchange_rates import ExchangeRates
from serving.http.wire.examples import BASKET
from serving.http.writer.client import WriterClient
from serving.http.writer.event_writer import Beside, Erased, EventWriter
from serving.http.writer.messages import Notice
from serving.model.description import ServedModels
from serving.model.folder import Challenger
from serving.model.holder import ChampionHolder, LoadedModel
from serving.model.in_shadow import ShadowOf
from serving.model.level import ChallengerLevel, LevelOf
from serving.ports import Ports
from serving.predictions.log import PredictionLog
from serving.privacy.erasure import PAUSE_SECONDS, Erasures, ToErase
from serving.privacy.retention import Retention
from serving.scores import Degraded
from serving.scoring.freshness import MaxAge
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.posteriors import ServedPosteriors
from serving.scoring.ready_model import Prepared, rehearse
from serving.scoring.ready_model import prepare as prepare_bundle
from serving.scoring.scorer import Scorer
from serving.settings import Settings
from serving.shadow.hand_over import HandOver
from serving.shadow.scoring import ShadowScoring
from serving.shops import Shop
from serving.state import home as state_home
from serving.state.event_feed import EventFeed
from serving.state.example import example_basket
from serving.state.following import follow
from serving.state.guarded_store import GuardedStore
from serving.state.home import StateHome
from serving.state.intake import StateIntake
from serving.state.served_state import ServedState
from training.costs import Costs
from training.decisions.learning import stored_effects
from training.decisions.policy_reading import DecisionParams
from training.model.level.level import LevelParams
from training.products.params import ProductParams

QUEUED_EVENTS = 5000
OF_SERVICE = "restart the service with the seed of the same run, which it then loads"
OF_SHADOW = "compare it on the test lines instead, and take it out of shadow: make promote VERSION=its number"
"""What to do about a model that counts by features which the state does not have."""


def prepare(shop: Shop) -> None:
    """Bring the online state up to the last run, before any worker starts.

    Raises
    ------
    UserError
        There is neither a state nor a seed; or it is broken, or of another version of the code; or customer ids are
        hashed with another key.
    """
    home = _home(shop)
    try:
        home.prepare()
        state_home.check(home.about(), shop.pseudonyms())
    except StoreError as error:
        # The service also starts without its store: a checkout then gets answers from priors.
        log.error("the store can't be reached; until it can, priors answer: %s", error)  # noqa: TRY400 - no fault of ours


def assemble(shop: Shop, writer: Path, shadow: Path | None = None) -> Ports:
    """Make the parts that one worker needs for a shop; ``Ports.start`` starts them.

    ``writer``: the socket of the process that writes events; ``shadow``: that of the shadow, None without one.
    """
    settings, home, pseudonyms = shop.settings, _home(shop), shop.pseudonyms()
    store = GuardedStore(lambda: _opened(home), partial(state_home.check, pseudonyms=pseudonyms), places=home)
    level_of = LevelOf(settings.model_dir, shop.params("level", LevelParams).max_age_days)
    holder = ChampionHolder(
        settings.model_dir, prepare_bundle, lambda model: _rehearse(model, store), level_of=level_of
    )
    predictions = _predictions(settings)
    writing = WriterClient(writer, partial(follow, store))
    intake = StateIntake(store, shop.id_key(), pseudonyms)
    # The costs of returns are the shop's own: they may change without a new model.
    costs = shop.params("costs", Costs)
    start_rate = shop.params("features", FeatureParams).start_rate
    rates = _rates(shop)
    scorer = Scorer(lambda: holder.model, store, costs, start_rate, _max_age(settings))
    beside = None if shadow is None else HandOver(shadow, settings.model_dir)
    keep_features = settings.prediction_log_features
    scoring = LoggedScoring(
        scorer,
        predictions,
        intake.pseudonym,
        keep_features=keep_features,
        trouble=lambda: intake.trouble,
        beside=beside,
    )
    decider = _decider(shop, scoring, scorer, intake)

    max_age_days = shop.params("features", FeatureParams).posteriors.max_age_days
    posteriors = ServedPosteriors(lambda: _features_of(holder), lambda: store.about, scorer.latest_fact, max_age_days)

    def troubles() -> list[Degraded]:
        of_store, of_rates, of_log = store.trouble, rates.trouble(), predictions.trouble
        found = (
            _of_model(holder),
            None if of_store is None else Degraded(f"state_{of_store.cause}", of_store.detail),
            writing.trouble,
            None if of_rates is None else Degraded("exchange_rates", of_rates),
            None if of_log is None else Degraded("prediction_log", of_log),
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
        receipts=ServedState(store, home.max_delay_days, home.silence),
        troubles=troubles,
        model_is_decided=holder.is_decided,
        predictions_dropped=lambda: predictions.dropped,
        shadow_dropped=lambda: 0 if beside is None else beside.dropped,
        attributes=_Declared(store, holder).attributes,
        rates=rates,
        opt_out=intake.opt_out,
        have_secrets=lambda: intake.keys is not None,
        start=start,
        stop=stop,
    )


@dataclass(frozen=True)
class Reader:
    """The parts that score a basket once, beside a service that may run: they write neither state nor log."""

    model: LoadedModel[Prepared]
    scorer: Scorer
    intake: StateIntake
    rates: ExchangeRates
    attributes: tuple[Attribute, ...] | None
    close: Callable[[], None]


def assemble_reader(shop: Shop) -> Reader:
    """Make the parts that score with the model and the state that the service has now.

    Raises
    ------
    UserError
        There is no model or no state yet, or one of them can't be read.
    """
    home, pseudonyms = _home(shop), shop.pseudonyms()
    store = GuardedStore(home.open, partial(state_home.check, pseudonyms=pseudonyms), places=home)
    store.look()
    level_of = LevelOf(shop.settings.model_dir, shop.params("level", LevelParams).max_age_days)
    holder = ChampionHolder(
        shop.settings.model_dir, prepare_bundle, lambda model: _rehearse(model, store), level_of=level_of
    )
    holder.look()
    model = holder.model
    if model is None or store.trouble is not None:
        store.close()
        why = holder.refusal.why if holder.refusal is not None else "none was served from here yet"
        raise UserError(
            expected=f"state and model of the service, in {shop.settings.state} and {shop.settings.model_dir}",
            found=f"model: {why}" if model is None else f"state: {store.trouble}",
            fix="start the service once (make serve), or set RETURN_RISK_STATE and RETURN_RISK_MODEL_DIR as for it",
        )
    costs, start_rate = shop.params("costs", Costs), shop.params("features", FeatureParams).start_rate
    scorer = Scorer(lambda: model, store, costs, start_rate, _max_age(shop.settings))
    declared = _Declared(store, holder).attributes()
    return Reader(model, scorer, StateIntake(store, shop.id_key(), pseudonyms), _rates(shop), declared, store.close)


def _predictions(settings: Settings) -> PredictionLog:
    return PredictionLog(settings.prediction_log, settings.prediction_log_max_bytes, settings.prediction_log_files)


def _max_age(settings: Settings) -> MaxAge:
    return MaxAge(
        settings.max_age_order_seconds,
        settings.max_age_delivery_seconds,
        settings.max_age_outcome_seconds,
        settings.max_gap_days,
    )


def _decider(shop: Shop, scoring: LoggedScoring, scorer: Scorer, intake: StateIntake) -> Decider:
    settings, products = shop.settings, shop.params("products", ProductParams)
    path = shop.params("decisions", DecisionParams).policy
    policy = None if path is None else watch_policy(shop.folder / path)
    faults = ProductFaults(settings.product_report, products.min_probability)
    learned = LearnedFolders(settings.learned_effects, stored_effects.load)
    costs, hashed = shop.params("costs", Costs), shop.id_key().hash
    facts = Facts(costs, products.segments, faults, intake.pseudonym, hashed, learned.of)
    return Decider(scoring, scorer, policy, facts, _caps(shop), _decision_log(shop))


def _caps(shop: Shop) -> Caps:
    # A checkout waits for each choice to be counted. A power cut may forget the last ones: then a customer may be shown
    # something once more, and the log still knows every decision.
    place = shop.settings.state, state_home.OF_DECISIONS
    return Caps(partial(open_store, *place, wait_seconds=WAIT_SECONDS, may_lose_last=True))


def _decision_log(shop: Shop) -> DecisionLog:
    return DecisionLog(shop.settings.decision_log, shop.settings.prediction_log_max_bytes)


def _of_model(holder: ChampionHolder[Prepared]) -> Degraded | None:
    """What the model lacks."""
    if holder.model is None:
        return Degraded("no_model", "no model could be loaded")
    trouble = holder.model.level.trouble
    return None if trouble is None else Degraded("level", trouble)


def assemble_shadow(shop: Shop) -> ShadowScoring:
    """Make the parts with which the shadow of a shop scores."""
    settings, home, pseudonyms = shop.settings, _home(shop), shop.pseudonyms()
    store = GuardedStore(lambda: _opened(home), partial(state_home.check, pseudonyms=pseudonyms), places=home)
    level_of = LevelOf(settings.model_dir, shop.params("level", LevelParams).max_age_days, ChallengerLevel)
    holder = ChampionHolder(
        settings.model_dir,
        prepare_bundle,
        lambda model: _rehearse(model, store, OF_SHADOW),
        level_of=level_of,
        kind=Challenger,
    )
    costs, start_rate = shop.params("costs", Costs), shop.params("features", FeatureParams).start_rate
    scorer = Scorer(lambda: holder.model, store, costs, start_rate, _max_age(settings))
    kept = PredictionLog(settings.shadow_log, settings.prediction_log_max_bytes, settings.prediction_log_files)
    scoring = LoggedScoring(scorer, kept, StateIntake(store, shop.id_key(), pseudonyms).pseudonym, keep_features=False)
    return ShadowScoring(holder, store, kept, scoring, OF_SHADOW)


@dataclass(frozen=True)
class Writer:
    """The parts of the process that writes events; ``feed`` is the one through which ``writing`` writes."""

    writing: EventWriter
    feed: EventFeed
    notice: Callable[[], Notice]
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


def assemble_writer(shop: Shop) -> Writer:
    """Make the parts of the process that writes events, of which each shop has one."""
    settings, home, pseudonyms = shop.settings, _home(shop), shop.pseudonyms()
    store = GuardedStore(lambda: _opened(home), partial(state_home.check, pseudonyms=pseudonyms), places=home)
    state = ServedState(store, home.max_delay_days, home.silence)
    feed = EventFeed(state, QUEUED_EVENTS)
    intake = StateIntake(store, shop.id_key(), pseudonyms)

    def notice() -> Notice:
        trouble = store.trouble or feed.trouble
        return Notice() if trouble is None else Notice(trouble.cause, trouble.detail)

    async def start() -> None:
        for part in (store, feed, erasures, retention):
            await asyncio.to_thread(part.start)

    async def stop() -> None:
        await feed.stop(settings.shutdown_seconds)
        for end in (retention.stop, erasures.stop, store.close):
            await asyncio.to_thread(end)
        caps.close()

    caps = _caps(shop)
    decision_log = _decision_log(shop)
    erasures = Erasures(
        caps,
        settings.decision_log,
        [settings.prediction_log, settings.shadow_log],
        keys=lambda: intake.keys,
        forget=state.forget,
    )

    logs = ((PREDICTIONS, settings.prediction_log), (DECISIONS, settings.decision_log))
    retention = Retention(logs, settings.retain_log_days, settings.retain_idle_days, state.idle, erasures)

    def keep(records: Sequence[Reaction | Contact]) -> None:
        reactions = [each for each in records if isinstance(each, Reaction)]
        contacts = erasures.not_erased([_hashed(each, intake) for each in records if isinstance(each, Contact)])
        decision_log.append(*reactions, *contacts)
        note(caps, reactions)

    latest = to_us(shop.params("validation", ValidationParams).bounds.latest.replace(tzinfo=UTC))

    beside = Beside(keep, check(caps), partial(_erase, erasures, intake), partial(_merge, intake))
    writing = EventWriter(feed, intake, _Declared(store).attributes, _rates(shop), state.name, beside, latest)
    return Writer(writing, feed, notice, start, stop)


@dataclass(frozen=True)
class PersonParts:
    """What serves a person's rights beside the service: ``form`` reads the shop's key, ``keys`` gives the secrets.

    ``state``: None where none was prepared yet.
    """

    erasures: Erasures
    form: Callable[[str], str | None]
    keys: Callable[[], CustomerKeys | None]
    state: ServedState | None


@contextmanager
def assemble_person(shop: Shop, pause: float = PAUSE_SECONDS) -> Iterator[PersonParts]:
    """Make what erases and describes customers of a shop from another process than the service's, which may run or not.

    ``pause``: as `Erasures` takes it.

    Raises
    ------
    UserError
        The state can't be read with the shop's key and secrets.
    """
    settings, home, pseudonyms = shop.settings, _home(shop), shop.pseudonyms()
    state_home.check(home.about(), pseudonyms)
    store = GuardedStore(home.open, partial(state_home.check, pseudonyms=pseudonyms), places=home)
    there = home.served() is not None
    if there:
        store.look()
    state = ServedState(store, home.max_delay_days, home.silence)
    intake = StateIntake(store, shop.id_key(), pseudonyms)
    caps = _caps(shop)
    erasures = Erasures(
        caps, settings.decision_log, [settings.prediction_log, settings.shadow_log], pause=pause,
        keys=lambda: intake.keys,
        forget=state.forget if there else lambda _, __: None,
    )  # fmt: skip
    try:
        yield PersonParts(erasures, intake.form, lambda: intake.keys, state if there else None)
    finally:
        caps.close()
        store.close()


def _erase(erasures: Erasures, intake: StateIntake, customers: Sequence[Erased]) -> None:
    given = [(each, intake.form(each.key) or "", intake.pseudonym(each.customer_id)) for each in customers]
    erasures.note([ToErase(each.event_id, form, pseudonym, each.at) for each, form, pseudonym in given])


def _merge(intake: StateIntake, pairs: Sequence[tuple[str, str]]) -> None:
    if (keys := intake.keys) is not None:
        for one, other in pairs:
            keys.merge(intake.form(one) or "", intake.form(other) or "")


def _features_of(holder: ChampionHolder[Prepared]) -> Sequence[str]:
    """The features that the served model reads; none without a model."""
    return () if holder.model is None else holder.model.prepared.online.names


def _hashed(contact: Contact, intake: StateIntake) -> Contact:
    """The contact with the keyed hash of its customer, as decisions have it."""
    return contact if contact.customer is None else replace(contact, customer=intake.pseudonym(contact.customer))


def example_request(shop: Shop) -> dict[str, JsonValue]:
    """Make a basket of products that the state knows, of a time as of which the state can answer.

    It names a known customer where ids are not hashed.

    Raises
    ------
    UserError
        There is no seed to take the basket from.
    """
    about = read_about(shop.seed)
    # Facts of the tables that do not count are not among the latest, and the seed lies after them all the same.
    known = [time for time in (_latest_fact(shop), about.as_of) if time is not None]
    example = example_basket(shop.seed / RECORDS_FILE, max(known, default=None), now_us())
    if about.id_key is not None:
        example.pop("customer_id", None)
    return example or BASKET


def _latest_fact(shop: Shop) -> int | None:
    """The time of the latest fact in the served state; None where it can't be read."""
    try:
        return _home(shop).latest().of_all
    except StoreError:
        return None


class _Declared:
    """The attributes that the shop declared, from the recipe of the state; without a state, from that of the model."""

    def __init__(self, store: GuardedStore, holder: ChampionHolder[Prepared] | None = None) -> None:
        self._store, self._holder = store, holder
        self._read: tuple[str, tuple[Attribute, ...]] | None = None

    def attributes(self) -> tuple[Attribute, ...] | None:
        """Give them; None where there is neither a state nor a model. A state's are read once."""
        about, model = self._store.about, None if self._holder is None else self._holder.model
        if about is None:
            return None if model is None else model.prepared.online.contents.recipe.attributes
        if self._read is None or self._read[0] != about.seed:
            self._read = about.seed, from_json(about.recipe.get("attributes", []), "the state's recipe")
        return self._read[1]


def _opened(home: StateHome) -> Store:
    """Open the state; prepare it first where the store could not be reached when the service started."""
    try:
        return home.open()
    except StoreError as error:
        if error.cause != "unfinished":
            raise
    home.prepare()
    return home.open()


def _home(shop: Shop) -> StateHome:
    max_delay_days = shop.params("validation", ValidationParams).max_delay_days
    return StateHome(shop.settings.state, max_delay_days, shop.seed, shop.pseudonyms(), shop.settings.outcome_silence)


def _rates(shop: Shop) -> ExchangeRates:
    return ExchangeRates(shop.params("products", ProductParams).currency, shop.settings.exchange_rates)


def _rehearse(model: LoadedModel[Prepared], store: GuardedStore, fix: str = OF_SERVICE) -> None:
    if not model.prepared.fits(store.about):
        raise UserError(
            expected="a model whose features the online state was built for",
            found="a model with other counters",
            fix=fix,
        )
    rehearse(model.bundle, model.prepared, model.level.shift)
