import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve

from data.arrays import Floats
from tests.training.scored_shop import FACTORS, measured_shop, scored_shop
from training.evaluation.metrics import ece
from training.report import curves

Lines = list[tuple[int, float]]

LINES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.05, 0.2, 0.21, 0.5, 0.9])), min_size=2, max_size=50
).filter(lambda lines: any(y for y, _ in lines))


def columns(lines: Lines) -> tuple[Floats, ...]:
    return tuple(np.array(column, dtype=np.float64) for column in zip(*lines, strict=True))


@given(LINES, st.integers(1, 12))
def test_the_calibration_table_gives_back_the_calibration_error(lines: Lines, bins: int) -> None:
    y, p = columns(lines)
    table = curves.calibration(y, p, bins)
    gaps = (table["return_rate"] - table["mean_probability"]).abs()
    assert (gaps * table["lines"]).sum() / len(y) == pytest.approx(ece(y, p, bins))
    assert table["lines"].sum() == len(y)
    assert ((table["low"] <= table["return_rate"] + 1e-12) & (table["return_rate"] <= table["high"] + 1e-12)).all()


def test_the_interval_of_a_share_is_wilson_s() -> None:
    # Wilson's interval of 3 in 10, by its formula: (0.1078, 0.6032).
    table = curves.calibration(np.array([1.0] * 3 + [0.0] * 7), np.full(10, 0.3), 5)
    assert (table["low"].item(), table["high"].item()) == pytest.approx((0.1078, 0.6032), abs=5e-5)


def test_precision_and_recall_are_points_of_the_full_curve() -> None:
    lines, _ = scored_shop()
    y, p = lines["label"].to_numpy("float64"), lines["probability"].to_numpy()
    precision, recall, thresholds = precision_recall_curve(y, p)
    known = {round(t, 12): (a, b) for t, a, b in zip(thresholds, precision[:-1], recall[:-1], strict=True)}
    table = curves.precision_recall(y, p)
    assert 150 < len(table) <= curves.POINTS
    assert table["recall"].is_monotonic_increasing
    assert table["recall"].iloc[-1] == 1
    points = table[["threshold", "recall", "precision"]].to_numpy().tolist()
    for threshold, found_recall, found_precision in points:
        assert known[round(threshold, 12)] == pytest.approx((found_precision, found_recall))


@given(LINES)
def test_lift_shares_out_all_lines_and_all_returns(lines: Lines) -> None:
    y, p = columns(lines)
    table = curves.lift(y, p)
    assert table["lines"].sum() == len(y)
    assert table["returns_found"].iloc[-1] == pytest.approx(1)
    assert (table["lift"] * table["lines"]).sum() / len(y) == pytest.approx(1)
    assert (table["mean_probability"].diff().dropna() <= 1e-12).all()  # means of equal numbers differ in the last digit


def test_importance_is_a_share_of_all_gain_and_names_the_highest() -> None:
    table = curves.importance({f"feature_{number:02d}": float(number) for number in range(41)})
    assert table["feature"].iloc[0] == "feature_40"
    assert table["gain_share"].iloc[0] == pytest.approx(40 / 820)
    assert len(table) == 30


def test_months_stand_in_order_with_expected_beside_observed() -> None:
    lines, truth = scored_shop()
    table = curves.expected_observed(measured_shop(lines, truth).slices, "month")
    assert table["month"].tolist() == ["2013-01", "2013-02", "2013-03"]
    assert table["returns_observed"].sum() == lines["label"].sum()
    assert table["returns_expected"].sum() == pytest.approx(lines["probability"].sum())


def test_reasons_stand_from_the_most_expected_with_all_returns_shared_out() -> None:
    lines, truth = scored_shop()
    measured = measured_shop(lines, truth).reasons
    assert measured is not None
    table = curves.reasons(measured)
    assert table["returns_expected"].is_monotonic_decreasing
    assert table["returns_expected"].sum() == pytest.approx(lines["probability"].sum())
    assert table["returns_observed"].sum() == pytest.approx(lines["label"].sum())
    assert dict(zip(table["reason"], table["group"], strict=True))["STYLE"] == "taste"
    assert table[["expected_share", "recorded_share"]].sum().tolist() == pytest.approx([1, 1])


def test_the_confusion_has_a_row_a_recorded_line_and_even_steps_of_very_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predicted = np.full((5, 11), 0.05)
    predicted[np.arange(5), [0, 0, 2, 0, 1]] = 0.5
    recorded = np.array([0, -1, 1, 6, 1])
    table = curves.reason_confusion(predicted, recorded)
    assert table["recorded"].tolist() == ["SIZE_TOO_SMALL", "SIZE_TOO_LARGE", "STYLE", "SIZE_TOO_LARGE"]
    assert table["predicted"].tolist() == ["SIZE_TOO_SMALL", "DEFECTIVE", "SIZE_TOO_SMALL", "SIZE_TOO_LARGE"]
    monkeypatch.setattr(curves, "CONFUSION_LINES", 2)
    assert curves.reason_confusion(predicted, recorded)["recorded"].tolist() == ["SIZE_TOO_SMALL", "STYLE"]
    assert curves.reason_confusion(predicted, np.full(5, -1)).empty


def test_drivers_stand_from_the_factor_that_moves_scores_most() -> None:
    lines, truth = scored_shop()
    table = curves.drivers(measured_shop(lines, truth).drivers.overall)
    assert set(table["factor"]) == set(FACTORS)
    assert table["mean_absolute"].is_monotonic_decreasing
    assert table["factor"].iloc[-1] == "customer and product"
    assert table["top_share"].sum() == pytest.approx(1)
