import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.errors import UserError
from data.schema import DRIVERS
from features.language.reasons import REASONS
from tests.training.scored_shop import (
    COSTS,
    CURRENCY,
    OVERALL,
    PARAMS,
    measured_shop,
    origin,
    plot_backtest,
    scored_of,
    scored_shop,
)
from training.evaluation.measure import ShopTruth, measure, read_truths
from training.evaluation.scored_lines import require_both_outcomes
from training.report.publish import plot_tables, publish

GAINS = {"product_return_rate": 3.0, "price": 1.0}


def test_an_evaluation_leaves_all_its_files_and_nothing_half_written(tmp_path: Path) -> None:
    lines, truth = scored_shop()
    measured = measured_shop(lines, truth)
    plot_backtest().to_csv(tmp_path / "backtest.csv", index=False)
    tables = plot_tables(scored_of(lines), measured, GAINS, 10, tmp_path / "backtest.csv")
    publish(scored_of(lines), measured, tables, origin(), tmp_path / "reports")
    names = ("backtest", "calibration", "drivers", "importance", "lift", "months", "precision_recall", "reasons")
    expected = {
        "metrics.json",
        "evaluation.json",
        "predictions.parquet",
        "evaluation.html",
        "plots/reason_confusion.csv",
    }
    expected |= {f"plots/{name}.csv" for name in names} | {f"figures/{name}.png" for name in names}
    reports = tmp_path / "reports"
    assert {file.relative_to(reports).as_posix() for file in reports.rglob("*.*")} == expected
    assert json.loads((reports / "evaluation.json").read_text())["test"]["lines"] == 3000
    assert pq.read_metadata(reports / "predictions.parquet").num_rows == 3000


def test_without_a_backtest_its_plot_is_left_out_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines, truth = scored_shop(300)
    with caplog.at_level(logging.WARNING):
        tables = plot_tables(scored_of(lines), measured_shop(lines, truth), GAINS, 10, tmp_path / "backtest.csv")
    assert "backtest" not in tables
    assert "have no backtest" in caplog.text


def test_a_source_without_reasons_has_none_in_any_file(tmp_path: Path) -> None:
    lines, truth = scored_shop(300)
    scored = scored_of(lines, reasons=False)
    measured = measure(scored, OVERALL, ShopTruth(truth), PARAMS, COSTS, CURRENCY)
    tables = plot_tables(scored, measured, GAINS, 10, tmp_path / "backtest.csv")
    publish(scored, measured, tables, origin(), tmp_path)
    assert {"reasons", "reason_confusion"}.isdisjoint(tables)
    assert "reasons" not in json.loads((tmp_path / "evaluation.json").read_text())
    assert json.loads((tmp_path / "metrics.json").read_text())["reasons_log_loss"] is None
    assert "top_reason" not in pq.read_schema(tmp_path / "predictions.parquet").names
    assert "Why lines come back" not in (tmp_path / "evaluation.html").read_text()


def test_a_real_shop_has_no_truth(tmp_path: Path) -> None:
    assert read_truths(scored_of(scored_shop(30)[0]), tmp_path / "truth.parquet") == ShopTruth()


def test_the_truth_of_drivers_is_read_for_the_explained_lines_alone(tmp_path: Path) -> None:
    lines, truth = scored_shop(30)
    scored = scored_of(lines)
    frame = pd.DataFrame({"line_id": lines["line_id"], "return_probability": truth})
    for reason in REASONS:
        frame[f"reason_{reason.value.lower()}"] = 1 / 11
    for factor in DRIVERS:
        frame[f"driver_{factor}"] = np.arange(30.0)
    frame.sample(frac=1, random_state=1).to_parquet(tmp_path / "truth.parquet")
    found = read_truths(scored, tmp_path / "truth.parquet")
    assert found.drivers is not None
    assert found.drivers[1][:, 0].tolist() == list(range(0, 30, 3))
    assert found.reasons is not None
    assert found.reasons.shape == (30, 11)
    np.testing.assert_array_equal(found.probability, truth)


@pytest.mark.parametrize("label", [0, 1])
def test_a_test_window_of_one_outcome_is_one_clear_message(label: int) -> None:
    lines, _ = scored_shop(20)
    lines["label"] = label
    with pytest.raises(UserError, match=f"{20 * label} returned of 20"):
        require_both_outcomes(lines)
