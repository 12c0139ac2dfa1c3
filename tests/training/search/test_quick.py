import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from tests.training.small_matrix import CATALOG, LEVEL, SPLIT, TRAINING, write_matrix
from training.evaluation.backtest import Method, run_fold
from training.model.split import final_split
from training.search import quick, trained
from training.search.folds import bench


def test_a_try_says_which_is_better_on_the_folds_and_files_its_figures(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["quick", "linear.share=0", "model.min_data_in_leaf=5000"])  # no tree splits

    quick.main()

    said, filed = capsys.readouterr().out, json.loads((project / "reports/quick.json").read_text())
    assert "log-loss: worse, +" in said
    assert f"on a sample of {filed['lines']:,} lines" in said
    assert 'make experiment S="linear.share=0 model.min_data_in_leaf=5000"' in said
    assert filed["changed"] == {"linear.share": 0, "model.min_data_in_leaf": 5000}
    assert len(filed["folds"]) == 2
    assert filed["difference_low"] > 0
    weights = [fold["lines"] for fold in filed["folds"]]
    changes = [fold["after"] - fold["before"] for fold in filed["folds"]]
    assert filed["difference"] == pytest.approx(np.average(changes, weights=weights), abs=1e-5)


def test_a_try_of_what_is_there_already_is_one_message(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (project / "params.yaml").is_file()
    monkeypatch.setattr(sys, "argv", ["quick", f"model.num_leaves={TRAINING.model.num_leaves}"])

    with pytest.raises(UserError, match="there is no change"):
        quick.main()


def test_what_a_quick_try_trains_without_is_refused_with_the_command_that_tries_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (project / "params.yaml").is_file()
    monkeypatch.setattr(sys, "argv", ["quick", "model.unsent_lines=100"])

    with pytest.raises(UserError, match=r'without copies of lines\n.*make experiment S="model.unsent_lines=100"'):
        quick.main()


def test_the_folds_of_the_whole_matrix_have_the_log_losses_of_the_backtest(project: Path) -> None:
    with bench(0) as on:
        losses = on.run(0, trained.load())
        times, split = on.sample.times, on.splits[0]

    assert (project / "features/matrix/lines.parquet").is_file()
    fold = run_fold(1, split, times, Method(CATALOG, TRAINING, LEVEL, 10))
    assert losses.mean == pytest.approx(fold.log_loss, abs=1e-6)
    assert len(losses.losses) == fold.lines


def test_no_test_line_is_read(project: Path, frame: pd.DataFrame) -> None:
    """Other outcomes of the test lines, which become known in the test window, change no figure."""
    with bench(0, 1) as on:
        before = on.run(0, trained.load())
    tested = final_split(frame, SPLIT).test(frame)
    altered = frame.copy()
    altered.loc[tested, "label"] = 1 - altered.loc[tested, "label"]
    write_matrix(altered, project / "features/matrix/lines.parquet")

    with bench(0, 1) as on:
        after = on.run(0, trained.load())

    np.testing.assert_array_equal(before.losses, after.losses)
