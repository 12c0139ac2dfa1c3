import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from data.errors import UserError
from features.catalog import POSTERIOR
from tests.serving import small_models
from tests.training.registry.known_bundles import FakeBundle
from tests.training.registry.test_registration import NAME, Train
from tests.training.small_matrix import matrix_frame
from training import register
from training.model.blend import PosteriorPart
from training.model.bundle import Bundle
from training.registry import pyfunc, registration, run_record
from training.registry.alias_history import Cause
from training.registry.mlflow_registry import Registry
from training.registry.pyfunc import BundleModel

if TYPE_CHECKING:
    from mlflow.pyfunc import PyFuncModel


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # MLflow's own


@pytest.fixture
def served(registry: Registry, train: Train, monkeypatch: pytest.MonkeyPatch) -> "PyFuncModel":
    """The champion as MLflow itself loads it, which is what ``mlflow models serve`` does too."""
    monkeypatch.setattr(registration, "Bundle", FakeBundle)
    monkeypatch.setattr(pyfunc, "Bundle", FakeBundle)
    monkeypatch.setattr(sys, "path", list(sys.path))  # MLflow puts the model's own code in front
    train(weight=1.0)
    register.main()
    registry.move_alias(NAME, 1, "a test", Cause.FIRST)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    mlflow = pytest.importorskip("mlflow.pyfunc", reason="imported here: it takes seconds")
    loaded: PyFuncModel = mlflow.load_model(f"models:/{NAME}@champion")
    return loaded


def test_the_served_model_says_what_the_bundle_says(served: "PyFuncModel") -> None:
    frame = pd.read_parquet("features/matrix/lines.parquet")[["x", "spare"]]

    answer = pd.DataFrame(served.predict(frame))

    scores = FakeBundle.load(Path("training/bundle")).score(frame)
    np.testing.assert_array_equal(answer["probability"], scores.probability)
    np.testing.assert_array_equal(answer["low"], scores.low)
    np.testing.assert_array_equal(answer["high"], scores.high)


def test_the_served_model_tells_reasons_and_drivers_beside_each_other(served: "PyFuncModel") -> None:
    frame = pd.read_parquet("features/matrix/lines.parquet")[["x", "spare"]]

    answer = pd.DataFrame(served.predict(frame))

    reasons = answer.filter(like="reason_")
    assert len(reasons.columns) == 11
    np.testing.assert_allclose(reasons["reason_size_too_small"], answer["probability"] / 11)
    np.testing.assert_allclose(reasons.sum(axis=1), answer["probability"])
    assert [*answer.columns[-2:]] == ["driver_customer_and_product", "driver_product"]
    np.testing.assert_allclose(answer["driver_product"], frame["x"])


def test_without_reasons_there_is_no_column_of_them() -> None:
    class Silent(FakeBundle):
        def reason_rows(self, x: Floats) -> Floats | None:  # noqa: ARG002
            return None

    frame = pd.DataFrame({"x": [0.5, -1.0]}, index=[7, 8])

    answer = pyfunc.answer(cast("Bundle", Silent(("x",), 1.0)), frame)

    expected = ["probability", "low", "high", "driver_customer_and_product", "driver_product"]
    assert answer.columns.tolist() == expected
    assert answer.index.tolist() == [7, 8]


def test_the_input_example_is_real_rows_without_ids(served: "PyFuncModel") -> None:
    example = pd.DataFrame(served.input_example)
    lines = pd.read_parquet("features/matrix/lines.parquet")

    pd.testing.assert_frame_equal(example, lines[["x", "spare"]].head(5))
    assert pd.DataFrame(served.predict(example))["probability"].between(0, 1).all()


def test_a_frame_without_a_feature_is_refused_by_the_signature(served: "PyFuncModel") -> None:
    with pytest.raises(Exception, match="spare"):
        served.predict(pd.DataFrame({"x": [0.5]}))


def test_an_environment_of_the_pinned_packages_can_load_the_model() -> None:
    """What the loader imports is pinned: an environment made for serving holds nothing else of ours."""
    top = Path(pyfunc.__file__).parents[2]
    code = "import sys, training.registry.pyfunc; print(' '.join({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=top, check=True, capture_output=True, text=True)
    declared = tomllib.loads((top / "pyproject.toml").read_text())["project"]["dependencies"]
    ours = {re.split(r"[\[>=]", requirement)[0] for requirement in declared}
    distributions = packages_distributions()
    imported = {name.lower() for module in done.stdout.split() for name in distributions.get(module, [])}

    assert {"lightgbm", "numpy", "pandas"} <= imported & ours <= set(run_record.PACKAGES)


def test_a_model_with_an_older_copy_of_the_code_is_loaded_where_a_part_of_the_project_is_imported(
    tmp_path: Path,
) -> None:
    """MLflow puts the copy first on the path: what isn't imported yet would come from there, and fit nothing."""
    top = Path(pyfunc.__file__).parents[2]
    for package in ("data", "features", "training"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""Another version."""\n')
    code = f"""
import importlib, sys
import training
sys.path.insert(0, {str(tmp_path)!r})
loader = importlib.import_module("training.pyfunc")
try:
    loader._load_pyfunc({str(tmp_path / "bundle")!r})
except Exception as error:
    print(type(error).__name__)
print(sys.path[0])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=top, check=True, capture_output=True, text=True)

    assert done.stdout.split() == ["UserError", str(tmp_path)]


def test_the_model_takes_the_matrix_as_it_is_whole_numbers_included(
    registry: Registry, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_models.register(registry, project / "training/bundle", rounds=5)
    monkeypatch.setattr(sys, "path", list(sys.path))  # MLflow puts the model's own code in front
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    mlflow = pytest.importorskip("mlflow.pyfunc", reason="imported here: it takes seconds")
    model = mlflow.load_model(f"models:/{small_models.NAME}@champion")
    matrix = matrix_frame().head(50)

    answer = model.predict(matrix)

    assert matrix["basket_lines"].dtype == np.int64
    scores = small_models.bundle(5).score(matrix)
    np.testing.assert_array_equal(answer["probability"], scores.probability)
    as_json = matrix[list(small_models.NAMES)].astype(object).where(matrix[list(small_models.NAMES)].notna(), None)
    pd.testing.assert_frame_equal(model.predict(as_json), answer)
    guests = model.predict(matrix.assign(customer_return_rate=None))
    pd.testing.assert_frame_equal(guests, model.predict(matrix.assign(customer_return_rate=np.nan)))


def test_a_text_is_no_number_also_where_it_holds_digits() -> None:
    with pytest.raises(UserError, match="basket_lines as str"):
        BundleModel(small_models.bundle(5)).predict(matrix_frame().head(2).assign(basket_lines=["1", "2"]))


PLAIN = small_models.bundle(5)


def with_posteriors() -> tuple[Bundle, pd.DataFrame]:
    """A model with the posteriors of two kinds, and four lines that have them."""
    plain = PLAIN
    names = [f"{POSTERIOR}customer", f"{POSTERIOR}product"]
    entries = [replace(plain.catalog[0], name=name, dtype="double", only_reasons=False) for name in names]
    learned = replace(plain, catalog=(*plain.catalog, *entries), posterior=PosteriorPart(0.5, np.array([0.1, 0.2])))
    return learned, matrix_frame().head(4).assign(**dict.fromkeys(names, 0.2))


@pytest.mark.parametrize("missing", [np.nan, np.inf, None], ids=str)
def test_a_posterior_that_is_missing_is_refused_and_no_probability_is_made_of_it(missing: float | None) -> None:
    model, frame = with_posteriors()
    name = f"{POSTERIOR}customer"
    assert BundleModel(model).predict(frame).notna().all(axis=None)

    with pytest.raises(UserError, match=rf"NaN or infinity in {name} on 1 of 4 lines"):
        BundleModel(model).predict(frame.assign(**{name: pd.Series([0.2, 0.3, missing, 0.4], dtype="float64")}))


def test_lines_without_any_posterior_are_scored_by_the_other_parts_alone() -> None:
    model, frame = with_posteriors()
    posteriors = [f"{POSTERIOR}customer", f"{POSTERIOR}product"]
    unknown = frame.assign(**dict.fromkeys(posteriors, np.nan))

    answer, alone = (
        BundleModel(each).predict(lines) for each, lines in ((model, unknown), (PLAIN, matrix_frame().head(4)))
    )

    assert answer["probability"].tolist() == pytest.approx(alone["probability"].tolist(), abs=1e-12)
    drivers = [name for name in answer if str(name).startswith("driver_")]
    assert answer[drivers].notna().all(axis=None)


def test_only_features_that_a_model_cannot_do_without_have_to_be_there() -> None:
    """Every feature is lost in turn, alone: the answer is finite, or the feature is named."""
    bundle = small_models.bundle(5)
    frame = matrix_frame().head(4)

    for name in bundle.features:
        answer = BundleModel(bundle).predict(frame.assign(**{name: np.nan}))
        assert np.isfinite(answer.to_numpy()).all(), name
