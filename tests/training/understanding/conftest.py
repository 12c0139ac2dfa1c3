"""A project with a small matrix on which the stages run."""

from pathlib import Path

import pytest
import yaml

from features import catalog, recipe
from tests.training.small_matrix import CATALOG, LINEAR, SPLIT, TRAINING, matrix_frame, write_matrix
from training.evaluation.backtest import BacktestParams
from training.understanding.params import CurveParams, EffectParams, SliceParams, UnderstandingParams

CHOSEN = UnderstandingParams(
    seed=1,
    lines=1600,
    resamples=50,
    seeds=1,
    curve=CurveParams(lines=1600, points=2, draws=2, months=[1, 2, 24]),
    effects=EffectParams(features=2, lines=200, bins=5),
    slices=SliceParams(least_lines=30, most_labels=5, depth=2, false_discovery_rate=0.1),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the project, with what the stages before leave."""
    folder = tmp_path_factory.mktemp("project")
    write_matrix(matrix_frame(), folder / "features/matrix/lines.parquet")
    catalog.write(CATALOG, folder / "features/matrix/catalog.json")
    recipe.write(TRAINING.recipe, folder / "features/matrix/recipe.json")
    sections = {
        "model": TRAINING.model,
        "calibration": TRAINING.calibration,
        "linear": LINEAR,
        "split": SPLIT,
        "backtest": BacktestParams(folds=0, fold_days=15, calibration_bins=10),
        "understanding": CHOSEN,
    }
    (folder / "params.yaml").write_text(yaml.safe_dump({name: one.model_dump() for name, one in sections.items()}))
    return folder


@pytest.fixture
def project(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, made the current one."""
    monkeypatch.chdir(small)
    return small
