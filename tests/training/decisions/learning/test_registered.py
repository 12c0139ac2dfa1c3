"""Learned effects in the registry: one version each, with its alias, its record and the way back."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import params
from data.errors import UserError
from tests.training.decisions.learning.drawn_history import ACTIONS, KINDS, draw_history
from tests.training.decisions.learning.drawn_log import PARAMS, DrawnLog, draw
from training import champion
from training.decisions.learning import registered
from training.decisions.learning.effects import learn
from training.decisions.learning.params import Learner
from training.decisions.learning.pooled_effects import STAKE, learn_pooled
from training.decisions.learning.registered import Candidate
from training.decisions.learning.stored_effects import Effects, load, save
from training.registry.mlflow_registry import Registry
from training.registry.names import RegistryParams, policy_name

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # MLflow's own
DRAWN = draw(DrawnLog(baskets=2000), 1)
NO_STAKES = pd.DataFrame()
FEW = PARAMS.model_copy(update={"replicates": 2})


def candidate(folder: Path, learner: Learner = Learner.DR) -> Candidate:
    save(learn(DRAWN.exposures, learner, FEW), folder)
    return Candidate(
        name=policy_name(), shop="simulated", effects=folder, example=DRAWN.exposures.covariates,
        metrics={"gain.lower": 1.5}, files=(), data_sha256="0" * 64, why="it earns more",
    )  # fmt: skip


def chosen() -> RegistryParams:
    return params.load("registry", RegistryParams)


def test_effects_are_registered_once_installed_and_rolled_back_by_the_alias(
    registry: Registry, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = registered.register(candidate(project / "one"), chosen(), registry)
    again = registered.register(candidate(project / "one"), chosen(), registry)
    second = registered.register(candidate(project / "two", Learner.TWO_MODEL), chosen(), registry)
    assert [each.version.number for each in (first, again, second)] == [1, 1, 2]
    assert [each.has_alias for each in (first, again, second)] == [True, True, True]
    assert first.outcome == "has the alias now: it earns more"
    assert registry.champion(policy_name()).tags["gain.lower"] == "1.5"

    version, path = registered.install(registry, policy_name(), project / "learned")
    assert (version.number, path.name) == (2, "learned_v2")
    champion.rollback(registry, policy_name(), "returns rose")
    version, path = registered.install(registry, policy_name(), project / "learned")
    assert (version.number, path.name) == (1, "learned_v1")
    back = registered.register(candidate(project / "two", Learner.TWO_MODEL), chosen(), registry)
    assert "it was rolled back" in back.outcome
    assert not back.has_alias

    loaded, known = load(path), DRAWN.exposures.covariates
    assert np.array_equal(
        loaded.predict(known, NO_STAKES)["advice"], learn(DRAWN.exposures, Learner.DR, FEW).predict(known)["advice"]
    )
    _serves_with_mlflow(registry, known, loaded, monkeypatch)


def _serves_with_mlflow(
    registry: Registry, known: pd.DataFrame, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))  # MLflow puts the model's own code in front
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registry.uri)
    mlflow = pytest.importorskip("mlflow.pyfunc", reason="imported here: it takes seconds")
    served = mlflow.load_model(f"models:/{policy_name()}@champion").predict(known.head(3))

    own = effects.predict(known.head(3), NO_STAKES)["advice"][:, 0]
    assert served["advice_mean"].tolist() == pytest.approx(own.tolist())


def test_nothing_is_installed_before_anything_was_registered(registry: Registry, project: Path) -> None:
    with pytest.raises(UserError, match="none with the alias"):
        registered.install(registry, policy_name(), project / "learned")


def test_pooled_effects_are_registered_and_installed_as_all_others_are(registry: Registry, project: Path) -> None:
    effects = learn_pooled(draw_history(1500, 1), KINDS, dict.fromkeys(ACTIONS, 0.1), FEW)
    save(effects, project / "pooled")
    known = pd.DataFrame({"taste": [1.0, -1.0], "other": [0.0, np.nan]})
    stakes = pd.DataFrame({"advice": [100.0, np.nan], "credit": [50.0, 50.0]})
    example = pd.concat([known, stakes.rename(columns=STAKE.format)], axis=1)
    given = Candidate(
        name=policy_name(), shop="simulated", effects=project / "pooled", example=example, metrics={}, files=(),
        data_sha256="0" * 64, why="it earns more",
    )  # fmt: skip

    registered.register(given, chosen(), registry)
    _, path = registered.install(registry, policy_name(), project / "learned")

    one, other = (each.predict(known, stakes) for each in (effects, load(path)))
    assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in ACTIONS)
