"""Small shops whose posteriors are learned: their matrix, their seed, and the features that are quick to compute."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from features import recipe
from features.build import build
from features.online.features import OnlineFeatures
from features.online_state.live import LiveState
from features.posteriors import covariates
from features.recipe import Recipe
from tests.features import seeds
from tests.features.crowded_shop import OUTCOME, PARAMS, Shop

LEARNING = PARAMS.model_copy(update={"posteriors": PARAMS.posteriors.model_copy(update={"learn": True})})
FEW = {
    *("price_minor", "size_value", "basket_lines", "customer_return_rate", "customer_settled_lines"),
    *("product_return_rate", "product_size_return_rate", "shop_return_rate", "reason_share_size_too_small"),
    *("category_return_rate", "payment_method_return_rate", "product_color_return_rate", "size_label_return_rate"),
    *("customer_category_return_rate", "customer_size_system_return_rate"),
}
"""Features of each kind: own and of the basket, shares and others, of reasons alone; and one of each key of levels."""

LINES, PRODUCTS = ("channel", "region"), ("brand", "supplier", "department")
"""Columns of lines and of products that the shops do without."""


@contextmanager
def few_features() -> Iterator[None]:
    """Let recipes have few features, which are compiled far sooner, and let covariates count in a small shop."""
    every = Recipe.features
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recipe, "features", lambda used: [each for each in every(used) if each.name in FEW])
        patch.setattr(covariates, "FEWEST", 20)
        yield


@dataclass(frozen=True)
class LearnedShop:
    """The tables and the matrix of a shop, in the folders ``validated`` and ``matrix`` of ``folder``."""

    folder: Path
    recipe: Recipe

    @property
    def matrix(self) -> Path:
        return self.folder / "matrix"

    @classmethod
    def of(cls, shop: Shop, folder: Path) -> "LearnedShop":
        build(_lean(shop).write(folder / "validated"), folder / "matrix", LEARNING, OUTCOME)
        return cls(folder, recipe.read(folder / "matrix" / "recipe.json"))

    def seed(self) -> Path:
        """Build the seed of the online state."""
        return seeds.build_from(self.folder / "validated", self.folder, self.recipe, matrix=self.matrix)

    def state(self) -> LiveState:
        """A state that begins with the seed."""
        return seeds.restored(self.folder / "state", OnlineFeatures(self.recipe))


def _lean(shop: Shop) -> Shop:
    """The shop without some kinds of levels that are like others: each is one more history to compute."""
    changes = None if shop.product_changes is None else _without(shop.product_changes, PRODUCTS)
    return shop.with_(
        lines=_without(shop.lines, LINES), products=_without(shop.products, PRODUCTS), product_changes=changes
    )


def _without(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    return frame.drop(columns=[name for name in columns if name in frame])
