import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from data.files import write_json
from tests.training.scored_shop import (
    COSTS,
    CURRENCY,
    OVERALL,
    PARAMS,
    measured_shop,
    reasons_of,
    scored_of,
    scored_shop,
    unsent,
)
from training.evaluation.measure import Measured, ShopTruth, customers, measure
from training.evaluation.metrics import UndefinedMetricError, log_loss
from training.evaluation.metrics_tree import tree
from training.evaluation.scored_lines import ScoredReasons


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, Floats]:
    return scored_shop()


@pytest.fixture(scope="module")
def measured(shop: tuple[pd.DataFrame, Floats]) -> Measured:
    lines, truth = shop
    return measured_shop(lines, truth)


def test_the_counts_of_each_kind_of_slice_add_up_to_the_test(measured: Measured) -> None:
    kinds = {piece.kind for piece in measured.slices}
    assert kinds == {"customer", "product", "category", "price_band", "basket_size", "month"}
    for kind in kinds:
        pieces = [piece.measures for piece in measured.slices if piece.kind == kind]
        assert sum(m.lines for m in pieces) == measured.test.lines
        assert sum(m.returns_observed for m in pieces) == measured.test.returns_observed
        assert sum(m.returns_expected for m in pieces) == pytest.approx(measured.test.returns_expected)


def test_the_log_loss_of_slices_weighted_by_lines_is_that_of_the_test(measured: Measured) -> None:
    content = tree(measured)
    pieces = content["slices"]["category"].values()
    mean = sum(piece["lines"] * piece["log_loss"] for piece in pieces) / content["test"]["lines"]
    assert mean == pytest.approx(content["test"]["log_loss"])


def test_a_baseline_is_compared_on_the_same_lines(shop: tuple[pd.DataFrame, Floats], measured: Measured) -> None:
    lines, _ = shop
    found = tree(measured)["baselines"]["global_rate"]
    expected = log_loss(lines["label"], lines["probability"]) - log_loss(lines["label"], lines["baseline_global_rate"])
    assert found["difference"] == pytest.approx(expected)
    assert found["difference_low"] < found["difference"] < found["difference_high"] < 0
    assert list(measured.baselines) == ["global_rate", "logistic"]


def test_the_model_comes_near_the_truth_and_not_below_it_by_more_than_luck(measured: Measured) -> None:
    assert -0.005 < tree(measured)["oracle"]["log_loss_excess"] < 0.02


def test_a_shop_without_truth_has_no_oracle(shop: tuple[pd.DataFrame, Floats]) -> None:
    lines, _ = shop
    assert "oracle" not in tree(measured_shop(lines, None))


def test_reasons_and_drivers_are_filed_for_the_whole_and_for_each_slice(measured: Measured) -> None:
    content = tree(measured)
    reasons, drivers = content["reasons"], content["drivers"]
    assert reasons["log_loss_low"] < reasons["log_loss"] < reasons["log_loss_high"]
    assert reasons["baselines"]["shares"]["difference_high"] < 0
    for kind in ("category", "price_band", "customer"):
        assert sum(piece["recorded"] for piece in reasons["slices"][kind].values()) == reasons["recorded"]
        assert sum(piece["lines"] for piece in drivers["slices"][kind].values()) == drivers["lines"] == 1000
    assert sum(sum(row.values()) for row in reasons["confusion"].values()) == reasons["recorded"]
    assert drivers["additivity_error"] == pytest.approx(0, abs=1e-9)
    assert {"oracle"}.isdisjoint(reasons)


def test_on_a_simulated_shop_reasons_of_returned_lines_and_drivers_are_held_against_the_truth() -> None:
    lines, _ = scored_shop()
    scored, (_, true_reasons) = scored_of(lines), reasons_of(lines)
    true_drivers = np.column_stack([2 * scored.explained.contributions[:, 0], np.zeros((1000, 1))])
    truth = ShopTruth(reasons=true_reasons, drivers=(("product", "customer"), true_drivers))
    content = tree(measure(scored, OVERALL, truth, PARAMS, COSTS, CURRENCY))
    assert content["reasons"]["oracle"]["lines"] == lines["label"].sum()
    assert content["reasons"]["oracle"]["recorded_lines"] == content["reasons"]["recorded"]
    assert content["reasons"]["oracle"]["divergence"] > 0
    assert content["drivers"]["oracle"]["correlations"] == {"product": pytest.approx(1), "customer": None}
    assert "drivers.oracle.correlations.customer" in {one["metric"] for one in content["undefined"]}


def test_a_test_without_a_recorded_reason_has_no_reasons_and_says_so() -> None:
    lines, _ = scored_shop(300)
    scored = scored_of(lines)
    assert scored.reasons is not None
    silent = ScoredReasons(scored.reasons.predicted, np.full(300, -1), np.empty((0, 11)))
    content = tree(measure(dataclasses.replace(scored, reasons=silent), OVERALL, ShopTruth(), PARAMS, COSTS, CURRENCY))
    assert "reasons" not in content
    said = {one["metric"]: one["reason"] for one in content["undefined"]}
    assert said["reasons"] == "no test line came back with a recorded reason"


def test_a_guest_s_orders_are_customers_of_their_own() -> None:
    lines, _ = scored_shop(60)
    lines["customer_id"] = lines["customer_id"].where(lines.index >= 10, None)
    codes = customers(lines)
    assert len(set(codes[:10])) == 5  # ten lines of five orders
    assert set(codes[:10]).isdisjoint(codes[10:])
    assert sorted(set(codes)) == list(range(codes.max() + 1))


def test_what_has_no_value_is_null_and_listed_with_its_reason(
    shop: tuple[pd.DataFrame, Floats], tmp_path: Path
) -> None:
    lines, truth = shop
    lines = lines.copy()
    lines.loc[lines["basket_lines"] == 1, "label"] = 0
    lines["baseline_global_rate"] = 0.0
    content = tree(measured_shop(lines, truth))
    reasons = {item["metric"]: item["reason"] for item in content["undefined"]}

    def nulls(value: Any, path: str = "") -> list[str]:
        if isinstance(value, dict):
            return [found for key, item in value.items() for found in nulls(item, f"{path}.{key}".lstrip("."))]
        return [path] if value is None else []

    assert set(nulls(content)) == set(reasons)
    assert "slices.basket_size.1.roc_auc" in reasons
    assert "were kept" in reasons["slices.basket_size.1.roc_auc"]
    assert "probability zero" in reasons["baselines.global_rate.difference_high"]
    write_json(content, tmp_path / "metrics.json")
    assert json.loads((tmp_path / "metrics.json").read_text())["baselines"]["global_rate"]["log_loss"] is None


def test_a_missing_probability_stops_the_evaluation(shop: tuple[pd.DataFrame, Floats]) -> None:
    lines, _ = shop
    lines = lines.copy()
    lines.loc[3, "probability"] = np.nan
    with pytest.raises(UndefinedMetricError, match="1 of 3000 probabilities are missing"):
        measured_shop(lines, None)


def test_the_file_holds_what_users_of_it_read_and_is_the_same_each_time(
    shop: tuple[pd.DataFrame, Floats], measured: Measured, tmp_path: Path
) -> None:
    lines, truth = shop
    write_json(tree(measured), tmp_path / "first.json")
    write_json(tree(measured_shop(lines, truth)), tmp_path / "second.json")
    text = (tmp_path / "first.json").read_text()
    content = json.loads(text)
    assert text == (tmp_path / "second.json").read_text()
    assert text.endswith("}\n")
    assert list(content) == sorted(content)
    names = (
        "lines",
        "return_rate",
        "log_loss",
        "log_loss_low",
        "roc_auc",
        "roc_auc_high",
        "brier",
        "ece",
        "average_precision",
    )
    assert all(isinstance(content["test"][name], int | float) for name in names)
    assert {"log_loss", "roc_auc", "difference_high"} <= set(content["baselines"]["logistic"])
    assert content["slices"]["customer"]["new"]["lines"] > 0
    assert content["oracle"]["log_loss"] == round(tree(measured)["oracle"]["log_loss"], 6)
    assert set(content["business"]) == {"never", "always", "above_half", "where_it_pays"}


def test_lines_without_fields_stand_by_their_case_and_are_absent_where_none_was_measured(measured: Measured) -> None:
    found = tree(dataclasses.replace(measured, unsent=unsent()))["unsent"]

    assert found["max_shift"] == 0.0104
    assert list(found["cases"]) == ["all sent", "customer_id", "<size>"]
    assert found["cases"]["customer_id"] == {
        "lines": 1234,
        "log_loss": 0.5534,
        "roc_auc": 0.7321,
        "ece": 0.0211,
        "mean_probability": 0.286,
        "shift": -0.0104,
    }
    assert "unsent" not in tree(measured)


def test_a_number_that_is_none_is_never_written(measured: Measured, tmp_path: Path) -> None:
    broken = dataclasses.replace(measured, test=dataclasses.replace(measured.test, log_loss=float("nan")))
    with pytest.raises(ValueError, match="JSON"):
        write_json(tree(broken), tmp_path / "metrics.json")
    assert not (tmp_path / "metrics.json").exists()
