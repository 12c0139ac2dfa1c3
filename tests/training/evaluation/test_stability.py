"""Two models' explanations of the same lines: what each figure says, and the stage that trains the second model."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UserError
from features import catalog, recipe
from tests.training.small_matrix import LINEAR, MODEL, SPLIT, TRAINING, write_matrix
from tests.training.small_reasons import CATALOG_WITH_REASONS, REASON_PARAMS, reasons_frame
from training import stability
from training.evaluation.stability import FILE, ModelExplanations, compare, factor_table, read, sample, table
from training.model import fit, split
from training.model.split import final_split

FACTORS = ("customer", "product", "size")
TRAINING_WITH_REASONS = replace(TRAINING, reasons=REASON_PARAMS)


def explained(contributions: Any, *, probability: Any = None, reasons: Any = None) -> ModelExplanations:
    array = np.array(contributions, dtype=np.float64)
    given_probability = np.full(len(array), 0.5) if probability is None else np.array(probability)
    return ModelExplanations(given_probability, array, FACTORS, None if reasons is None else np.array(reasons))


def random(seed: int, lines: int = 50) -> ModelExplanations:
    rng = np.random.default_rng(seed)
    return ModelExplanations(rng.random(lines), rng.normal(size=(lines, 3)), FACTORS, rng.dirichlet(np.ones(4), lines))


def test_a_model_agrees_with_itself() -> None:
    one = random(1)

    found = compare(one, one)

    assert (found.probability_difference, found.probability_difference_p95, found.reason_distance) == (0, 0, 0)
    assert (found.top_driver, found.top_driver_and_sign, found.top_raising, found.top_in_first_two) == (1, 1, 1, 1)
    assert found.rank_correlation == pytest.approx(1)
    assert found.top_reason == 1
    assert found.relative_difference == {"customer": 0, "product": 0, "size": 0}


def test_probabilities_differ_by_their_mean_and_95th_percentile() -> None:
    none = np.zeros((101, 3))

    found = compare(explained(none, probability=np.zeros(101)), explained(none, probability=np.arange(101) / -1000))

    # absolute differences 0, 0.001 … 0.1
    assert found.probability_difference == pytest.approx(0.05)
    assert found.probability_difference_p95 == pytest.approx(0.095)


def test_top_drivers_are_told_by_size_by_direction_and_by_second_place() -> None:
    one = explained([[3, 1, 0], [-3, 1, 0], [3, 0, 2], [3, 2, 1]])
    other = explained([[2, 1, 0], [3, 1, 0], [2, 3, 0], [1, 2, 3]])

    found = compare(one, other)

    # by size: lines 1 and 2; the second one's sign is the other
    assert (found.top_driver, found.top_driver_and_sign) == (0.5, 0.25)
    # raised most by: customer, product, customer, customer against customer, customer, product, size
    assert found.top_raising == 0.25
    # customer is second on line 3, and third on line 4; the other way round product would be third on line 3
    assert found.top_in_first_two == 0.75


def test_the_rank_correlation_is_spearmans_of_each_line_averaged() -> None:
    one = explained([[1, 2, 3], [1, 2, 3], [1, 2, 3]])
    other = explained([[-5, 0, 0.1], [3, 2, 1], [1, 3, 2]])

    # ranks alike: 1; reversed: -1; two of three swapped: 1 - 6·2 / (3·8) = 0.5
    assert compare(one, other).rank_correlation == pytest.approx(0.5 / 3)


def test_a_line_whose_factors_all_contribute_the_same_has_no_rank_correlation() -> None:
    one, other = explained([[0, 0, 0], [1, 2, 3]]), explained([[1, 2, 3], [1, 2, 3]])

    assert compare(one, other).rank_correlation == 1
    nothing = explained([[0, 0, 0], [0, 0, 0]])
    assert compare(nothing, other).rank_correlation is None
    assert compare(nothing, nothing).relative_difference == dict.fromkeys(FACTORS)


def test_the_relative_difference_is_by_factor_and_free_of_unit() -> None:
    one, other = explained([[1, 2, 0.3], [-1, 2, 0]]), explained([[2, 2, 0], [-2, 2, 0]])

    found = compare(one, other).relative_difference

    # customer: 1 against a mean size of (1 + 2) / 2; size: nothing in common
    assert found == pytest.approx({"customer": 1 / 1.5, "product": 0, "size": 2})


def test_reasons_are_compared_by_the_first_and_by_total_variation() -> None:
    one = explained(np.ones((2, 3)), reasons=[[0.6, 0.4, 0.0], [0.5, 0.3, 0.2]])
    other = explained(np.ones((2, 3)), reasons=[[0.3, 0.6, 0.1], [0.5, 0.2, 0.3]])

    found = compare(one, other)

    # half of (0.3 + 0.2 + 0.1) and of (0 + 0.1 + 0.1)
    assert found.top_reason == 0.5
    assert found.reason_distance == pytest.approx((0.3 + 0.1) / 2)


def test_without_reasons_there_is_nothing_to_say_of_them() -> None:
    found = compare(explained(np.ones((2, 3))), explained(np.ones((2, 3))))

    assert (found.top_reason, found.reason_distance) == (None, None)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), lines=st.integers(1, 30))
def test_figures_stay_in_their_range_and_all_but_one_are_the_same_both_ways(seed: int, lines: int) -> None:
    one, other = random(seed, lines), random(seed + 1, lines)

    there, back = asdict(compare(one, other)), asdict(compare(other, one))

    assert all(0 <= value <= 2 for value in there.pop("relative_difference").values())
    assert back.pop("relative_difference")
    assert -1 <= there["rank_correlation"] <= 1
    assert all(0 <= value <= 1 for name, value in there.items() if name != "rank_correlation")
    assert there["top_driver"] <= there["top_in_first_two"]
    del there["top_in_first_two"], back["top_in_first_two"]
    assert there == pytest.approx(back)


def test_a_sample_is_drawn_from_the_chosen_lines_alone_and_is_the_same_each_time() -> None:
    chosen = np.arange(1000) % 2 == 0

    drawn = sample(chosen, 100, 7)

    assert drawn.sum() == 100
    assert not drawn[~chosen].any()
    assert drawn.tolist() == sample(chosen, 100, 7).tolist() != sample(chosen, 100, 8).tolist()
    assert sample(chosen, 500, 7).tolist() == sample(chosen, 9999, 7).tolist() == chosen.tolist()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return reasons_frame()


@pytest.fixture
def project(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the stages before leave, made the current one."""
    monkeypatch.chdir(tmp_path)
    leave(tmp_path, frame, TRAINING_WITH_REASONS)
    return tmp_path


def leave(project: Path, frame: pd.DataFrame, training: fit.Training) -> None:
    matrix = write_matrix(frame, project / "features/matrix/lines.parquet")
    catalog.write(CATALOG_WITH_REASONS, project / "features/matrix/catalog.json")
    recipe.write(training.recipe, project / "features/matrix/recipe.json")
    cuts = final_split(frame, SPLIT)
    split.write(cuts)
    fit.train(matrix, split.read_times(), cuts, CATALOG_WITH_REASONS, training)[0].save()
    sections = {"model": training.model, "calibration": training.calibration, "reasons": REASON_PARAMS}
    sections |= {"linear": LINEAR}
    content = {name: section.model_dump() for name, section in sections.items()}
    (project / "params.yaml").write_text(yaml.safe_dump(content | {"stability": {"lines": 150, "seed": 2}}))


def test_the_stage_compares_another_seeds_model_on_test_lines_and_repeats_its_bytes(project: Path) -> None:
    bundle = {file.name: file.read_bytes() for file in (project / "training/bundle").iterdir()}
    stability.main()
    written = FILE.read_bytes()
    stability.main()

    found = read()
    assert found is not None
    assert FILE.read_bytes() == written
    assert (found.lines, found.seeds) == (150, (1, 2))
    assert 0 < found.agreement.probability_difference < found.chance.probability_difference / 2
    assert 1 > found.agreement.top_driver > found.chance.top_driver + 0.2
    assert (found.agreement.rank_correlation or 0) > (found.chance.rank_correlation or 0) + 0.2
    assert 0 < (found.agreement.reason_distance or 0) < (found.chance.reason_distance or 0) / 2
    assert set(found.agreement.relative_difference) == {"product", "customer", "basket"}
    assert {file.name: file.read_bytes() for file in (project / "training/bundle").iterdir()} == bundle


def test_where_no_choice_is_left_to_the_seed_both_models_are_the_same(
    frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    every = MODEL.model_copy(update={"feature_fraction": 1.0, "bagging_fraction": 1.0})
    leave(tmp_path, frame, replace(TRAINING_WITH_REASONS, model=every))

    stability.main()

    found = read()
    assert found is not None
    assert (found.agreement.probability_difference, found.agreement.top_driver) == (0, 1)
    assert found.agreement.rank_correlation == 1
    assert found.chance.top_driver < 1


@pytest.mark.parametrize("tested", [True, False])
def test_the_lines_compared_are_those_of_the_test(*, tested: bool, frame: pd.DataFrame, project: Path) -> None:
    stability.main()
    before = FILE.read_bytes()
    test = final_split(frame, SPLIT).test(frame)
    lines = test if tested else ~test & (frame["ordered_at"] > final_split(frame, SPLIT).test_from).to_numpy()
    changed = frame.copy()
    changed.loc[lines, "product_return_rate"] = 0.99
    write_matrix(changed, project / "features/matrix/lines.parquet")

    stability.main()

    assert lines.any()
    assert (FILE.read_bytes() == before) == (not tested)


def test_the_same_seed_is_refused(project: Path) -> None:
    content = yaml.safe_load((project / "params.yaml").read_text())
    (project / "params.yaml").write_text(yaml.safe_dump(content | {"stability": {"lines": 150, "seed": 1}}))

    with pytest.raises(UserError, match=r"1 for both[\s\S]*set stability\.seed"):
        stability.main()


def test_what_is_shown_has_both_models_and_chance_side_by_side(project: Path) -> None:
    stability.main()
    found = read(project / "reports/stability.json")
    assert found is not None

    shown = table(found).set_index("measure")
    factors = factor_table(found)

    content = json.loads((project / "reports/stability.json").read_text())
    assert shown.loc["same top driver", "models"] == content["agreement"]["top_driver"]
    assert shown.loc["same top driver", "chance"] == content["chance"]["top_driver"]
    assert len(shown) == 9
    assert factors["models"].is_monotonic_increasing
    assert dict(zip(factors["factor"], factors["chance"], strict=True)) == content["chance"]["relative_difference"]
    without = replace(found, agreement=replace(found.agreement, top_reason=None, reason_distance=None))
    assert not table(without)["measure"].str.contains("reason").any()


def test_where_the_stage_has_not_run_there_is_nothing_to_read(tmp_path: Path) -> None:
    assert read(tmp_path / "stability.json") is None
