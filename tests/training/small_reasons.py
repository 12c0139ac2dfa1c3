"""The small matrix with reasons: a feature of each line tells for which reason it would come back."""

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from features.catalog import CatalogEntry
from features.language.reasons import REASONS
from tests.training.small_matrix import CATALOG, MODEL, SPLIT, matrix_frame
from training.model.reasons.fit import ReasonTraining
from training.model.reasons.params import ReasonParams
from training.model.split import final_split

NAMES = [
    "reason_share_size_too_small",
    "reason_share_size_too_large",
    "reason_share_defective",
    "reason_share_not_as_described",
    "reason_share_wrong_item",
    "reason_share_color",
    "reason_share_style",
    "reason_share_unwanted",
    "reason_share_other",
    "reason_share_arrived_late",
    "reason_share_incompatible",
]
CATALOG_WITH_REASONS = [
    *CATALOG,
    *(
        CatalogEntry(name, "double", "share", "reasons", "share of a reason", "never", (), only_reasons=True)
        for name in NAMES
    ),
]
FEATURES = [entry.name for entry in CATALOG_WITH_REASONS]
SMALL, LARGE, STYLE, RARE = 0, 1, 6, 4
"""Places of the reasons that lines come back for; RARE is one for few of them."""
REASON_PARAMS = ReasonParams(
    min_returns=200,
    min_returns_of_reason=30,
    learning_rate=0.2,
    num_leaves=4,
    min_data_in_leaf=10,
    feature_fraction=1.0,
    bagging_fraction=0.8,
    lambda_l2=1.0,
    max_rounds=40,
    stopping_rounds=5,
    prior_returns=50,
    unsent_share=0,
)
REASON_TRAINING = ReasonTraining(REASON_PARAMS, MODEL)


def reasons_frame(seed: int = 3) -> pd.DataFrame:
    """The lines of `matrix_frame`; those returned have a reason, but for one in ten.

    From products with a rate above 0.35 seven in ten are too small, and one is too large; from the others it is the
    other way round. Style takes the rest, but for 1%.
    """
    frame = matrix_frame(seed)
    rng = np.random.default_rng(seed + 1)
    chances = np.where((frame["product_return_rate"] > 0.35).to_numpy()[:, None], [0.7, 0.8, 0.99], [0.1, 0.8, 0.99])
    drawn = (rng.random(len(frame))[:, None] > chances).sum(axis=1)
    reason = np.array([SMALL, LARGE, STYLE, RARE])[drawn]
    codes = pd.Series([REASONS[place].value for place in reason], dtype="str")
    returned = frame["label"].eq(1).fillna(value=False).to_numpy(dtype=bool)
    frame["reason"] = codes.where(returned & (rng.random(len(frame)) > 0.1))
    frame[NAMES] = rng.dirichlet(np.where(np.isin(np.arange(len(NAMES)), [SMALL, LARGE, STYLE]), 60.0, 2.0), len(frame))
    return frame


def parts_of(frame: pd.DataFrame) -> dict[str, Bools]:
    """The parts of the lines that training takes, and ``test``."""
    cuts = final_split(frame, SPLIT)
    parts = {name: getattr(cuts, name).holds(frame) for name in ("fit", "stop", "calibration", "train")}
    return parts | {"test": cuts.test(frame)}


def places(frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The place of each line's reason, -1 where it has none; from the codes, without the code under test."""
    codes = [reason.value for reason in REASONS]
    return np.array([codes.index(code) if isinstance(code, str) else -1 for code in frame["reason"]], dtype=np.int64)


def rows_of(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """All features of the lines, and their shares of reasons."""
    x = frame[FEATURES].to_numpy(dtype=np.float64)
    return x, x[:, len(CATALOG) :]
