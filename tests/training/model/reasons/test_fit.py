"""What the reason model learns from, what it makes of it, and when it leaves the shares alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy.special import softmax

from data.arrays import Bools, Floats
from features.language.reasons import REASONS
from tests.training.small_matrix import MODEL, matrix_frame, write_matrix
from tests.training.small_reasons import (
    FEATURES,
    LARGE,
    NAMES,
    RARE,
    REASON_PARAMS,
    REASON_TRAINING,
    SMALL,
    STYLE,
    parts_of,
    places,
    reasons_frame,
    rows_of,
)
from training.model.reasons.fit import ReasonTraining, fit_reasons
from training.model.reasons.model import ReasonModel
from training.model.reasons.params import ReasonParams

REFIT = replace(REASON_TRAINING, model=MODEL.model_copy(update={"refit_below_lines": 1_000_000}))
Models = dict[str, ReasonModel]
KINDS = {"first": REASON_TRAINING, "refit": REFIT}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return reasons_frame()


@pytest.fixture(scope="module")
def parts(frame: pd.DataFrame) -> dict[str, Bools]:
    return parts_of(frame)


def test_the_share_of_copies_reaches_early_stopping_and_refit_lines(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    write_matrix(frame.assign(product_return_rate=np.nan), tmp_path / "unsent.parquet")

    taught = fitted(frame, parts, tmp_path, chosen(REFIT, unsent_share=0.5))
    alone = fitted(frame, parts, tmp_path, REFIT)

    lacking, shares = rows_of(frame.assign(product_return_rate=np.nan))
    y = places(frame)
    tested = parts["test"] & (y >= 0)
    loss = [float(-np.log(each.distribution(lacking, shares)[tested, y[tested]]).mean()) for each in (taught, alone)]
    assert loss[0] < loss[1] - 0.01


@pytest.fixture(scope="module")
def models(frame: pd.DataFrame, parts: dict[str, Bools], tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("reasons")
    return {name: fitted(frame, parts, folder, training) for name, training in KINDS.items()}


def chosen(training: ReasonTraining = REASON_TRAINING, **params: Any) -> ReasonTraining:
    return replace(training, reasons=ReasonParams(**(REASON_PARAMS.model_dump() | params)))


def fitted(
    frame: pd.DataFrame, parts: Mapping[str, Bools], folder: Path, training: ReasonTraining = REASON_TRAINING
) -> ReasonModel:
    found = fit_reasons(write_matrix(frame, folder / "lines.parquet"), FEATURES, parts, training)
    assert found is not None
    return found


def content(model: ReasonModel) -> tuple[dict[str, Any], str | None]:
    """All that is saved of a model."""
    return model.as_json(), None if model.booster is None else model.booster.model_to_string()


def shares_alone(model: ReasonModel) -> bool:
    return (model.learned, model.booster, model.slope, len(model.offsets)) == ((), None, 1.0, 0)


def with_reason(frame: pd.DataFrame, lines: Bools) -> Bools:
    return lines & frame["reason"].notna().to_numpy(dtype=bool)


def log_loss(distribution: Floats, reason: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    return float(-np.log(distribution[np.arange(len(reason)), reason]).mean())


def relabelled(frame: pd.DataFrame, lines: Bools, code: str | None) -> pd.DataFrame:
    """The same lines, where ``lines`` with this reason if they had any."""
    return frame.assign(reason=frame["reason"].where(~with_reason(frame, lines), code))


@pytest.mark.parametrize("kind", KINDS)
def test_a_feature_that_tells_the_reason_is_learned(
    kind: str, frame: pd.DataFrame, parts: dict[str, Bools], models: Models
) -> None:
    tested = frame[with_reason(frame, parts["test"])]
    x, shares = rows_of(tested)
    reason = places(tested)

    found = models[kind].distribution(x, shares)

    assert log_loss(found, reason) < log_loss(shares, reason) - 0.2
    likely_small = (tested["product_return_rate"] > 0.35).to_numpy()
    assert (found[likely_small].argmax(axis=1) == SMALL).mean() > 0.9
    assert (found[~likely_small].argmax(axis=1) == LARGE).mean() > 0.9
    assert found[likely_small, SMALL].mean() == pytest.approx(0.7, abs=0.15)  # as the lines were drawn


@pytest.mark.parametrize("kind", KINDS)
def test_where_the_shares_tell_all_the_trees_add_little(
    kind: str, frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)
    shares = np.full((len(frame), len(REASONS)), 0.002)
    shares[:, [SMALL, LARGE, STYLE]] = 0.984 * rng.dirichlet([2, 2, 2], len(frame))
    shares = np.maximum(shares, 1e-4)
    shares /= shares.sum(axis=1, keepdims=True)
    drawn = (rng.random(len(frame))[:, None] > shares.cumsum(axis=1)).sum(axis=1)
    codes = pd.Series([REASONS[place].value for place in drawn], dtype="str")
    told = frame.assign(reason=codes.where(frame["reason"].notna()), **dict(zip(NAMES, shares.T, strict=True)))

    # A prior so heavy that the calibration can't mend what the trees do.
    found = fitted(told, parts, tmp_path, chosen(KINDS[kind], prior_returns=1e9)).distribution(*rows_of(told))

    # Half the sum of absolute differences. The trees begin at the shares, and so don't learn them again.
    assert np.abs(found - shares).sum(axis=1).mean() / 2 < 0.08


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_lines_give_the_same_bytes(
    kind: str, frame: pd.DataFrame, parts: dict[str, Bools], models: Models, tmp_path: Path
) -> None:
    assert content(fitted(frame, parts, tmp_path, KINDS[kind])) == content(models[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_no_line_outside_the_parts_plays_a_part(
    kind: str, frame: pd.DataFrame, parts: dict[str, Bools], models: Models, tmp_path: Path
) -> None:
    later = ~parts["train"]
    assert with_reason(frame, later)[parts["test"]].any()
    changed = relabelled(frame, later, "DEFECTIVE")
    changed.loc[later, "product_return_rate"] = 0.99

    assert content(fitted(changed, parts, tmp_path, KINDS[kind])) == content(models[kind])


@pytest.mark.parametrize("part", ["fit", "stop", "calibration"])
def test_every_part_before_the_test_plays_its_part(
    part: str, frame: pd.DataFrame, parts: dict[str, Bools], models: Models, tmp_path: Path
) -> None:
    lines = parts[part] & (np.arange(len(frame)) % 2 == 0)
    changed = content(fitted(relabelled(frame, lines, "STYLE"), parts, tmp_path))

    before = content(models["first"])
    assert changed[0] != before[0]
    # The calibrated lines are kept from the trees.
    assert (changed[1] == before[1]) == (part == "calibration")


def test_a_line_without_a_reason_teaches_nothing(
    frame: pd.DataFrame, parts: dict[str, Bools], models: Models, tmp_path: Path
) -> None:
    changed = frame.copy()
    changed.loc[frame["reason"].isna(), "product_return_rate"] = 0.99

    assert content(fitted(changed, parts, tmp_path)) == content(models["first"])


def test_an_unrecorded_or_rare_reason_is_no_class(frame: pd.DataFrame, models: Models, parts: dict[str, Bools]) -> None:
    counted = np.bincount(places(frame)[with_reason(frame, parts["fit"])], minlength=len(REASONS))
    assert 0 < counted[RARE] < REASON_PARAMS.min_returns_of_reason

    for model in models.values():
        assert model.learned == (SMALL, LARGE, STYLE)
        assert model.booster is not None
        assert model.booster.num_model_per_iteration() == 3


def test_a_reason_with_just_enough_records_is_told_apart(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    rare = int(np.bincount(places(frame)[with_reason(frame, parts["fit"])])[RARE])

    enough = fitted(frame, parts, tmp_path, chosen(min_returns_of_reason=rare))
    too_few = fitted(frame, parts, tmp_path, chosen(min_returns_of_reason=rare + 1))

    assert RARE in enough.learned
    assert RARE not in too_few.learned
    found = enough.distribution(*rows_of(frame))
    assert ((found > 0) & (found < 1)).all()


def test_below_the_fewest_returns_the_answer_is_the_shares(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    returns = int(with_reason(frame, parts["fit"]).sum())
    x, shares = rows_of(frame)

    enough = fitted(frame, parts, tmp_path, chosen(min_returns=returns))
    too_few = fitted(frame, parts, tmp_path, chosen(min_returns=returns + 1))

    assert not shares_alone(enough)
    assert shares_alone(too_few)
    np.testing.assert_array_equal(too_few.distribution(x, shares), shares)


@pytest.mark.parametrize("code", ["STYLE", None], ids=["one reason only", "none"])
@pytest.mark.parametrize("part", ["fit", "stop", "calibration"])
def test_a_part_with_less_than_two_reasons_leaves_the_shares(
    part: str, code: str | None, frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    assert shares_alone(fitted(relabelled(frame, parts[part], code), parts, tmp_path, REFIT))


@pytest.mark.parametrize("part", ["stop", "calibration"])
def test_a_reason_that_a_later_part_lacks_stays_possible(
    part: str, frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    style_gone = frame.assign(reason=frame["reason"].mask(parts[part] & (frame["reason"] == "STYLE"), "SIZE_TOO_SMALL"))

    model = fitted(style_gone, parts, tmp_path)

    assert model.learned == (SMALL, LARGE, STYLE)
    found = model.distribution(*rows_of(frame))[:, STYLE]
    assert np.isfinite(model.offsets).all()
    assert (found > 0.001).all()


def test_a_source_without_reasons_has_no_model(parts: dict[str, Bools], tmp_path: Path) -> None:
    matrix = write_matrix(matrix_frame(), tmp_path / "lines.parquet")

    assert fit_reasons(matrix, FEATURES, parts, REASON_TRAINING) is None


def test_a_source_that_recorded_none_yet_has_the_shares(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    assert shares_alone(fitted(relabelled(frame, np.ones(len(frame), dtype=bool), None), parts, tmp_path))


def test_no_tree_past_the_best_round_is_kept(frame: pd.DataFrame, parts: dict[str, Bools], models: Models) -> None:
    model = models["first"]
    assert model.booster is not None
    stop = frame[with_reason(frame, parts["stop"]) & np.isin(places(frame), model.learned)]
    x, shares = rows_of(stop)
    reason = np.searchsorted(model.learned, places(stop))
    rounds = model.booster.current_iteration()
    begin = np.log(shares[:, model.learned])

    losses = [
        log_loss(softmax(begin + model.booster.predict(x, raw_score=True, num_iteration=count), axis=1), reason)
        for count in range(1, rounds + 1)
    ]

    assert 1 < rounds < REASON_PARAMS.max_rounds
    assert losses[-1] == min(losses)


def test_the_refit_learns_all_lines_with_as_many_rounds_and_without_the_offsets(models: Models) -> None:
    first, refit = models["first"], models["refit"]
    assert first.booster is not None
    assert refit.booster is not None

    assert refit.booster.current_iteration() == first.booster.current_iteration()
    assert content(refit)[1] != content(first)[1]
    assert refit.slope == first.slope
    assert first.offsets.any()
    assert not refit.offsets.any()


def test_calibration_mends_an_overconfident_booster(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    # Leaves of one line, unshrunk, and as many rounds as it pleases: it learns the lines of the fit by heart.
    reckless = chosen(num_leaves=31, min_data_in_leaf=1, lambda_l2=0.0, learning_rate=1.0, max_rounds=10)
    tested = frame[with_reason(frame, parts["test"])]
    x, shares = rows_of(tested)

    model = fitted(frame, parts | {"stop": parts["fit"]}, tmp_path, reckless)

    as_it_was = replace(model, slope=1.0, offsets=np.zeros_like(model.offsets))
    assert 0 < model.slope < 0.7
    mended, raw = (log_loss(one.distribution(x, shares), places(tested)) for one in (model, as_it_was))
    assert mended < raw - 0.2


def test_the_calibrated_probabilities_on_the_slice_are_those_of_least_log_loss(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    model = fitted(frame, parts, tmp_path, chosen(prior_returns=1e-6))
    later = frame[with_reason(frame, parts["calibration"]) & np.isin(places(frame), model.learned)]
    x, shares = rows_of(later)
    begin = shares[:, model.learned]
    reason = np.searchsorted(model.learned, places(later))
    assert model.booster is not None
    margin = np.log(begin) + model.booster.predict(x, raw_score=True)

    said = model.distribution(x, shares)[:, model.learned] / begin.sum(axis=1, keepdims=True)

    # With next to no prior the gradient of the log-loss is zero. By the offsets: the mean probability of each reason is
    # its share. By the slope: the mean margin under the probabilities is that of the reasons that were recorded.
    observed = np.bincount(reason, minlength=len(model.learned)) / len(later)
    np.testing.assert_allclose(said.mean(axis=0), observed, atol=1e-4)
    recorded = margin[np.arange(len(later)), reason]
    assert (said * margin).sum(axis=1).mean() == pytest.approx(recorded.mean(), abs=1e-4)
    assert abs(model.slope - 1) > 0.01
    assert np.abs(model.offsets).max() > 0.01


def test_a_heavy_prior_leaves_the_probabilities_as_they_are(
    frame: pd.DataFrame, parts: dict[str, Bools], tmp_path: Path
) -> None:
    model = fitted(frame, parts, tmp_path, chosen(prior_returns=1e9))

    assert model.slope == pytest.approx(1, abs=1e-4)
    assert model.offsets == pytest.approx(0, abs=1e-4)


def test_a_calibration_without_a_prior_is_refused() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        chosen(prior_returns=0)
