"""Law 2: a feature is defined once, with equal values over tables and line by line."""

import math
from typing import Any

import numpy as np
import pytest

from tests.features.crowded_shop import OUTCOME, crowded_shop
from tests.features.matrices import features_of, matrix_of
from tests.features.replay import Replay


@pytest.mark.parametrize(("seed", "share"), [(7, 0.5), (8, 0)])
def test_every_feature_of_every_line_equals_a_plain_replay_of_the_events(seed: int, share: float) -> None:
    shop, outcome = (
        crowded_shop(seed=seed, lives=True, changes=True),
        OUTCOME.model_copy(update={"returned_from_share": share}),
    )
    matrix, features, replay = matrix_of(shop, outcome), features_of(shop), Replay(shop, outcome)

    differing = []
    for feature in features:
        for line in replay.lines:
            expected, found = replay.value(feature, line), matrix.at[line["line_id"], feature.name]
            if not _same(expected, found, whole=feature.whole):
                differing.append((feature.name, line["line_id"], expected, found))

    shares = matrix[[feature.name for feature in features if feature.name.startswith("reason_share_")]].astype(float)

    assert len(features) >= 90
    assert shares.shape[1] == 11
    assert np.allclose(shares.sum(axis=1), 1, rtol=1e-12)
    assert (shares.max() > 0.1).all()  # above an equal share, so each reason was counted somewhere
    assert differing == []
    assert [f.name for f in features if f.missing == "never missing" and matrix[f.name].isna().any()] == []


def _same(expected: Any, found: Any, *, whole: bool) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    if whole:
        return bool(int(expected) == found)
    return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-15)
