from pathlib import Path

import pytest

from data.errors import UserError
from data.progress import journal
from data.progress.journal import Entry, Point, Span
from data.progress.machine import Sample
from training.registry.course import UNKNOWN, Value, course
from training.registry.provenance import file_digest

FOLDS = "fold,test_from,test_until,train_lines,lines,log_loss,roc_auc\n1,2024-01-01,2024-02-01,900,90,0.61,\n"


def keep(stage: str, output: str, digest: str, steps: tuple[Span, ...], folder: Path) -> None:
    samples = (Sample(1500, {"cpu_utilization_percentage": 50.0}),)
    journal.write(Entry(stage, 1000, 9000, 1.0, 100.0, {output: digest}, steps, samples), folder)


def boosting(*around: str) -> Span:
    curve = (Point(1, 2000, {"log_loss": 0.6}), Point(2, 3000, {"log_loss": 0.5}))
    return Span((*around, "boosting"), 2000, 4000, curve)


def test_the_course_of_a_training_is_that_of_its_journal(tmp_path: Path) -> None:
    keep("training.train", "training/bundle", "ab12", (boosting(),), tmp_path)

    found = course("ab12", tmp_path / "none.csv", tmp_path)

    assert (found.started_us, found.ended_us) == (1000, 9000)
    assert found.curves == [Value("boosting.log_loss", 1, 2000, 0.6), Value("boosting.log_loss", 2, 3000, 0.5)]
    assert found.machine == [Value("system/cpu_utilization_percentage", 0, 1500, 50.0)]
    assert found.folds == ()


def test_a_model_from_a_cache_has_no_times_of_another_training(tmp_path: Path) -> None:
    keep("training.train", "training/bundle", "of another bundle", (boosting(),), tmp_path)

    assert course("ab12", tmp_path / "none.csv", tmp_path) == UNKNOWN


def test_a_fold_has_its_own_times_and_curve(tmp_path: Path) -> None:
    file = tmp_path / "backtest.csv"
    file.write_text(FOLDS)
    whole = Span(("backtest", "fold 1"), 1500, 4500)
    steps = (Span(("backtest",), 1000, 9000), whole, boosting("backtest", "fold 1"), boosting("backtest", "fold 10"))
    keep("training.backtest", file.as_posix(), file_digest(file), steps, tmp_path)

    (fold,) = course("ab12", file, tmp_path).folds

    assert fold.name == "fold 1, 2024-01-01 to 2024-02-01"
    assert (fold.started_us, fold.ended_us) == (1500, 4500)
    assert fold.params == {"fold": "1", "test_from": "2024-01-01", "test_until": "2024-02-01"}
    assert fold.metrics == {"train_lines": 900, "lines": 90, "log_loss": 0.61}
    assert [value.step for value in fold.curves] == [1, 2]


def test_folds_whose_journal_is_of_other_folds_have_figures_and_no_times(tmp_path: Path) -> None:
    file = tmp_path / "backtest.csv"
    file.write_text(FOLDS)
    keep("training.backtest", file.as_posix(), "another", (boosting("backtest", "fold 1"),), tmp_path)

    (fold,) = course("ab12", file, tmp_path).folds

    assert (fold.started_us, fold.ended_us, fold.curves) == (None, None, [])
    assert fold.metrics["log_loss"] == 0.61


def test_a_broken_table_of_folds_is_one_clear_message(tmp_path: Path) -> None:
    file = tmp_path / "backtest.csv"
    file.write_text("fold,test_from,test_until,log_loss\n1,2024-01-01,2024-02-01,much\n")

    with pytest.raises(UserError, match="dvc repro backtest"):
        course("ab12", file, tmp_path)
