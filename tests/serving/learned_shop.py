"""A small shop whose model has a part of posteriors, to be scored by the service's own parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from features import catalog
from features.catalog import is_posterior
from tests.features.crowded_shop import crowded_shop
from tests.features.event_log import event_log
from tests.features.learning import LearnedShop, few_features
from tests.serving.served_shop import ServedShop
from tests.serving.small_models import nothing_calibrated
from tests.training.small_matrix import MODEL
from training.model.blend import PosteriorPart
from training.model.booster import fit
from training.model.bundle import Bundle
from training.model.learners.trees import Trees
from training.model.matrix import Rows


@contextmanager
def learned_shop(folder: Path) -> Iterator[ServedShop]:
    """Make the shop, and let its features be computed for as long as it is used."""
    with few_features():
        learned = LearnedShop.of(crowded_shop(orders=40), folder)
        seed = learned.seed()
        placed = tuple(placed for moment in event_log(folder / "validated") for placed in moment.placed)
        yield ServedShop(seed, learned.recipe, _bundle(learned), placed)


def _bundle(learned: LearnedShop) -> Bundle:
    entries = catalog.read(learned.matrix / "catalog.json")
    lines = pd.read_parquet(learned.matrix / "lines.parquet")
    of_score = [entry.name for entry in entries if not entry.only_reasons]
    own = [name for name in of_score if not is_posterior(name)]
    y = lines["label"].fillna(0).to_numpy(np.int8)
    model = Trees(fit(Rows(np.tile(lines[own].astype(float), (20, 1)), np.tile(y, 20), tuple(own)), MODEL, 8))
    usual = lines[[name for name in of_score if is_posterior(name)]].mean().to_numpy()
    bundle = Bundle(
        tuple(entries), model, nothing_calibrated(), None, learned.recipe.as_json(), {"shop": 0.37}, {"rounds": 8}
    )
    return Bundle(**{**vars(bundle), "posterior": PosteriorPart(0.5, usual)})
