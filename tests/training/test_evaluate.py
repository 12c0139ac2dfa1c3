import json
import logging
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.errors import UserError
from tests.training.scored_shop import PARAMS, origin, plot_backtest, scored_shop
from training.evaluate import plot_tables, publish, require_both_outcomes
from training.measure import measure

GAINS = {"product_return_rate": 3.0, "price": 1.0}


def test_an_evaluation_leaves_all_its_files_and_nothing_half_written(tmp_path: Path) -> None:
    lines, truth = scored_shop()
    measured = measure(lines, truth, PARAMS)
    plot_backtest().to_csv(tmp_path / "backtest.csv", index=False)
    tables = plot_tables(lines, measured, GAINS, 10, tmp_path / "backtest.csv")
    publish(lines, measured, tables, origin(), tmp_path / "reports")
    names = ("backtest", "calibration", "importance", "lift", "months", "precision_recall")
    expected = {"metrics.json", "predictions.parquet", "report.html"}
    expected |= {f"plots/{name}.csv" for name in names} | {f"figures/{name}.png" for name in names}
    reports = tmp_path / "reports"
    assert {file.relative_to(reports).as_posix() for file in reports.rglob("*.*")} == expected
    assert json.loads((reports / "metrics.json").read_text())["test"]["lines"] == 3000
    assert pq.read_metadata(reports / "predictions.parquet").num_rows == 3000


def test_without_a_backtest_its_plot_is_left_out_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines, truth = scored_shop(300)
    with caplog.at_level(logging.WARNING):
        tables = plot_tables(lines, measure(lines, truth, PARAMS), GAINS, 10, tmp_path / "backtest.csv")
    assert "backtest" not in tables
    assert "without a backtest" in caplog.text


@pytest.mark.parametrize("label", [0, 1])
def test_a_test_window_of_one_outcome_is_one_clear_message(label: int) -> None:
    lines, _ = scored_shop(20)
    lines["label"] = label
    with pytest.raises(UserError, match=f"{20 * label} returned of 20"):
        require_both_outcomes(lines)
