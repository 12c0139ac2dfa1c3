import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import UserError
from tests.training.registry.known_bundles import FakeBundle
from tests.training.small_project import write_backtest, write_params
from training import champion, register
from training.registry import promote, pyfunc, registration
from training.registry.mlflow_registry import Registry

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others
NAME = "return-risk-simulated"
Train = Callable[..., None]
Candidate = Callable[..., None]


@pytest.fixture(autouse=True)
def known_bundles(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (registration, pyfunc, promote):
        monkeypatch.setattr(module, "Bundle", FakeBundle)


@pytest.fixture
def candidate(project: Path, train: Train) -> Candidate:
    """Register a model: of the champion's choice, unless ``seed`` says otherwise."""

    def registered(
        weight: float, seed: int = 1, folds: tuple[float, ...] = (), features: tuple[str, ...] = ("x", "spare")
    ) -> None:
        write_params(project, seed=seed)
        write_backtest(project, *folds)
        train(weight=weight, features=features)
        register.main()

    return registered


def decide(registry: Registry, number: int | None = None) -> str:
    return promote.promote(registry, NAME, number).said


def number(registry: Registry) -> int:
    return registry.champion(NAME).number


def test_the_first_model_becomes_champion_and_the_record_says_so(registry: Registry, candidate: Candidate) -> None:
    candidate(weight=0.8)

    said = decide(registry)

    (change,) = registry.history(NAME)
    assert (change.previous, change.version, change.cause) == (None, 1, "first")
    assert "no champion to compare with" in said


def test_another_choice_has_to_be_better_on_the_folds_and_is_confirmed_on_the_test_lines(
    registry: Registry, project: Path, candidate: Candidate
) -> None:
    candidate(weight=0.99, folds=(0.51, 0.52, 0.53, 0.54))
    decide(registry)
    candidate(weight=0.98, seed=2, folds=(0.509, 0.518, 0.529, 0.538))

    said = decide(registry)

    assert number(registry) == 2
    assert "on the folds of the backtest better by 0.001500" in said
    filed = json.loads((project / "reports/promotion.json").read_text())
    assert (filed["version"], filed["champion_before"], filed["promote"]) == (2, 1, True)
    # mean -0.0015, standard deviation 0.000577 over 4 folds; t(3) at 95% is 2.353
    assert filed["backtest"]["upper"] == pytest.approx(-0.0015 + 2.353 * 0.000577 / 2, abs=1e-5)


def test_a_bundle_that_was_rolled_back_does_not_come_back_by_itself(registry: Registry, candidate: Candidate) -> None:
    candidate(weight=-1.0)
    decide(registry)
    candidate(weight=1.0)
    decide(registry)
    champion.rollback(registry, NAME, "shoes were scored too low")

    said = decide(registry)

    assert number(registry) == 1
    assert "rolled back" in said
    assert "shoes were scored too low" in said


def test_any_version_is_decided_on_by_its_number(registry: Registry, candidate: Candidate) -> None:
    for weight in (-1.0, 1.0):
        candidate(weight=weight)
    decide(registry, 1)

    decide(registry, 2)

    assert number(registry) == 2
    assert decide(registry, 2) == "is the champion already: the same bundle"


def test_a_model_that_was_not_registered_is_one_message(registry: Registry, train: Train) -> None:
    train(weight=1.0)

    with pytest.raises(UserError, match="no version with the bundle"):
        decide(registry)


def test_the_end_of_a_run_makes_the_first_candidate_champion_and_no_later_one(
    registry: Registry, candidate: Candidate
) -> None:
    def closed() -> Registry:
        raise AssertionError("the registry was opened for nothing")

    candidate(weight=0.8)
    assert promote.promote_first(lambda: registry, NAME) is not None
    candidate(weight=1.0)

    assert promote.promote_first(closed, NAME) is None
    assert number(registry) == 1
    Path("reports/promotion.json").unlink()
    assert promote.promote_first(lambda: registry, NAME) is None
