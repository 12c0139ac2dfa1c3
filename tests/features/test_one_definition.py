"""Law 2: a feature is defined once, with equal values over tables and line by line."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.outcome import OutcomeParams
from features import recipe
from features.language.nodes import Feature
from tests.features.built import built, lines_of
from tests.features.crowded_shop import OUTCOME, Shop, crowded_shop
from tests.features.matrices import by_line, computed
from tests.features.replay import Replay


@pytest.mark.parametrize(("seed", "share"), [(7, 0.5), (8, 0)])
def test_every_feature_of_every_line_equals_a_plain_replay_of_the_events(
    seed: int, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shop, outcome = (
        crowded_shop(seed=seed, lives=True, changes=True),
        OUTCOME.model_copy(update={"returned_from_share": share}),
    )
    matrix, features = (
        _stored(built(tmp_path_factory, seed=seed, lives=True, changes=True))
        if outcome == OUTCOME
        else _computed(shop, outcome)
    )
    replay = Replay(shop, outcome)

    differing = []
    for feature in features:
        column = matrix[feature.name].to_dict()
        for line in replay.lines:
            expected, found = replay.value(feature, line), column[line["line_id"]]
            if not _same(expected, found, whole=feature.whole):
                differing.append((feature.name, line["line_id"], expected, found))

    shares = matrix[[feature.name for feature in features if feature.name.startswith("reason_share_")]].astype(float)

    assert len(features) >= 90
    assert shares.shape[1] == 11
    assert np.allclose(shares.sum(axis=1), 1, rtol=1e-12)
    assert (shares.max() > 0.1).all()  # above an equal share, so each reason was counted somewhere
    assert differing == []
    assert [f.name for f in features if f.missing == "never missing" and matrix[f.name].isna().any()] == []


def _stored(folder: Path) -> tuple[pd.DataFrame, list[Feature]]:
    return lines_of(folder), recipe.read(folder / "matrix" / "recipe.json").features()


def _computed(shop: Shop, outcome: OutcomeParams) -> tuple[pd.DataFrame, list[Feature]]:
    table, used = computed(shop, outcome)
    return by_line(table), used.features()


def _same(expected: Any, found: Any, *, whole: bool) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    if whole:
        return bool(int(expected) == found)
    return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-15)
