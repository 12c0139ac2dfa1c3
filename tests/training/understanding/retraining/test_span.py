import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.training.small_matrix import SPLIT, matrix_frame
from training.evaluation.backtest import BacktestParams
from training.model.split import final_split
from training.understanding.retraining.span import draw_orders, learnable, retraining_split, without

FOLDS = BacktestParams(folds=0, fold_days=15, calibration_bins=10)


def test_a_model_is_tested_before_the_test_lines_also_where_the_backtest_has_no_fold() -> None:
    frame = matrix_frame()

    found = retraining_split(frame, SPLIT, FOLDS)

    assert found.test_until == final_split(frame, SPLIT).test_from
    assert (found.test_until - found.test_from).days == 15


def test_lines_that_no_training_may_read_are_not_learnable() -> None:
    frame = matrix_frame()
    split = retraining_split(frame, SPLIT, FOLDS)

    inside = learnable(frame, split)

    assert not (inside & split.test(frame)).any()
    assert (frame.loc[inside, "closes_at"] <= split.test_from).all()
    for part in (split.fit, split.stop, split.calibration, split.train):
        assert inside[part.holds(frame)].all()


def test_lines_that_are_left_out_are_in_no_part_of_the_training_and_the_tested_lines_stay() -> None:
    frame = matrix_frame()
    split = retraining_split(frame, SPLIT, FOLDS)
    left_out = learnable(frame, split) & (np.arange(len(frame)) % 2 == 0)

    times = without(frame, left_out)

    assert not (split.train.holds(times) & left_out).any()
    assert split.train.holds(times).sum() > 0
    assert (split.test(times) == split.test(frame)).all()
    assert frame["label"].notna()[left_out].all()


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=40),
    most=st.integers(1, 120),
    seed=st.integers(0, 5),
)
def test_orders_are_drawn_whole_up_to_the_most_lines_and_a_larger_draw_holds_the_smaller(
    sizes: list[int], most: int, seed: int
) -> None:
    orders = pd.Series(np.repeat([f"o{number}" for number in range(len(sizes))], sizes))
    lines = np.arange(len(orders)) % 7 != 0

    drawn, larger = (draw_orders(orders, lines, size, seed) for size in (most, most + 9))

    assert drawn.sum() <= max(most, 0)
    assert not (drawn & ~lines).any()
    assert not (drawn & ~larger).any()
    chosen = set(orders[drawn])
    assert drawn[lines & orders.isin(chosen).to_numpy()].all()
    assert drawn.sum() == lines.sum() or drawn.sum() > most - 6
