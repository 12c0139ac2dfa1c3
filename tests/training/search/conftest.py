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


@pytest.fixture
def searched(project: Path) -> Path:
    """The project with ranges to search, and with what names it in the registry."""
    sections = yaml.safe_load((project / "params.yaml").read_text())
    ranges = {
        "model": {"num_leaves": {"low": 2, "high": 16, "log": True}},
        "linear": {"share": {"low": 0.0, "high": 0.6, "log": False}},
    }
    search = {"trials": 6, "lines": 0, "whole": False, "finalists": 2, "seeds": 1, "seed": 1, "ranges": ranges}
    comments = {"min_confidence": 0.8, "min_examples": 200}
    data = {"source": "simulated", "path": "../shop", "mapping": "data/mappings/bads.yaml", "comments": comments}
    registry = {"experiment": "return-risk", "model": "return-risk"}
    text = yaml.safe_dump(sections | {"search": search, "data": data, "registry": registry})
    (project / "params.yaml").write_text(text)
    return project
