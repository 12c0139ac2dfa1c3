from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import log_loss, roc_auc_score

from data.schema import REASON_GROUPS, Reason
from features.language.reasons import REASONS
from training.evaluation.intervals import Draw
from training.evaluation.metrics import UndefinedMetricError
from training.evaluation.reasons import ReasonMeasures, ReasonTest, measure_reasons, overall_shares, reason_slice
from training.evaluation.undefined import Attempts

DRAW = Draw(resamples=60, seed=1)
SMALL, LARGE, STYLE = (REASONS.index(reason) for reason in (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE, Reason.STYLE))


def reason_test(count: int = 400, seed: int = 2, told: float = 0.8) -> ReasonTest:
    """Lines whose reasons are drawn from what the model says; the shares tell half of it."""
    rng = np.random.default_rng(seed)
    overall = np.arange(11, 0, -1) / 66
    predicted = rng.dirichlet(5 * overall, count).clip(1e-3)
    predicted /= predicted.sum(axis=1, keepdims=True)
    probability = rng.uniform(0.2, 0.9, count)
    returned = (rng.random(count) < probability).astype(float)
    drawn = (predicted.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1).clip(max=10)
    recorded = np.where((returned == 1) & (rng.random(count) < told), drawn, -1)
    rows = np.flatnonzero(recorded >= 0)
    owners = np.arange(len(rows)) // 2
    shares = (predicted[rows] + overall) / 2
    return ReasonTest(predicted, recorded, shares, overall, probability, returned, owners)


def measured(test: ReasonTest) -> ReasonMeasures:
    return measure_reasons(test, 10, DRAW, Attempts())


def test_each_way_to_foretell_is_measured_as_by_scikit_learn() -> None:
    test = reason_test()
    found = measured(test)
    reason = test.recorded[test.rows]
    ways = {"shares": test.shares, "global": np.tile(test.overall, (len(reason), 1))}
    qualities = {"model": found.model} | {name: against.quality for name, against in found.baselines.items()}
    for name, way in ({"model": test.predicted[test.rows]} | ways).items():
        areas = [roc_auc_score(reason == place, way[:, place]) for place in np.unique(reason)]
        assert qualities[name].log_loss == pytest.approx(log_loss(reason, way, labels=range(11)))
        assert qualities[name].macro_auc == pytest.approx(np.mean(areas))
        assert qualities[name].accuracy == np.mean(way.argmax(axis=1) == reason)


def test_the_model_is_better_beyond_noise_than_shares_and_these_than_the_whole_shop() -> None:
    found = measured(reason_test(2000))
    shares, overall = found.baselines["shares"], found.baselines["global"]
    assert shares.interval is not None
    assert overall.interval is not None
    assert overall.difference < shares.difference < 0
    assert shares.interval.low < shares.difference < shares.interval.high < 0
    assert shares.difference == pytest.approx(found.model.log_loss - shares.quality.log_loss)


def test_what_is_expected_and_observed_adds_up_over_reasons_and_over_groups() -> None:
    test = reason_test()
    found = measured(test)
    assert set(found.by_group) == set(REASON_GROUPS)
    for told in (found.by_reason.values(), found.by_group.values()):
        assert sum(one.expected for one in told) == pytest.approx(found.recorded)
        assert sum(one.recorded for one in told) == found.recorded
        assert sum(one.lines_expected for one in told) == pytest.approx(test.probability.sum())
        assert sum(one.lines_observed for one in told) == pytest.approx(test.returned.sum())
    size, (small, large) = (
        found.by_group["size"],
        (found.by_reason[reason.value] for reason in (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE)),
    )
    assert size.recorded == small.recorded + large.recorded
    assert size.lines_expected == pytest.approx(small.lines_expected + large.lines_expected)


def test_expected_counts_weigh_each_line_by_its_probability_of_a_return() -> None:
    # Two returned lines of four, one with a reason: observed counts are doubled. Expected: 0.5·1 + 0.25·1 of the lines
    # said to be too small, 0.1 + 0.9 of those said to be style.
    predicted = np.full((4, 11), 1e-9)
    predicted[[0, 1], SMALL] = predicted[[2, 3], STYLE] = 1.0
    test = ReasonTest(
        predicted=predicted,
        recorded=np.array([LARGE, -1, -1, -1]),
        shares=np.full((1, 11), 1 / 11),
        overall=np.full(11, 1 / 11),
        probability=np.array([0.5, 0.25, 0.1, 0.9]),
        returned=np.array([1.0, 0, 0, 1]),
        owners=np.array([0]),
    )
    attempts = Attempts()
    found = measure_reasons(test, 10, DRAW, attempts)
    assert found.by_reason["SIZE_TOO_SMALL"].lines_expected == pytest.approx(0.75)
    assert found.by_reason["STYLE"].lines_expected == pytest.approx(1.0)
    assert found.by_reason["SIZE_TOO_LARGE"].lines_observed == 2
    assert found.confusion["SIZE_TOO_SMALL"]["SIZE_TOO_LARGE"] == 1
    assert found.interval is None
    undefined = {one.metric for one in attempts.undefined}
    ends = {f"reasons.baselines.{name}.difference_{end}" for name in ("shares", "global") for end in ("low", "high")}
    assert ends | {"reasons.log_loss_high", "reasons.macro_auc", "reasons.by_group.size.roc_auc"} <= undefined


@given(arrays(np.int64, 30, elements=st.integers(0, 10)), arrays(np.int64, 30, elements=st.integers(0, 10)))
def test_the_confusion_counts_every_recorded_line_once(top: "np.ndarray", recorded: "np.ndarray") -> None:
    predicted = np.full((30, 11), 0.05)
    predicted[np.arange(30), top] = 0.5
    alike = np.full((30, 11), 1 / 11)
    test = ReasonTest(predicted, recorded, alike, alike[0], np.full(30, 0.5), np.ones(30), np.arange(30))
    confusion = pd.DataFrame(measured(test).confusion).T
    names = [reason.value for reason in REASONS]
    expected = pd.crosstab(top, recorded).reindex(index=range(11), columns=range(11), fill_value=0)
    assert confusion.loc[names, names].to_numpy().tolist() == expected.to_numpy().tolist()


def test_a_slice_sets_expected_beside_recorded_groups_and_says_where_none_is_recorded() -> None:
    test, attempts = reason_test(), Attempts()
    mask = np.arange(400) < 200
    found = reason_slice(test, mask, attempts, "reasons.slices.product.new")
    joint = (test.probability[:, None] * test.predicted)[mask].sum(axis=0)
    assert found.expected["size"] == pytest.approx(joint[[SMALL, LARGE]].sum() / joint.sum())
    recorded = test.recorded[mask & (test.recorded >= 0)]
    assert found.observed is not None
    assert found.observed["size"] == pytest.approx(np.isin(recorded, [SMALL, LARGE]).mean())
    assert sum(found.observed.values()) == pytest.approx(1)
    assert attempts.undefined == []
    empty = reason_slice(test, test.recorded < 0, attempts, "reasons.slices.product.new")
    assert (empty.recorded, empty.observed) == (0, None)
    assert [one.metric for one in attempts.undefined] == ["reasons.slices.product.new.observed"]


def test_without_a_recorded_reason_nothing_can_be_measured() -> None:
    with pytest.raises(UndefinedMetricError, match="no test line came back with a recorded reason"):
        measured(reason_test(told=0))


def test_the_shop_s_shares_are_of_reasons_that_customers_gave_before_the_test(tmp_path: Path) -> None:
    matrix = tmp_path / "lines.parquet"
    reasons = ["STYLE", "STYLE", "COLOR", None, "STYLE", "STYLE"]
    frame = pd.DataFrame({"reason": reasons, "reason_inferred": [False, False, False, False, True, False]})
    learned = np.array([True] * 5 + [False])
    frame.to_parquet(matrix)
    found = overall_shares(matrix, learned)
    assert found is not None
    # Two STYLE and one COLOR; each of eleven reasons counts once more: 3/14, 2/14, and 1/14 for the others.
    assert found[STYLE] == pytest.approx(3 / 14)
    assert found[REASONS.index(Reason.COLOR)] == pytest.approx(2 / 14)
    assert found.sum() == pytest.approx(1)
    frame.drop(columns="reason_inferred").to_parquet(matrix)
    again = overall_shares(matrix, learned)
    assert again is not None
    assert again[STYLE] == pytest.approx(4 / 15)
    frame[["reason_inferred"]].to_parquet(matrix)
    assert overall_shares(matrix, learned) is None
