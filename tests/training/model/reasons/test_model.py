"""What the reason model says of any row is a distribution, and is the shares wherever nothing was learned."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.arrays import Floats
from features.language.reasons import REASONS
from tests.training.small_matrix import CATALOG, write_matrix
from tests.training.small_reasons import (
    FEATURES,
    LARGE,
    RARE,
    REASON_TRAINING,
    SMALL,
    STYLE,
    parts_of,
    reasons_frame,
    rows_of,
)
from training.model.reasons.fit import fit_reasons
from training.model.reasons.model import ReasonModel

SHARES_ALONE = ReasonModel((), None, 1.0, np.zeros(0))
VALUES = st.floats(-1e6, 1e6) | st.sampled_from([0.0, np.nan, np.inf, -np.inf])
WEIGHTS = st.floats(1e-6, 1.0)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return reasons_frame()


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ReasonModel:
    matrix = write_matrix(frame, tmp_path_factory.mktemp("reasons") / "lines.parquet")
    fitted = fit_reasons(matrix, FEATURES, parts_of(frame), REASON_TRAINING)
    assert fitted is not None
    assert fitted.learned == (SMALL, LARGE, STYLE)
    return fitted


@st.composite
def any_rows(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Rows of any features, with any shares above 0."""
    count = draw(st.integers(1, 8))
    weights = draw(arrays.arrays(np.float64, (count, len(REASONS)), elements=WEIGHTS))
    shares = weights / weights.sum(axis=1, keepdims=True)
    return np.hstack([draw(arrays.arrays(np.float64, (count, len(CATALOG)), elements=VALUES)), shares]), shares


@settings(max_examples=200, deadline=None)
@given(rows=any_rows())
def test_any_row_has_a_distribution(model: ReasonModel, rows: tuple[Floats, Floats]) -> None:
    for told in (model, SHARES_ALONE):
        found = told.distribution(*rows)
        assert found.shape == rows[1].shape
        assert ((found > 0) & (found < 1)).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(rows=any_rows())
def test_a_reason_that_was_not_learned_keeps_exactly_its_share(model: ReasonModel, rows: tuple[Floats, Floats]) -> None:
    others = [place for place in range(len(REASONS)) if place not in model.learned]
    assert RARE in others

    found = model.distribution(*rows)

    np.testing.assert_array_equal(found[:, others], rows[1][:, others])
    assert (found[:, model.learned] != rows[1][:, model.learned]).any()


def test_without_a_booster_the_answer_is_the_shares_in_the_same_form(model: ReasonModel, frame: pd.DataFrame) -> None:
    x, shares = rows_of(frame)

    found, learned = SHARES_ALONE.distribution(x, shares), model.distribution(x, shares)

    np.testing.assert_array_equal(found, shares)
    assert (found.shape, found.dtype) == (learned.shape, learned.dtype)


def test_no_row_gives_no_row(model: ReasonModel) -> None:
    none = np.empty((0, len(FEATURES))), np.empty((0, len(REASONS)))

    assert model.distribution(*none).shape == SHARES_ALONE.distribution(*none).shape == (0, len(REASONS))


def test_asking_leaves_the_rows_as_they_were(model: ReasonModel, frame: pd.DataFrame) -> None:
    x, shares = rows_of(frame)
    before = x.copy(), shares.copy()

    model.distribution(x, shares)

    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(shares, before[1])


def test_a_row_has_the_same_distribution_alone_as_among_others(model: ReasonModel, frame: pd.DataFrame) -> None:
    x, shares = rows_of(frame.head(30))

    among = model.distribution(x, shares)

    alone = [model.distribution(x[[row]], shares[[row]])[0] for row in range(30)]
    np.testing.assert_allclose(np.array(alone), among, rtol=1e-12)


def test_slope_and_offsets_act_on_the_log_probabilities_of_learned_reasons(
    model: ReasonModel, frame: pd.DataFrame
) -> None:
    x, shares = rows_of(frame.head(50))
    plain = ReasonModel(model.learned, model.booster, 1.0, np.zeros(3)).distribution(x, shares)

    found = ReasonModel(model.learned, model.booster, 2.0, np.log([1.0, 3.0, 1.0])).distribution(x, shares)

    # slope 2 squares the odds of two reasons, the offset multiplies them by 3
    odds = plain[:, LARGE] / plain[:, STYLE]
    np.testing.assert_allclose(found[:, LARGE] / found[:, STYLE], 3 * odds**2, rtol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize("learned", [True, False])
def test_what_was_written_is_read(model: ReasonModel, frame: pd.DataFrame, *, learned: bool) -> None:
    given_model = model if learned else SHARES_ALONE
    x, shares = rows_of(frame)

    found = ReasonModel.from_json(given_model.as_json(), given_model.booster)

    assert found.learned == given_model.learned
    np.testing.assert_array_equal(found.distribution(x, shares), given_model.distribution(x, shares))
    assert given_model.as_json()["learned"] == (["SIZE_TOO_SMALL", "SIZE_TOO_LARGE", "STYLE"] if learned else [])
