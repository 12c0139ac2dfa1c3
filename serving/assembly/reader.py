"""The parts that score once, beside a service that may run."""

from collections.abc import Callable
from dataclasses import dataclass

from data.attributes import Attribute
from data.errors import UserError
from features.online_state.records import BY_THE_CLOCK, Silence
from serving.assembly import parts
from serving.assembly.declared import Declared
from serving.exchange_rates import ExchangeRates
from serving.model.holder import LoadedModel
from serving.scoring.ready_model import Prepared
from serving.scoring.scorer import Scorer
from serving.shops import Shop
from serving.state.guarded_store import GuardedStore
from serving.state.intake import StateIntake


@dataclass(frozen=True)
class Reader:
    """The parts that score a basket once, beside a service that may run: they write neither state nor log.

    ``silence``: as the service closes windows.
    """

    model: LoadedModel[Prepared]
    store: GuardedStore
    scorer: Scorer
    intake: StateIntake
    rates: ExchangeRates
    attributes: tuple[Attribute, ...] | None
    close: Callable[[], None]
    silence: Silence = BY_THE_CLOCK


def assemble_reader(shop: Shop) -> Reader:
    """Make the parts that score with the model and the state that the service has now.

    Raises
    ------
    UserError
        There is no model or no state yet, or one of them can't be read.
    """
    state = parts.state_of(shop, prepares=False)
    store = state.store
    store.look()
    scoring = parts.scoring_of(shop, store)
    holder = scoring.holder
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
    declared = Declared(store, holder).attributes()
    silence = state.home.silence
    return Reader(model, store, scoring.scorer, state.intake, parts.rates(shop), declared, store.close, silence)
