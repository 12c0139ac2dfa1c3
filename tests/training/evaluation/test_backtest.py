import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from data.errors import UserError
from features import catalog, recipe
from tests.training.small_matrix import CATALOG, LEVEL, LINEAR, SPLIT, START, TRAINING, matrix_frame, write_matrix
from training import backtest
from training.evaluation.backtest import BacktestParams, Fold, Method, folds, run_fold, summary
from training.evaluation.metrics import log_loss
from training.model.split import DAY, final_split

METHOD = Method(CATALOG, TRAINING, LEVEL, 10)
FOLDS = BacktestParams(folds=3, fold_days=10, calibration_bins=10)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return matrix_frame()


@pytest.fixture
def project(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the stages before leave, made the current one."""
    monkeypatch.chdir(tmp_path)
    write_matrix(frame, tmp_path / "features/matrix/lines.parquet")
    catalog.write(CATALOG, tmp_path / "features/matrix/catalog.json")
    recipe.write(TRAINING.recipe, tmp_path / "features/matrix/recipe.json")
    write_params(tmp_path, FOLDS)
    return tmp_path


def write_params(project: Path, given: BacktestParams) -> None:
    sections = {"model": TRAINING.model, "calibration": TRAINING.calibration, "split": SPLIT, "backtest": given}
    sections |= {"linear": LINEAR, "level": LEVEL}
    (project / "params.yaml").write_text(yaml.safe_dump({name: one.model_dump() for name, one in sections.items()}))


def fold(number: int, **figures: float) -> Fold:
    usual = dict.fromkeys(("return_rate", "log_loss", "roc_auc", "brier", "ece", "baseline_log_loss"), 0.5)
    usual |= {"log_loss_without_level": 0.5, "last_shift": 0.0}
    return Fold(number, "2024-05-01", "2024-05-11", train_lines=100, lines=10, **(usual | figures))


def test_folds_follow_one_another_and_end_where_the_final_test_begins(frame: pd.DataFrame) -> None:
    found = folds(frame, SPLIT, FOLDS)

    assert [one.test_until for one in found[:-1]] == [one.test_from for one in found[1:]]
    assert found[-1].test_until == final_split(frame, SPLIT).test_from
    assert [one.test_until - one.test_from for one in found] == [10 * DAY] * 3


def test_a_fold_is_cut_as_the_final_test_is(frame: pd.DataFrame) -> None:
    for one in folds(frame, SPLIT, FOLDS):
        assert one.train.since == START
        assert one.train.closed_by == one.test_from
        assert one.train.until == one.test_from - SPLIT.gap_days * DAY
        assert (frame.loc[one.train.holds(frame), "closes_at"] <= one.test_from).all()


def test_a_fold_learns_nothing_from_what_was_open_when_its_test_began(frame: pd.DataFrame, project: Path) -> None:
    one = folds(frame, SPLIT, FOLDS)[0]
    method = Method(CATALOG, TRAINING, LEVEL.model_copy(update={"deviation": 0.0}), 10)  # a level follows day by day
    before = run_fold(1, one, frame, method)

    changed = frame.copy()
    later = (frame["closes_at"] > one.test_from).to_numpy() & ~one.test(frame)
    changed.loc[later, "label"] = 1 - changed.loc[later, "label"]
    changed.loc[later, "product_return_rate"] = 0.99
    write_matrix(changed, project / "features/matrix/lines.parquet")

    assert later[(frame["ordered_at"] < one.test_from).to_numpy()].any()
    assert run_fold(1, one, changed, method) == before


def test_a_fold_is_measured_on_its_own_span(frame: pd.DataFrame, project: Path) -> None:
    one = folds(frame, SPLIT, FOLDS)[1]
    inside = frame[(frame["ordered_at"] >= one.test_from) & (frame["ordered_at"] < one.test_until)]
    tested = inside[inside["label"].notna()]

    found = run_fold(2, one, frame, METHOD)

    assert project.is_dir()
    assert (found.fold, found.lines, found.train_lines) == (2, len(tested), int(one.fit.holds(frame).sum()))
    assert (found.test_from, found.test_until) == (f"{one.test_from:%Y-%m-%d}", f"{one.test_until:%Y-%m-%d}")
    assert found.return_rate == pytest.approx(tested["label"].mean(), abs=1e-6)
    rate = frame.loc[one.fit.holds(frame), "label"].mean()
    y = tested["label"].to_numpy(dtype=float)
    assert found.baseline_log_loss == pytest.approx(-(y * np.log(rate) + (1 - y) * np.log(1 - rate)).mean(), abs=1e-6)
    assert found.roc_auc > 0.55


def test_a_fold_is_scored_at_the_level_of_each_day(frame: pd.DataFrame, project: Path) -> None:
    one = folds(frame, SPLIT, FOLDS)[1]
    off = Method(CATALOG, TRAINING, LEVEL.model_copy(update={"deviation": 0.0}), 10)

    found, without = run_fold(2, one, frame, METHOD), run_fold(2, one, frame, off)

    assert project.is_dir()
    assert found.last_shift != 0 == without.last_shift
    assert found.log_loss_without_level == without.log_loss == without.log_loss_without_level
    assert found.log_loss != without.log_loss


def test_too_short_a_history_for_the_folds_is_told_how_many_fit(
    frame: pd.DataFrame,
) -> None:
    many = BacktestParams(folds=9, fold_days=10, calibration_bins=10)

    with pytest.raises(UserError, match=r"none in fit[\s\S]*orders run from 2024-01-01") as caught:
        folds(frame, SPLIT, many)

    fitting = int(re.findall(r"backtest\.folds: (\d+)", caught.value.fix)[0])
    assert len(folds(frame, SPLIT, many.model_copy(update={"folds": fitting}))) == fitting
    with pytest.raises(UserError):
        folds(frame, SPLIT, many.model_copy(update={"folds": fitting + 1}))


def test_the_summary_is_mean_and_spread_between_folds() -> None:
    found = summary([fold(1, log_loss=0.6, ece=0.01), fold(2, log_loss=0.7, ece=0.04), fold(3, log_loss=0.65)])

    assert (found["folds"], found["log_loss_mean"], found["log_loss_spread"]) == (3, 0.65, 0.05)
    assert (found["roc_auc_mean"], found["roc_auc_spread"]) == (0.5, 0)


def test_one_fold_has_no_spread_and_none_has_no_mean() -> None:
    assert summary([fold(1, log_loss=0.6)])["log_loss_mean"] == 0.6
    assert not any(name.endswith("_spread") for name in summary([fold(1)]))
    assert summary([]) == {"folds": 0}


def test_the_stage_writes_a_row_a_fold_and_their_summary(project: Path) -> None:
    backtest.main()
    written = {name: (project / "reports" / name).read_bytes() for name in ("backtest.csv", "backtest.json")}
    backtest.main()

    table = pd.read_csv(project / "reports/backtest.csv")
    assert table["fold"].tolist() == [1, 2, 3]
    assert (table["log_loss"] < table["baseline_log_loss"]).all()
    content = json.loads((project / "reports/backtest.json").read_text())
    assert content["log_loss_mean"] == pytest.approx(table["log_loss"].mean(), abs=1e-6)
    assert {name: (project / "reports" / name).read_bytes() for name in written} == written


def test_the_stage_keeps_the_predictions_that_its_figures_are_of(frame: pd.DataFrame, project: Path) -> None:
    backtest.main()

    kept = pd.read_parquet(project / "reports/backtest_predictions.parquet")
    table = pd.read_csv(project / "reports/backtest.csv").set_index("fold")
    assert kept.groupby("fold").size().equals(table["lines"].rename(None))
    losses = [log_loss(fold["label"], fold["probability"]) for _, fold in kept.groupby("fold")]
    assert losses == pytest.approx(table["log_loss"].tolist(), abs=1e-6)
    known = kept.merge(frame, on=["line_id", "ordered_at", "label"])
    assert len(known) == len(kept) == kept["line_id"].nunique()


def test_without_folds_the_stage_writes_a_table_without_rows(project: Path) -> None:
    write_params(project, BacktestParams(folds=0, fold_days=10, calibration_bins=10))

    backtest.main()

    assert pd.read_csv(project / "reports/backtest.csv").columns[0] == "fold"
    assert json.loads((project / "reports/backtest.json").read_text()) == {"folds": 0}
    assert len(pd.read_parquet(project / "reports/backtest_predictions.parquet")) == 0
