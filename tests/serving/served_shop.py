"""A small shop that can be served: the seed of its state, and a bundle that was trained on its features."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import lightgbm as lgb
import numpy as np

from data.arrays import Floats
from features.build import _entry
from features.catalog import CatalogEntry
from features.online.features import OnlineFeatures
from features.online_state import restore
from features.online_state.contents import StateContents
from features.online_state.events import OrderPlaced
from features.online_state.live import LiveState
from features.online_state.order import Order
from features.online_state.records import StateAbout
from features.online_state.seed_file import read_about
from features.recipe import Recipe
from features.stores.memory import MemoryStore
from serving.model.folder import Pointer
from serving.model.holder import LoadedModel
from serving.scoring.ready_model import Prepared, prepare
from serving.state.guarded_store import GuardedStore
from tests.features import seeds
from tests.features.crowded_shop import crowded_shop
from tests.features.event_log import event_log
from tests.features.replay import REASON_COLUMNS
from tests.features.states import MAX_DELAY_DAYS, without_history
from tests.serving.small_models import nothing_calibrated
from tests.training.small_matrix import MODEL
from training.costs import Costs
from training.model.booster import fit
from training.model.bundle import Bundle
from training.model.learners.trees import Trees
from training.model.matrix import Rows
from training.model.reasons.model import ReasonModel

COSTS = Costs(
    return_fixed_minor=300, return_value_share=0.1, margin_share=0.4, warning_avoids_returns=0.5, warning_stops_kept=0.5
)
AFTER = 1_720_000_000_000_000
"""A time (microseconds since 1970) after all events in the shop's tables."""


@dataclass(frozen=True)
class ServedShop:
    """``seed`` is its folder; ``placed`` are its orders as events."""

    seed: Path
    recipe: Recipe
    bundle: Bundle
    placed: tuple[OrderPlaced, ...]

    @property
    def about(self) -> StateAbout:
        return read_about(self.seed)

    def orders(self, at: int = AFTER) -> list[Order]:
        """The shop's orders once more, to be scored at a time."""
        return [Order(each.order.customer_id, at, each.order.lines) for each in self.placed]

    def store(self) -> MemoryStore:
        """A store that holds the state of the seed, with all windows closed."""
        store = MemoryStore()
        restore.restore(self.seed, store)
        seeds.advance(LiveState(store, StateContents(self.recipe), self.about.remember_days, MAX_DELAY_DAYS), AFTER)
        return store

    def model(self, bundle: Bundle | None = None) -> LoadedModel[Prepared]:
        """The bundle as a worker holds it."""
        chosen = bundle or self.bundle
        return LoadedModel(pointer(), chosen, prepare(chosen), pointer().since)


def pointer() -> Pointer:
    content = '{"name": "shop", "version": 7, "bundle_sha256": "", "folder": "7", "tags": {"test.log_loss": "0.5"},'
    return Pointer.model_validate_json(
        content + '"since": "2024-07-01T00:00:00Z", "fetched_at": "2024-07-01T00:00:00Z"}'
    )


def any_state(_: StateAbout) -> None:
    """Accept any state, with any key of its ids."""


def opened(store: MemoryStore) -> GuardedStore:
    """The store as a worker holds it, without the thread that checks it."""
    guarded = GuardedStore(lambda: store, any_state)
    guarded.look()
    return guarded


@cache
def served_shop(seed: int = 7) -> ServedShop:
    """Make the shop once."""
    folder = Path(mkdtemp(prefix="return-risk-test-"))
    recipe = seeds.recipe_of(seeds.FEW_COLUMNS)
    shop = crowded_shop(orders=40, seed=seed)
    built = seeds.build(shop, folder, recipe)
    log = event_log(folder / "validated")
    placed = tuple(placed for moment in log for placed in moment.placed)
    online = OnlineFeatures(recipe)
    x = without_history(online, [each.order for each in placed])
    y = np.random.default_rng(1).integers(0, 2, len(x)).astype(np.int8)
    model = Trees(fit(Rows(np.tile(x, (20, 1)), np.tile(y, 20), online.names), MODEL, 8))
    bundle = Bundle(
        _catalog(online), model, nothing_calibrated(), None, recipe.as_json(), {"shop": 0.37}, {"rounds": 8}
    )
    return ServedShop(built, recipe, bundle, placed)


XL = 3.0
"""The `size_value` of size XL."""
LEARNED = (0, 1, 6)
"""Places of the reasons that the booster of `shop_of_sizes` distinguishes: too small, too large, style."""


@cache
def shop_of_sizes() -> ServedShop:
    """Make once a shop with sizes and reasons; its model has learned that bracketed lines and lines in XL come back.

    The rate of the product raises both probabilities, so that other features have a part in the scores, too.
    """
    folder = Path(mkdtemp(prefix="return-risk-test-"))
    recipe = seeds.recipe_of(seeds.FEW_COLUMNS | {"size", "size_system", "size_value", *REASON_COLUMNS})
    built = seeds.build(crowded_shop(orders=40), folder, recipe)
    placed = tuple(placed for moment in event_log(folder / "validated") for placed in moment.placed)
    shop, online = ServedShop(built, recipe, served_shop().bundle, placed), OnlineFeatures(recipe)
    asked = shop.orders()
    x = shop.store().read(lambda snapshot: online.ask(snapshot, asked, reasons=True)).features
    named = dict(zip(online.names, x.T, strict=True))
    risk = 2 * (named["basket_product_other_sizes"] > 0) + 2 * (named["size_value"] == XL)
    chance = 1 / (1 + np.exp(1.5 - risk - 4 * (named["product_return_rate"] - 0.4)))
    x, chance = np.tile(x, (20, 1)), np.tile(chance, 20)
    rng = np.random.default_rng(1)
    of_score = x[:, : len(online.score_names)]
    model = Trees(fit(Rows(of_score, (rng.random(len(x)) < chance).astype(np.int8), online.score_names), MODEL, 30))
    reasons = ReasonModel(LEARNED, _of_reasons(x, online.names), 0.9, np.array([0.1, -0.1, 0.0]))
    bundle = Bundle(
        _catalog(online), model, nothing_calibrated(), reasons, recipe.as_json(), {"shop": 0.37}, {"rounds": 30}
    )
    return ServedShop(built, recipe, bundle, placed)


def _of_reasons(x: Floats, names: tuple[str, ...]) -> lgb.Booster:
    """Trees that take larger sizes to be too large."""
    size = np.nan_to_num(x[:, names.index("size_value")])
    label = np.where(size >= XL, 1, np.where(size > 0, 0, 2))
    chosen = {"objective": "multiclass", "num_class": len(LEARNED), "num_leaves": 4, "num_threads": 1, "verbose": -1}
    return lgb.train(chosen, lgb.Dataset(x, label, feature_name=[*names]), 5)


def _catalog(online: OnlineFeatures) -> tuple[CatalogEntry, ...]:
    return tuple(_entry(feature) for feature in online.features)
