"""Learned effects in the registry: one version each, with its alias, its record and the way back."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import params
from data.errors import UserError
from tests.training.decisions.learning.drawn_log import PARAMS, DrawnLog, draw
from training import champion
from training.decisions.learning import registered
from training.decisions.learning.effects import LearnedEffects, learn
from training.decisions.learning.params import Learner
from training.decisions.learning.registered import Candidate
from training.registry.mlflow_registry import Registry
from training.registry.names import RegistryParams, policy_name

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # MLflow's own
DRAWN = draw(DrawnLog(baskets=2000), 1)
FEW = PARAMS.model_copy(update={"replicates": 2})


def candidate(folder: Path, learner: Learner = Learner.DR) -> Candidate:
    learn(DRAWN.exposures, learner, FEW).save(folder)
    return Candidate(
        name=policy_name(), shop="simulated", effects=folder, example=DRAWN.exposures.covariates,
        metrics={"gain.lower": 1.5}, files=(), data_sha256="0" * 64, why="it earns more",
    )  # fmt: skip


def chosen() -> RegistryParams:
    return params.load("registry", RegistryParams)


def test_effects_are_registered_once_installed_and_rolled_back_by_the_alias(
    registry: Registry, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, outcome = registered.register(candidate(project / "one"), chosen(), registry)
    again, _ = registered.register(candidate(project / "one"), chosen(), registry)
    second, _ = registered.register(candidate(project / "two", Learner.TWO_MODEL), chosen(), registry)
    assert (first.number, again.number, second.number) == (1, 1, 2)
    assert outcome == "has the alias now: it earns more"
    assert registry.champion(policy_name()).tags["gain.lower"] == "1.5"

    version, path = registered.install(registry, policy_name(), project / "learned")
    assert (version.number, path.name) == (2, "learned_v2")
    champion.rollback(registry, policy_name(), "returns rose")
    version, path = registered.install(registry, policy_name(), project / "learned")
    assert (version.number, path.name) == (1, "learned_v1")
    _, outcome = registered.register(candidate(project / "two", Learner.TWO_MODEL), chosen(), registry)
    assert "it was rolled back" in outcome

    loaded, known = LearnedEffects.load(path), DRAWN.exposures.covariates
    assert np.array_equal(
        loaded.predict(known)["advice"], learn(DRAWN.exposures, Learner.DR, FEW).predict(known)["advice"]
    )
    _serves_with_mlflow(registry, known, loaded, monkeypatch)


def _serves_with_mlflow(
    registry: Registry, known: pd.DataFrame, effects: LearnedEffects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))  # MLflow puts the model's own code in front
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    mlflow = pytest.importorskip("mlflow.pyfunc", reason="imported here: it takes seconds")
    served = mlflow.load_model(f"models:/{policy_name()}@champion").predict(known.head(3))

    assert served["advice_mean"].tolist() == pytest.approx(effects.predict(known.head(3))["advice"][:, 0].tolist())


def test_nothing_is_installed_before_anything_was_registered(registry: Registry, project: Path) -> None:
    with pytest.raises(UserError, match="none with the alias"):
        registered.install(registry, policy_name(), project / "learned")
