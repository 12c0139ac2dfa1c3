import json
import re
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.errors import UserError
from features.catalog import CatalogEntry
from features.recipe import Recipe
from tests.training.small_matrix import CATALOG, LINEAR, MODEL, RECIPE, SPLIT, TRAINING, matrix_frame, write_matrix
from tests.training.small_reasons import CATALOG_WITH_REASONS, FEATURES, REASON_PARAMS, reasons_frame
from training.model import split
from training.model.asked import Asked, AskedField
from training.model.blend import blended
from training.model.booster import fit
from training.model.bundle import Bundle, BundleScores
from training.model.calibrate import CalibrationParams, fit_calibrator
from training.model.fit import train
from training.model.joint.model import Joint
from training.model.joint.states import Coupling
from training.model.learners.trees import Trees
from training.model.linear.fit import fit_linear, shares_of
from training.model.matrix import Rows
from training.model.reasons.params import ReasonParams
from training.model.unsent import FieldWorth

NAMES = [entry.name for entry in CATALOG]


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """Settled lines, features in the catalog's order."""
    frame = matrix_frame()
    return frame[frame["label"].notna()].reset_index(drop=True)


@pytest.fixture(scope="module")
def bundle(lines: pd.DataFrame) -> Bundle:
    return trained(lines, CATALOG)


@pytest.fixture
def saved(bundle: Bundle, tmp_path: Path) -> Path:
    bundle.save(tmp_path / "bundle")
    return tmp_path / "bundle"


def trained(lines: pd.DataFrame, catalog: list[CatalogEntry]) -> Bundle:
    names = tuple(entry.name for entry in catalog)
    x, y = lines[list(names)].to_numpy(dtype=np.float64), lines["label"].to_numpy(dtype=np.int8)
    early, late = np.arange(len(y)) < 2000, np.arange(len(y)) >= 2000
    learned = Rows(x[early], y[early], names)
    model, linear = Trees(fit(learned, MODEL, 12)), fit_linear(learned, shares_of(catalog), LINEAR)
    margin = blended(model, linear, x[late])
    calibrator = fit_calibrator(
        margin, y[late], CalibrationParams(prior_lines=50, level_carried=0.5, interval_digits=3)
    )
    found = Bundle(tuple(catalog), model, calibrator, None, RECIPE.as_json(), {"shop": 0.3}, {"rounds": 12})
    return replace(found, linear=linear)


def assert_same(one: BundleScores, other: BundleScores) -> None:
    for name in ("probability", "low", "high", "margin"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_a_bundle_that_was_saved_scores_as_before(bundle: Bundle, saved: Path, lines: pd.DataFrame) -> None:
    loaded = Bundle.load(saved)

    assert_same(loaded.score(lines), bundle.score(lines))
    assert (loaded.catalog, loaded.priors, loaded.built) == (bundle.catalog, bundle.priors, bundle.built)
    assert Recipe.from_json(loaded.recipe) == RECIPE
    assert loaded.importance() == bundle.importance()


def test_saving_again_what_was_loaded_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    Bundle.load(saved).save(tmp_path / "again")

    for name in ("bundle.json", "booster.txt"):
        assert (tmp_path / "again" / name).read_bytes() == (saved / name).read_bytes()


def test_a_bundle_is_text_and_json_alone(saved: Path) -> None:
    assert sorted(file.name for file in saved.iterdir()) == ["booster.txt", "bundle.json"]
    assert json.loads((saved / "bundle.json").read_text(encoding="utf-8"))["format"] == 6
    text = (saved / "booster.txt").read_text(encoding="utf-8")
    assert text.startswith("tree\n")
    assert text.replace("\n", "").isprintable()


def test_a_bundle_names_a_learner_that_is_not_the_first(bundle: Bundle, saved: Path, tmp_path: Path) -> None:
    replace(bundle, learner="hist_gradient_boosting").save(tmp_path / "other")

    first, other = (json.loads((folder / "bundle.json").read_text()) for folder in (saved, tmp_path / "other"))
    assert other == first | {"learner": "hist_gradient_boosting"}  # so that earlier versions read both
    assert Bundle.load(tmp_path / "other").learner == "hist_gradient_boosting"
    assert Bundle.load(saved).learner == "lightgbm"


@pytest.mark.parametrize("learner", ["neural_network", None, ["lightgbm"]])
def test_a_bundle_of_a_learner_that_this_code_lacks_is_refused_with_its_name(saved: Path, learner: object) -> None:
    content = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    (saved / "bundle.json").write_text(json.dumps(content | {"format": 7, "learner": learner}), encoding="utf-8")

    with pytest.raises(UserError) as refused:
        Bundle.load(saved)

    assert "lightgbm, hist_gradient_boosting as the learner of the bundle" in refused.value.expected
    assert refused.value.found == repr(learner)
    assert "the code that trained it" in refused.value.fix


def test_a_bundle_from_before_unsent_fields_is_read_and_knows_of_none(saved: Path, bundle: Bundle) -> None:
    content = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    del content["unsent"]
    (saved / "bundle.json").write_text(json.dumps(content | {"format": 3}), encoding="utf-8")

    loaded = Bundle.load(saved)

    assert loaded.unsent is None
    assert loaded.catalog == bundle.catalog


def test_a_bundle_from_before_the_linear_part_scores_by_its_trees_alone(saved: Path, bundle: Bundle) -> None:
    content = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    del content["linear"]
    (saved / "bundle.json").write_text(json.dumps(content | {"format": 4}), encoding="utf-8")

    loaded = Bundle.load(saved)

    assert loaded.linear is None
    x = np.full((2, 3), 0.4)
    raw = bundle.model.margin(x)
    assert loaded.log_odds(x) == pytest.approx(bundle.calibrator.slope * raw + bundle.calibrator.intercept)


def test_a_bundle_from_before_baskets_were_taken_as_a_whole_takes_none(saved: Path) -> None:
    content = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    del content["joint"]
    (saved / "bundle.json").write_text(json.dumps(content | {"format": 5}), encoding="utf-8")

    loaded = Bundle.load(saved)

    assert loaded.joint is None
    assert loaded.linear is not None


def test_the_joint_model_is_saved_with_the_bundle(bundle: Bundle, tmp_path: Path) -> None:
    joint = Joint(1.1, Coupling(0.1, 0.2, 0.3))

    replace(bundle, joint=joint).save(tmp_path / "bundle")

    assert Bundle.load(tmp_path / "bundle").joint == joint


def test_a_linear_part_of_other_features_is_refused(saved: Path) -> None:
    content = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))
    for name in ("shares", "mean", "scale", "weight", "missing", "usual"):
        content["linear"][name].pop()
    (saved / "bundle.json").write_text(json.dumps(content), encoding="utf-8")

    with pytest.raises(UserError, match="a linear part of other features than the catalog lists"):
        Bundle.load(saved)


def test_scores_are_the_calibrated_margins_with_an_interval_around_them(bundle: Bundle, lines: pd.DataFrame) -> None:
    scores = bundle.score(lines)

    raw = blended(bundle.model, bundle.linear, lines[NAMES].to_numpy(dtype=np.float64))
    assert scores.margin == pytest.approx(bundle.calibrator.slope * raw + bundle.calibrator.intercept)
    assert scores.probability == pytest.approx(1 / (1 + np.exp(-scores.margin)))
    assert ((scores.low <= scores.probability) & (scores.probability <= scores.high)).all()
    assert (scores.low < scores.high).all()
    assert scores.probability.mean() == pytest.approx(lines["label"].mean(), abs=0.03)


def test_the_order_of_columns_and_further_columns_change_no_score(bundle: Bundle, lines: pd.DataFrame) -> None:
    bare = lines[NAMES]

    assert_same(bundle.score(bare), bundle.score(lines))
    assert_same(bundle.score(bare), bundle.score(bare[NAMES[::-1]].assign(title="Ms", later_feature=1.0)))


def test_a_line_has_the_same_score_alone_as_among_others(bundle: Bundle, lines: pd.DataFrame) -> None:
    among = bundle.score(lines.head(40)).probability

    alone = [bundle.score(lines.iloc[[place]]).probability[0] for place in range(40)]

    assert among.tolist() == alone


def test_a_missing_value_is_the_same_in_each_dtype(bundle: Bundle, lines: pd.DataFrame) -> None:
    gaps = lines[NAMES].assign(basket_lines=lines["basket_lines"].where(lines.index % 3 > 0))

    whole = gaps.assign(basket_lines=gaps["basket_lines"].astype("Int64"))

    assert whole["basket_lines"].isna().any()
    assert_same(bundle.score(whole), bundle.score(gaps))


def test_a_frame_without_a_feature_is_refused_by_the_features_name(bundle: Bundle, lines: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="a frame without product_return_rate, basket_lines") as caught:
        bundle.score(lines[["customer_return_rate"]])

    assert "3 features of the bundle's catalog" in caught.value.expected


@pytest.mark.parametrize("dtype", ["str", "object", "datetime64[us]"])
def test_a_feature_that_is_no_number_is_refused(bundle: Bundle, lines: pd.DataFrame, dtype: str) -> None:
    with pytest.raises(UserError, match=f"basket_lines as {re.escape(dtype)}"):
        bundle.score(lines.astype({"basket_lines": dtype}))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.95])
def test_a_booster_that_was_cut_off_is_refused(saved: Path, share: float) -> None:
    text = (saved / "booster.txt").read_text()
    (saved / "booster.txt").write_text(text[: int(share * text.index("end of parameters"))])

    with pytest.raises(UserError, match=r"booster\.txt to be as it was saved"):
        Bundle.load(saved)


def test_a_bundle_json_that_was_cut_off_is_refused(saved: Path) -> None:
    text = (saved / "bundle.json").read_text()
    (saved / "bundle.json").write_text(text[: len(text) // 2])

    with pytest.raises(UserError, match=r"bundle\.json to be as it was saved"):
        Bundle.load(saved)


@pytest.mark.parametrize("name", ["booster.txt", "bundle.json"])
def test_a_bundle_without_one_of_its_files_is_refused(saved: Path, name: str) -> None:
    (saved / name).unlink()

    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        Bundle.load(saved)


@pytest.mark.parametrize(
    ("catalog", "first"),
    [(CATALOG[:2], 0), (CATALOG[::-1], 0), (CATALOG, 500)],
    ids=["fewer features", "another order", "the same features trained on other lines"],
)
def test_a_bundle_json_of_another_model_is_refused(
    saved: Path, lines: pd.DataFrame, catalog: list[CatalogEntry], first: int
) -> None:
    other = trained(lines.iloc[first:], catalog)
    booster = (saved / "booster.txt").read_bytes()
    other.save(saved)
    (saved / "booster.txt").write_bytes(booster)

    with pytest.raises(UserError, match="is of another model than bundle"):
        Bundle.load(saved)


@pytest.mark.parametrize("content", ["[]", '{"format": 3}'], ids=["a list", "without its parts"])
def test_a_bundle_json_that_is_none_is_refused(saved: Path, content: str) -> None:
    (saved / "bundle.json").write_text(content)

    with pytest.raises(UserError, match=r"bundle\.json to be as it was saved"):
        Bundle.load(saved)


def test_a_bundle_of_another_format_is_refused(saved: Path) -> None:
    content = json.loads((saved / "bundle.json").read_text())
    (saved / "bundle.json").write_text(json.dumps(content | {"format": 99}))

    with pytest.raises(UserError, match="format 99"):
        Bundle.load(saved)


def test_saving_that_fails_leaves_the_bundle_that_was_there(bundle: Bundle, saved: Path) -> None:
    before = {file.name: file.read_bytes() for file in saved.iterdir()}

    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(bundle, priors={"shop": float("nan")}).save(saved)

    assert {file.name: file.read_bytes() for file in saved.iterdir()} == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_importance_ranks_what_drives_returns_above_noise(bundle: Bundle) -> None:
    ranked = bundle.importance()

    assert set(ranked) == set(NAMES)
    assert list(ranked)[-1] == "basket_lines"
    assert list(ranked.values()) == sorted(ranked.values(), reverse=True)


@pytest.fixture(scope="module")
def with_reasons(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle whose reason model has learned, through the training that makes one."""
    return trained_with(REASON_PARAMS, tmp_path_factory.mktemp("with_reasons"))


@pytest.fixture(scope="module")
def with_shares(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle of a source with too few reasons to learn from."""
    return trained_with(
        REASON_PARAMS.model_copy(update={"min_returns": 1_000_000}), tmp_path_factory.mktemp("with_shares")
    )


def trained_with(params: ReasonParams, folder: Path) -> Bundle:
    frame = reasons_frame()
    matrix = write_matrix(frame, folder / "lines.parquet")
    training = replace(TRAINING, reasons=params)
    return train(matrix, split.read_times(matrix), split.final_split(frame, SPLIT), CATALOG_WITH_REASONS, training)[0]


def test_a_bundle_with_reasons_says_the_same_after_saving(with_reasons: Bundle, tmp_path: Path) -> None:
    frame = reasons_frame()
    x = with_reasons.rows(frame, with_reasons.features)
    with_reasons.save(tmp_path)

    loaded = Bundle.load(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["booster.txt", "bundle.json", "reasons.txt"]
    assert loaded.features == with_reasons.features == tuple(FEATURES)
    assert loaded.score_features == with_reasons.score_features == tuple(NAMES)
    before, after = with_reasons.reason_rows(x), loaded.reason_rows(x)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after, before)
    assert np.abs(after - x[:, len(NAMES) :]).max() > 0.1  # more than the shares was learned
    assert_same(loaded.score(frame), with_reasons.score(frame))
    np.testing.assert_array_equal(
        loaded.drivers.of_features(x[:, : len(NAMES)]), with_reasons.drivers.of_features(x[:, : len(NAMES)])
    )


def test_saving_again_a_bundle_with_reasons_gives_the_same_bytes(with_reasons: Bundle, tmp_path: Path) -> None:
    with_reasons.save(tmp_path / "one")
    Bundle.load(tmp_path / "one").save(tmp_path / "again")

    for file in (tmp_path / "one").iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_reasons_are_shares_alone_where_none_were_learned_and_need_no_trees(
    with_shares: Bundle, tmp_path: Path
) -> None:
    with_shares.save(tmp_path)
    loaded = Bundle.load(tmp_path)
    x = loaded.rows(reasons_frame(), loaded.features)

    found = loaded.reason_rows(x)

    assert found is not None
    assert not (tmp_path / "reasons.txt").exists()
    np.testing.assert_array_equal(found, x[:, len(NAMES) :])


def test_a_source_without_reasons_has_none_after_loading(bundle: Bundle, saved: Path, lines: pd.DataFrame) -> None:
    loaded = Bundle.load(saved)
    x = loaded.rows(lines, loaded.features)

    assert bundle.reasons is None
    assert loaded.reasons is None
    assert loaded.reason_rows(x) is None


def test_a_bundle_that_replaces_one_with_reasons_leaves_no_trees_of_it(
    with_reasons: Bundle, bundle: Bundle, tmp_path: Path
) -> None:
    with_reasons.save(tmp_path)
    bundle.save(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["booster.txt", "bundle.json"]
    assert Bundle.load(tmp_path).reasons is None


def test_labels_are_known_where_the_model_has_learned_what_a_missing_field_means(bundle: Bundle) -> None:
    fields = {
        "channel": AskedField("channel", 0.0, frozenset({"web"})),
        "region": AskedField("region", 0.0, frozenset({"north"})),
        "voucher_used": AskedField("voucher_used", 0.0),
        "size": AskedField("size", 0.0, frozenset({"m"})),
    }
    asked = Asked(fields, {}, 0.0, 0.0)
    worths = {name: FieldWorth(0.1, {}) for name in ("channel", "voucher_used", "size")}

    assert replace(bundle, asked=asked, unsent=worths).known_labels == {"channel": {"web"}}
    assert replace(bundle, asked=asked, unsent=None).known_labels == {}
    assert replace(bundle, asked=None, unsent=worths).known_labels == {}


@pytest.mark.parametrize("share", [None, 0.0, 0.3, 0.95])
def test_trees_of_reasons_that_were_cut_off_or_lost_are_refused(
    with_reasons: Bundle, tmp_path: Path, share: float | None
) -> None:
    with_reasons.save(tmp_path)
    text = (tmp_path / "reasons.txt").read_text()
    (tmp_path / "reasons.txt").unlink()
    if share is not None:
        (tmp_path / "reasons.txt").write_text(text[: int(share * len(text))])

    with pytest.raises(UserError, match=r"reasons\.txt to be as it was saved"):
        Bundle.load(tmp_path)


def test_trees_of_reasons_over_other_features_are_refused(with_reasons: Bundle, bundle: Bundle, tmp_path: Path) -> None:
    assert with_reasons.reasons is not None
    replace(
        with_reasons, reasons=replace(with_reasons.reasons, booster=lgb.Booster(model_str=bundle.model.text()))
    ).save(tmp_path)

    with pytest.raises(UserError, match=r"reasons\.txt to be as it was saved[\s\S]*of other features"):
        Bundle.load(tmp_path)


def test_the_reasons_change_no_score(with_reasons: Bundle, with_shares: Bundle) -> None:
    frame = reasons_frame()

    assert_same(with_reasons.score(frame), with_shares.score(frame))
    assert_same(with_reasons.score(frame.drop(columns="reason_share_style")), with_reasons.score(frame))
