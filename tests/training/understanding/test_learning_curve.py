from pathlib import Path

import pandas as pd
import pytest

from training.understanding import learning_curve, tables


@pytest.fixture(scope="module")
def curve(small: Path) -> pd.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(small)
        learning_curve.main()
    return pd.read_csv(small / tables.CURVE)


def test_the_curve_has_a_row_a_draw_and_a_span_up_to_that_which_holds_all_lines(curve: pd.DataFrame) -> None:
    assert curve[["kind", "size", "draw"]].to_numpy().tolist() == [
        ["lines", 800, 1],
        ["lines", 800, 2],
        ["lines", 1600, 1],
        ["lines", 1600, 2],
        ["months", 1, 1],
        ["months", 2, 1],
    ]
    assert (curve["train_lines"] <= curve["size"].where(curve["kind"] == "lines", 1600)).all()
    assert curve["train_lines"].is_monotonic_increasing or (curve["train_lines"].diff().dropna() < 0).sum() == 1


def test_each_model_is_held_against_the_first_draw_of_the_most_lines(curve: pd.DataFrame) -> None:
    largest = curve.query("kind == 'lines' and size == 1600 and draw == 1").iloc[0]

    assert (largest["difference"], largest["low"], largest["high"]) == (0, 0, 0)
    assert (curve["log_loss"] - largest["log_loss"]).tolist() == pytest.approx(curve["difference"].tolist(), abs=2e-6)
    others = curve[curve["difference"] != 0]
    assert (others["low"] < others["high"]).all()


def test_fewer_lines_and_a_shorter_past_teach_less(curve: pd.DataFrame) -> None:
    assert curve["log_loss"].iloc[:2].mean() > curve["log_loss"].iloc[2:4].mean() - 0.005
    assert curve["train_lines"].iloc[4:].is_monotonic_increasing
