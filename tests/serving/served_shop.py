"""A small shop that can be served: the seed of its state, and a bundle that was trained on its features."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from features import restore
from features.build import _entry
from features.events import OrderPlaced
from features.facts import About
from features.live import LiveState
from features.online import OnlineFeatures
from features.order import Order
from features.recipe import Recipe
from features.seed_file import read_about
from features.stores.memory import MemoryStore
from serving.champion import LoadedModel
from serving.guarded_store import GuardedStore
from serving.model_dir import Pointer
from serving.prepared import Prepared, prepare
from tests.features import seeds
from tests.features.crowded_shop import crowded_shop
from tests.features.event_log import event_log
from tests.serving.small_models import nothing_calibrated
from tests.training.small_matrix import MODEL
from training.booster import fit
from training.bundle import Bundle
from training.costs import Costs
from training.matrix import Rows

COSTS = Costs(
    return_fixed_minor=300, return_value_share=0.1, margin_share=0.4, warning_avoids_returns=0.5, warning_stops_kept=0.5
)
AFTER = 1_720_000_000_000_000
"""A time (microseconds since 1970) after all that the shop's tables tell."""


@dataclass(frozen=True)
class ServedShop:
    """``seed`` is its folder; ``placed`` are its orders as events."""

    seed: Path
    recipe: Recipe
    bundle: Bundle
    placed: tuple[OrderPlaced, ...]

    @property
    def about(self) -> About:
        return read_about(self.seed)

    def orders(self, at: int = AFTER) -> list[Order]:
        """Its orders once more, asked about at a time."""
        return [Order(each.order.customer_id, at, each.order.lines) for each in self.placed]

    def store(self) -> MemoryStore:
        """A store that holds the state of the seed, with all windows closed."""
        store = MemoryStore()
        restore.restore(self.seed, store)
        seeds.advance(LiveState(store, OnlineFeatures(self.recipe), self.about.remember_days), AFTER)
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


def opened(store: MemoryStore) -> GuardedStore:
    """The store as a worker holds it, without the thread that looks after it."""
    guarded = GuardedStore(lambda: store)
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
    x = online.without_state([each.order for each in placed])
    y = np.random.default_rng(1).integers(0, 2, len(x)).astype(np.int8)
    booster = fit(Rows(np.tile(x, (20, 1)), np.tile(y, 20), online.names), MODEL, 8)
    catalog = tuple(_entry(feature) for feature in online.features)
    bundle = Bundle(catalog, booster, nothing_calibrated(), recipe.as_json(), {"shop": 0.37}, {"rounds": 8})
    return ServedShop(built, recipe, bundle, placed)
