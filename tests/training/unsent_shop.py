"""A small shop where the payment method says most, and models that have or have not learned to do without it."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

from features import catalog, recipe
from features.build import build
from tests.features.crowded_shop import OUTCOME, PARAMS, START, Shop, crowded_shop
from tests.training.small_matrix import MODEL, TRAINING
from training.model import fit, split
from training.model.bundle import Bundle
from training.model.split import Split, SplitParams
from training.train import with_worths

UNSENT = PARAMS.unsent.model_copy(
    update={"measured_lines": 3000, "measured_days": 300, "field_share": 0.15, "new_product_share": 0.15}
)


@dataclass(frozen=True)
class UnsentShop:
    """The folder of a matrix, and its split."""

    matrix: Path
    cuts: Split

    @property
    def cases(self) -> Path:
        return self.matrix / "cases.parquet"

    def bundle(self, unsent_lines: int) -> Bundle:
        """Train on the lines, and on the copies of at most so many."""
        return _bundle(self, unsent_lines)


@cache
def unsent_shop() -> UnsentShop:
    """Make the shop once: of lines on invoice 70% come back, of others 15%; phones have no sizes."""
    folder = Path(mkdtemp(prefix="return-risk-test-"))
    shop = _over_a_year(crowded_shop(orders=700))
    build(shop.write(folder / "validated"), folder / "matrix", PARAMS.model_copy(update={"unsent": UNSENT}), OUTCOME)
    days = SplitParams(test_days=60, gap_days=28, calibration_days=40, stop_days=40)
    return UnsentShop(folder / "matrix", split.final_split(split.read_times(folder / "matrix" / "lines.parquet"), days))


@cache
def _bundle(shop: UnsentShop, unsent_lines: int) -> Bundle:
    model = MODEL.model_copy(update={"unsent_lines": unsent_lines, "refit_below_lines": 1_000_000})
    # Trees alone: the linear part, which knows no thresholds, is hardly misled by what it never saw missing.
    training = replace(TRAINING, model=model, recipe=recipe.read(shop.matrix / "recipe.json"), linear=None)
    lines, entries = shop.matrix / "lines.parquet", catalog.read(shop.matrix / "catalog.json")
    trained, _ = fit.train(lines, split.read_times(lines), shop.cuts, entries, training)
    return with_worths(trained, training.recipe, shop.cuts.train, shop.cases)


def _over_a_year(shop: Shop) -> Shop:
    """The orders of fifty days over four hundred, which come back by their payment method."""
    lines, rng = shop.lines, np.random.default_rng(9)
    later = 7 * (lines["ordered_at"] - START)
    phones = lines["product_id"].map(dict(zip(shop.products["product_id"], shop.products["category"], strict=True)))
    lines = lines.assign(
        ordered_at=lines["ordered_at"] + later,
        delivered_at=lines["delivered_at"] + later,
        size=lines["size"].where(phones != "phones", None),
        outcome_recorded=True,
    )
    back = lines[rng.random(len(lines)) < np.where(lines["payment_method"] == "invoice", 0.7, 0.15)]
    came = back["delivered_at"].fillna(back["ordered_at"]) + pd.to_timedelta(rng.integers(1, 10, len(back)), unit="D")
    returns = pd.DataFrame(
        {
            "return_id": "r" + back["line_id"],
            "line_id": back["line_id"],
            "returned_at": came,
            "quantity": back["quantity"],
            "reason": "STYLE",
        }
    )
    return shop.with_(lines=lines, returns=returns)
