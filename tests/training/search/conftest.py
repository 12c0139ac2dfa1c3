"""A small project after the features stage, made the current folder."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from features import catalog, recipe
from tests.training.small_matrix import CATALOG, LEVEL, LINEAR, SPLIT, TRAINING, matrix_frame, write_matrix
from training.evaluation.backtest import BacktestParams
from training.search.quick import QuickParams

FOLDS = BacktestParams(folds=3, fold_days=10, calibration_bins=10)


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    return matrix_frame()


@pytest.fixture
def project(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the stages before training leave, and parameters for small tries."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    write_matrix(frame, tmp_path / "features/matrix/lines.parquet")
    catalog.write(CATALOG, tmp_path / "features/matrix/catalog.json")
    recipe.write(TRAINING.recipe, tmp_path / "features/matrix/recipe.json")
    (tmp_path / "reports").mkdir()
    sections = {"model": TRAINING.model, "calibration": TRAINING.calibration, "split": SPLIT, "backtest": FOLDS}
    sections |= {"linear": LINEAR, "level": LEVEL, "quick": QuickParams(lines=3000, folds=2, max_rounds=20)}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({name: one.model_dump() for name, one in sections.items()}))
    return tmp_path
