"""Training end to end on a small matrix: which lines it learns from, and that nothing later reaches it."""

import json
from dataclasses import replace
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
import sklearn
import yaml
from scipy.special import logit

from data.arrays import Bools
from data.errors import UserError
from features import catalog, recipe
from features.catalog import EVERY, ORDERS, POSTERIOR
from tests.training.small_matrix import CATALOG, INTERVAL, LINEAR, MODEL, SPLIT, TRAINING, matrix_frame, write_matrix
from training import train
from training.evaluation import metrics
from training.model import baselines, fit, split
from training.model.asked import START
from training.model.baselines import BaselineParams
from training.model.bundle import Bundle
from training.model.joint.fit import JointParams
from training.model.reasons.params import ReasonParams
from training.model.split import DAY, Split, final_split
from training.model.unsettled import recent_lines

REFIT = replace(TRAINING, model=MODEL.model_copy(update={"refit_below_lines": 1_000_000}))
LEARNING = replace(REFIT, model=REFIT.model.model_copy(update={"learn_unsettled": True}))
OTHER = replace(LEARNING, model=LEARNING.model.model_copy(update={"learner": "hist_gradient_boosting"}))
KINDS = {"first": TRAINING, "refit": REFIT, "unsettled": LEARNING, "other learner": OTHER}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return matrix_frame()


@pytest.fixture(scope="module")
def cuts(frame: pd.DataFrame) -> Split:
    return final_split(frame, SPLIT)


@pytest.fixture(scope="module")
def bundles(frame: pd.DataFrame, cuts: Split, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What training leaves: without a refit, with one, and with one on what is known of recent lines."""
    folder = tmp_path_factory.mktemp("bundles")
    return {name: saved(frame, cuts, given, folder) for name, given in KINDS.items()}


def saved(frame: pd.DataFrame, cuts: Split, training: fit.Training, folder: Path) -> dict[str, bytes]:
    """Train on the frame as the matrix; the bytes of the bundle."""
    matrix = write_matrix(frame, folder / "lines.parquet")
    fit.train(matrix, split.read_times(matrix), cuts, CATALOG, training)[0].save(folder / "bundle")
    return {file.name: file.read_bytes() for file in sorted((folder / "bundle").iterdir())}


def linear_of(files: dict[str, bytes]) -> object:
    return json.loads(files["bundle.json"])["linear"]


def altered(frame: pd.DataFrame, lines: Bools) -> pd.DataFrame:
    """The same lines with other outcomes and other features where ``lines``."""
    changed = frame.copy()
    changed.loc[lines, "label"] = 1 - changed.loc[lines, "label"]
    changed.loc[lines, "product_return_rate"] = 1 - changed.loc[lines, "product_return_rate"]
    return changed


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_matrix_gives_the_same_bytes(
    kind: str, frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    assert saved(frame, cuts, KINDS[kind], tmp_path) == bundles[kind]


@pytest.mark.parametrize("kind", ["first", "refit", "other learner"])
def test_no_line_that_was_not_closed_before_the_test_plays_a_part(
    kind: str, frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    later = ~cuts.train.holds(frame) & frame["label"].notna().to_numpy()
    assert (frame.loc[later, "ordered_at"] < cuts.test_from).any()  # some within the gap before the test
    assert later[cuts.test(frame)].all()

    changed = altered(frame, later)

    assert saved(changed, cuts, KINDS[kind], tmp_path) == bundles[kind]


def test_of_recent_lines_no_outcome_plays_a_part_that_became_known_after_the_test_began(
    frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    later = (frame["settled_at"] > cuts.test_from).to_numpy()
    assert (frame.loc[later, "ordered_at"] < cuts.test_from).any()
    changed = frame.copy()
    changed.loc[later, "label"] = 1 - changed.loc[later, "label"]
    changed.loc[later, ["closes_at", "settled_at"]] += pd.Timedelta(days=3)

    assert saved(changed, cuts, LEARNING, tmp_path) == bundles["unsettled"]


def test_what_is_known_of_recent_lines_reaches_the_trees_alone(
    frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    known = (frame["settled_at"] <= cuts.test_from) & (frame["ordered_at"] >= cuts.train.until)

    changed = saved(altered(frame, known.to_numpy()), cuts, LEARNING, tmp_path)

    assert changed["booster.txt"] != bundles["unsettled"]["booster.txt"] != bundles["refit"]["booster.txt"]
    assert linear_of(changed) == linear_of(bundles["unsettled"]) == linear_of(bundles["refit"])


def test_without_lines_between_training_and_test_the_trees_are_those_of_the_training_lines(
    frame: pd.DataFrame, cuts: Split, tmp_path: Path
) -> None:
    ordered = frame["ordered_at"]
    sparse = frame[(ordered < cuts.train.until) | (ordered >= cuts.test_from)].reset_index(drop=True)

    one, other = (
        saved(sparse, cuts, given, tmp_path / name) for name, given in KINDS.items() if given in (REFIT, LEARNING)
    )

    assert one == other


def test_the_bundle_says_how_many_recent_lines_it_learned_from(
    frame: pd.DataFrame, cuts: Split, tmp_path: Path
) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")

    bundle, rows = fit.train(matrix, frame, cuts, CATALOG, LEARNING)

    assert rows.y.tolist() == frame.loc[cuts.train.holds(frame), "label"].tolist()
    assert bundle.built["lines"] == len(rows.y)
    assert bundle.built["recent_lines"] == len(recent_lines(frame, cuts)) > 0
    assert fit.train(matrix, frame, cuts, CATALOG, REFIT)[0].built["recent_lines"] == 0


@pytest.mark.parametrize("part", ["fit", "stop", "calibration"])
def test_every_part_before_the_test_plays_its_part(
    part: str, frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    changed = saved(altered(frame, getattr(cuts, part).holds(frame)), cuts, TRAINING, tmp_path)

    assert changed["bundle.json"] != bundles["first"]["bundle.json"]
    # The calibrator's lines are kept from the booster.
    assert (changed["booster.txt"] == bundles["first"]["booster.txt"]) == (part == "calibration")
    # The linear part has nothing to stop, and learns from the fit lines alone.
    assert (linear_of(changed) == linear_of(bundles["first"])) == (part != "fit")


def test_above_the_threshold_the_booster_knows_the_fit_lines_alone(
    frame: pd.DataFrame, cuts: Split, tmp_path: Path
) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")
    enough = int(cuts.train.holds(frame).sum())
    at_threshold = replace(TRAINING, model=MODEL.model_copy(update={"refit_below_lines": enough}))

    bundle, rows = fit.train(matrix, frame, cuts, CATALOG, at_threshold)

    fitted = frame[cuts.fit.holds(frame)]
    assert rows.y.tolist() == fitted["label"].tolist()
    assert bundle.built["lines"] == len(fitted)
    assert not bundle.built["refitted"]
    assert bundle.built["train_until"] == cuts.fit.until.isoformat()
    assert bundle.priors == {"shop": pytest.approx(fitted["label"].mean())}


def test_below_the_threshold_the_later_lines_are_learned_with_as_many_trees(
    frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")
    enough = int(cuts.train.holds(frame).sum())
    below = replace(TRAINING, model=MODEL.model_copy(update={"refit_below_lines": enough + 1}))

    bundle, rows = fit.train(matrix, frame, cuts, CATALOG, below)
    first, _ = fit.train(matrix, frame, cuts, CATALOG, TRAINING)

    assert rows.y.tolist() == frame.loc[cuts.train.holds(frame), "label"].tolist()
    assert bundle.built["refitted"]
    assert bundle.built["train_until"] == cuts.train.until.isoformat()
    assert bundle.calibrator.slope == first.calibrator.slope
    assert bundle.calibrator.intercept == first.calibrator.intercept * TRAINING.calibration.level_carried
    assert bundle.model.rounds == first.model.rounds == bundle.built["rounds"]
    changed = saved(altered(frame, cuts.calibration.holds(frame)), cuts, below, tmp_path)
    assert changed["booster.txt"] != bundles["refit"]["booster.txt"]
    assert linear_of(changed) != linear_of(bundles["refit"])


def test_without_a_share_trees_alone_score(frame: pd.DataFrame, cuts: Split, tmp_path: Path) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")
    alone = replace(TRAINING, linear=LINEAR.model_copy(update={"share": 0}))

    assert fit.train(matrix, frame, cuts, CATALOG, alone)[0].linear is None


def test_another_learner_leaves_a_bundle_with_all_that_the_first_has(
    frame: pd.DataFrame, cuts: Split, tmp_path: Path
) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")

    trained, rows = fit.train(matrix, frame, cuts, CATALOG, OTHER)
    trained.save(tmp_path / "bundle")
    bundle, test = Bundle.load(tmp_path / "bundle"), frame[cuts.test(frame)]

    assert bundle.learner == "hist_gradient_boosting"
    assert bundle.built["versions"]["scikit-learn"] == sklearn.__version__
    assert (bundle.built["refitted"], bundle.built["recent_lines"], bundle.built["lines"]) == (True, 0, len(rows.y))
    probability = bundle.score(test).probability
    np.testing.assert_array_equal(probability, trained.score(test).probability)
    x = bundle.rows(test, bundle.score_features)
    log_odds = bundle.drivers.expected + bundle.drivers.of_features(x).sum(axis=1)
    np.testing.assert_allclose(log_odds, logit(probability), atol=1e-9)
    label = test["label"].to_numpy(dtype=int)
    assert metrics.log_loss(label, probability) < metrics.log_loss(label, np.full(len(test), rows.y.mean()))


def test_a_learner_that_nobody_knows_is_refused(frame: pd.DataFrame, cuts: Split, tmp_path: Path) -> None:
    unknown = replace(TRAINING, model=MODEL.model_copy(update={"learner": "hist_gradient_bosting"}))

    with pytest.raises(UserError, match=r"lightgbm, hist_gradient_boosting as model\.learner"):
        fit.train(write_matrix(frame, tmp_path / "lines.parquet"), frame, cuts, CATALOG, unknown)


def test_no_tree_past_the_best_one_is_kept(frame: pd.DataFrame, cuts: Split, tmp_path: Path) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")

    booster = lgb.Booster(model_str=fit.train(matrix, frame, cuts, CATALOG, TRAINING)[0].model.text())

    stop = frame[cuts.stop.holds(frame)]
    losses = [
        metrics.log_loss(stop["label"].to_numpy(dtype=int), booster.predict(_features(stop), num_iteration=trees))
        for trees in range(1, booster.num_trees() + 1)
    ]
    assert 1 < len(losses) < MODEL.max_rounds
    assert losses[-1] == min(losses)


def _features(frame: pd.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    array: np.ndarray[tuple[int, int], np.dtype[np.float64]] = frame[[e.name for e in CATALOG]].to_numpy(np.float64)
    return array


def test_the_model_beats_the_base_rate_on_the_test(frame: pd.DataFrame, cuts: Split, tmp_path: Path) -> None:
    matrix = write_matrix(frame, tmp_path / "lines.parquet")
    tested = frame[cuts.test(frame)]
    y = tested["label"].to_numpy(dtype=int)

    bundle, rows = fit.train(matrix, frame, cuts, CATALOG, REFIT)

    loss = metrics.log_loss(y, bundle.score(tested).probability)
    assert loss < metrics.log_loss(y, np.full(len(y), rows.y.mean())) - 0.01


def test_the_stage_leaves_the_bundle_and_the_baselines_of_its_lines(
    frame: pd.DataFrame, cuts: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    matrix = write_matrix(frame, tmp_path / "features/matrix/lines.parquet")
    catalog.write(CATALOG, tmp_path / "features/matrix/catalog.json")
    recipe.write(TRAINING.recipe, tmp_path / "features/matrix/recipe.json")
    days = (frame["ordered_at"].dt.normalize() - START) // DAY
    counted = pd.concat(
        [days.value_counts().rename("lines").reset_index().assign(field=name) for name in (EVERY, ORDERS)]
    )
    counted.rename(columns={"ordered_at": "day"}).assign(label=None).to_parquet(
        tmp_path / "features/matrix/asked.parquet"
    )
    split.write(cuts)
    reasons = ReasonParams(
        min_returns=2000, min_returns_of_reason=50, learning_rate=0.1, num_leaves=4, min_data_in_leaf=50,
        feature_fraction=0.3, bagging_fraction=0.8, lambda_l2=10.0, max_rounds=50, stopping_rounds=5, prior_returns=500,
        unsent_share=0,
    )  # fmt: skip
    sections = {"model": REFIT.model, "calibration": REFIT.calibration, "reasons": reasons}
    sections |= {"interval": INTERVAL, "linear": LINEAR, "joint": JointParams(baskets=100, prior_deviation=0.5)}
    given = BaselineParams(logistic_lines=500, logistic_c=0.1)
    content = {name: section.model_dump() for name, section in (sections | {"baselines": given}).items()}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))

    train.main()

    expected, rows = fit.train(matrix, frame, cuts, CATALOG, REFIT)
    found = Bundle.load()
    assert found.built == expected.built
    assert found.joint is not None
    assert found.asked is not None
    assert found.asked.ranges.keys() == {"basket_lines"}
    assert found.score(frame).probability.tolist() == expected.score(frame).probability.tolist()
    assert baselines.load() == baselines.fit_baselines(rows, given)


def test_lines_too_few_for_a_split_are_learned_as_without_recent_ones(
    frame: pd.DataFrame, cuts: Split, tmp_path: Path
) -> None:
    large = {"min_data_in_leaf": len(frame)}
    one, other = (
        saved(frame, cuts, replace(each, model=each.model.model_copy(update=large)), tmp_path)
        for each in (REFIT, LEARNING)
    )

    assert one == other


@pytest.mark.parametrize("kind", ["first", "refit"])
def test_posteriors_of_the_matrix_are_a_part_of_the_score_that_trees_do_not_read(
    kind: str, frame: pd.DataFrame, cuts: Split, bundles: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    rng = np.random.default_rng(8)
    names = [POSTERIOR + "customer", POSTERIOR + "product"]
    of_customer, of_product = rng.normal(0.2, 1, len(frame)), rng.normal(size=len(frame)) + 2 * frame["label"].fillna(0)
    more = frame.assign(**dict(zip(names, (of_customer, of_product), strict=True)))
    more.loc[::50, names] = np.nan  # lines of products without outcomes
    entries = [*CATALOG, *(replace(CATALOG[0], name=name) for name in names)]
    matrix = write_matrix(more, tmp_path / "lines.parquet")
    times = split.read_times(matrix)

    bundle = fit.train(matrix, times, cuts, entries, KINDS[kind])[0]
    bundle.save(tmp_path / "bundle")

    again = Bundle.load(tmp_path / "bundle")
    learned = more[cuts.train.holds(times)]
    assert again.posterior is not None
    assert again.posterior.share == LINEAR.posterior_share
    assert again.posterior.usual == pytest.approx(learned[names].mean().to_numpy())
    tested = more[cuts.test(times)]
    np.testing.assert_array_equal(again.score(tested).probability, bundle.score(tested).probability)
    y = tested["label"].to_numpy()
    assert metrics.roc_auc(y, again.score(tested).probability) > 0.85
    assert (tmp_path / "bundle" / "booster.txt").read_bytes() == bundles[kind]["booster.txt"]


def test_posteriors_without_a_weight_are_no_part_of_the_score(frame: pd.DataFrame, cuts: Split, tmp_path: Path) -> None:
    name = POSTERIOR + "customer"
    more = frame.assign(**{name: np.random.default_rng(8).normal(size=len(frame))})
    entries = [*CATALOG, replace(CATALOG[0], name=name)]
    matrix = write_matrix(more, tmp_path / "lines.parquet")
    none = replace(TRAINING, linear=LINEAR.model_copy(update={"posterior_share": 0.0}))

    bundle = fit.train(matrix, split.read_times(matrix), cuts, entries, none)[0]

    assert bundle.posterior is None
    turned = more.assign(**{name: -more[name]})
    np.testing.assert_array_equal(bundle.score(more).probability, bundle.score(turned).probability)
    assert np.isfinite(bundle.drivers.of_features(bundle.rows(more, bundle.score_features))).all()
