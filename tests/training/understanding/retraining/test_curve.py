import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from tests.training.small_matrix import SPLIT, matrix_frame
from training.evaluation.backtest import BacktestParams
from training.understanding.params import CurveParams
from training.understanding.retraining.curve import Shop, points
from training.understanding.retraining.retrain import area
from training.understanding.retraining.span import LEAST_LINES, learnable, retraining_split


@pytest.fixture(scope="module")
def shop() -> Shop:
    frame = matrix_frame()
    split = retraining_split(frame, SPLIT, BacktestParams(folds=0, fold_days=15, calibration_bins=10))
    return Shop(frame, frame["order_id"], split, np.zeros(0, dtype=np.int64))


def curve(lines: int, points: int = 1, months: tuple[int, ...] = ()) -> CurveParams:
    return CurveParams(lines=lines, points=points, draws=1, months=list(months))


def test_sizes_of_which_a_part_of_the_training_is_scarce_are_left_out(shop: Shop) -> None:
    found = points(shop, curve(1600, points=6), seed=1)

    assert [point.size for point in found] == [800, 1600]
    for point in found:
        learned = shop.times[~point.left_out]
        assert all(
            getattr(shop.split, name).holds(learned).sum() >= LEAST_LINES for name in ("fit", "stop", "calibration")
        )


def test_too_few_lines_for_any_model_are_one_message(shop: Shop) -> None:
    with pytest.raises(
        UserError, match=r"found: \d+ (fit|stop|calibration) lines[\s\S]*raise understanding.curve.lines"
    ):
        points(shop, curve(500).model_copy(update={"lines": 200}), seed=1)


def test_months_keep_the_stop_and_calibration_lines_and_the_last_lines_before(shop: Shop) -> None:
    (whole, month) = points(shop, curve(100_000, months=(1, 60)), seed=1)[:2]

    kept = shop.times[~month.left_out & learnable(shop.times, shop.split)]
    assert not whole.left_out.any()
    assert kept["ordered_at"].min() >= shop.split.fit.until - pd.DateOffset(months=1)
    assert shop.split.stop.holds(kept).sum() == shop.split.stop.holds(shop.times).sum()
    assert shop.split.calibration.holds(kept).sum() == shop.split.calibration.holds(shop.times).sum()


def test_lines_of_one_outcome_have_no_area_under_the_curve() -> None:
    assert area([0, 0], [0.1, 0.2]) is None
    assert area([0, 1], [0.1, 0.2]) == 1
