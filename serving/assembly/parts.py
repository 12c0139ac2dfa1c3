"""What several processes of a shop are put together from: each of these parts is made in one way, here."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from data.errors import UserError
from data.validation.params import ValidationParams
from features.params import FeatureParams
from features.stores.address import open_store
from features.stores.store import Store, StoreError
from serving.decisions.caps import WAIT_SECONDS, Caps
from serving.decisions.log import DecisionLog
from serving.exchange_rates import ExchangeRates
from serving.model.folder import Pointer
from serving.model.holder import ChampionHolder, LoadedModel
from serving.model.level import LevelFile, LevelOf
from serving.predictions.log import PredictionLog
from serving.privacy.erasure import PAUSE_SECONDS, Erasures
from serving.privacy.person_logs import PersonLogs
from serving.scoring.freshness import MaxAge
from serving.scoring.ready_model import Prepared, rehearse
from serving.scoring.ready_model import prepare as prepare_bundle
from serving.scoring.scorer import Scorer
from serving.settings import Settings
from serving.shops import Shop
from serving.state import home as state_home
from serving.state.guarded_store import GuardedStore
from serving.state.home import StateHome
from serving.state.intake import StateIntake
from serving.state.served_state import ServedState
from training.costs import Costs
from training.model.level.level import LevelParams
from training.products.params import ProductParams

OF_SERVICE = "restart the service with the seed of the same run, which it then loads"
"""What to do about a model that counts by features which the state does not have."""


@dataclass(frozen=True)
class StateParts:
    """The state of a shop: where it is kept, the store that it is read through, and what reads requests by it."""

    home: StateHome
    store: GuardedStore
    intake: StateIntake

    @cached_property
    def served(self) -> ServedState:
        """What takes events, and answers about them."""
        return ServedState(self.store, self.home.max_delay_days, self.home.silence)


@dataclass(frozen=True)
class ScoringParts:
    """What scores: the model that is held, and the scorer that asks it and the state."""

    holder: ChampionHolder[Prepared]
    scorer: Scorer


def home(shop: Shop) -> StateHome:
    """Where the state of a shop is kept."""
    max_delay_days = shop.params("validation", ValidationParams).max_delay_days
    return StateHome(shop.settings.state, max_delay_days, shop.seed, shop.pseudonyms(), shop.settings.silence)


def state_of(shop: Shop, *, prepares: bool = True) -> StateParts:
    """Make what reads the state of a shop; nothing is opened yet.

    ``prepares``: whether a state that is not ready is made ready from the seed, as processes of the service do.
    """
    own, pseudonyms = home(shop), shop.pseudonyms()
    opened = partial(_opened, own) if prepares else own.open
    store = GuardedStore(opened, partial(state_home.check, pseudonyms=pseudonyms), places=own)
    return StateParts(own, store, StateIntake(store, shop.id_key(), pseudonyms))


def scoring_of(
    shop: Shop,
    store: GuardedStore,
    kind: type[Pointer] = Pointer,
    level: type[LevelFile] = LevelFile,
    advice: str = OF_SERVICE,
) -> ScoringParts:
    """Make what scores by the state in ``store``, with the model that the pointer of ``kind`` names.

    ``level``: the file of its level. ``advice``: what to do about a model that the state does not fit.
    """
    settings = shop.settings
    level_of = LevelOf(settings.model_dir, shop.params("level", LevelParams).max_age_days, level)
    test = partial(_rehearse, store=store, advice=advice)
    holder = ChampionHolder(settings.model_dir, prepare_bundle, test, level_of=level_of, kind=kind)
    # The costs of returns are the shop's own: they may change without a new model.
    costs, start_rate = shop.params("costs", Costs), shop.params("features", FeatureParams).start_rate
    return ScoringParts(holder, Scorer(lambda: holder.model, store, costs, start_rate, _max_age(settings)))


def score_log(settings: Settings, folder: Path) -> PredictionLog:
    """Make the log of scores in ``folder``."""
    return PredictionLog(folder, settings.prediction_log_max_bytes, settings.prediction_log_files)


def decision_log(settings: Settings) -> DecisionLog:
    """Make the log of decisions."""
    return DecisionLog(settings.decision_log, settings.prediction_log_max_bytes)


def caps(shop: Shop) -> Caps:
    """Make what counts the choices."""
    # A checkout waits for each choice to be counted. A power cut may forget the last ones: then a customer may be shown
    # something once more, and the log still knows every decision.
    place = shop.settings.state, state_home.OF_DECISIONS
    return Caps(partial(open_store, *place, wait_seconds=WAIT_SECONDS, may_lose_last=True))


def erasures(
    settings: Settings,
    counted: Caps,
    intake: StateIntake,
    forget: Callable[[Collection[str], int], None],
    pause: float = PAUSE_SECONDS,
) -> Erasures:
    """Make what erases customers of a shop; ``forget``, ``pause``: as `Erasures` takes them."""
    return Erasures(counted, PersonLogs.of(settings), pause=pause, keys=lambda: intake.keys, forget=forget)


def rates(shop: Shop) -> ExchangeRates:
    """Make the exchange rates into the shop's own currency."""
    return ExchangeRates(shop.params("products", ProductParams).currency, shop.settings.exchange_rates)


def _opened(own: StateHome) -> Store:
    """Open the state; prepare it first where the store could not be reached when the service started."""
    try:
        return own.open()
    except StoreError as error:
        if error.cause != "unfinished":
            raise
    own.prepare()
    return own.open()


def _rehearse(model: LoadedModel[Prepared], store: GuardedStore, advice: str) -> None:
    if not model.prepared.fits(store.about):
        raise UserError(
            expected="a model whose features the online state was built for",
            found="a model with other counters",
            fix=advice,
        )
    rehearse(model.bundle, model.prepared, model.level.shift)


def _max_age(settings: Settings) -> MaxAge:
    return MaxAge(
        settings.max_age_order_seconds,
        settings.max_age_delivery_seconds,
        settings.max_age_outcome_seconds,
        settings.max_gap_days,
        settings.silence,
    )
