"""The pairs of a look, from both logs and the tables of a shop."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from data import params
from data.logged.predictions import PREDICTIONS
from serving.settings import Settings
from serving.shadow.judge import Judge
from tests.serving.quality.test_round import log_scores
from tests.serving.test_tables import project  # noqa: F401 - a fixture
from training.monitoring.shadow import NO_PAIRS
from training.registry.shadow import ShadowParams

if TYPE_CHECKING:
    import pandas as pd

    from training.registry.mlflow_registry import Registry

pytestmark = pytest.mark.usefixtures("project")


def log_beside(served: Path, beside: Path) -> None:
    """Log what version 8 would have answered: 0.4 where the champion said 0.3."""
    beside.mkdir()
    lines = [each | {"model_version": "8", "probability": 0.4} for each in PREDICTIONS.read(served)]
    (beside / PREDICTIONS.file_name(1, 1)).write_text("".join(f"{json.dumps(each)}\n" for each in lines))


def test_a_look_pairs_the_lines_of_closed_windows_that_both_versions_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[pd.DataFrame] = []
    monkeypatch.setattr("serving.shadow.judge.follow_in_shadow", lambda _, scored, *__: followed.append(scored))
    settings = Settings(model_dir=tmp_path / "models", prediction_log=tmp_path / "log", shadow_log=tmp_path / "beside")
    judge = Judge(settings, cast("Registry", None), params.load("shadow", ShadowParams))
    lines = log_scores(settings.prediction_log)
    assert judge._pairs(7, 8) is NO_PAIRS  # nothing was scored in shadow yet
    log_beside(settings.prediction_log, settings.shadow_log)

    found, of_another = judge._pairs(7, 8), judge._pairs(6, 8)

    counted = round(found.orders.lines.sum())
    assert 20 < counted < len(lines)  # without cancelled ones, and those whose outcome was never recorded
    assert found.open_lines == 0  # the tables end long ago
    assert 0 < found.days <= 60
    assert 0 < found.orders.highest.max() < 1
    assert {"level_shift", "probability", "model_version"} <= set(followed[0].columns)
    assert of_another.orders.lines.sum() == 0
