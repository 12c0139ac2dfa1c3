"""What a look does in the registry, by the evidence that a test gives it."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from data.errors import UserError
from serving.model.folder import ShadowLook
from serving.settings import Settings
from serving.shadow import __main__ as door
from serving.shadow.judge import Judge
from tests.serving.small_models import NAME, register
from tests.training.conftest import empty_database, project, registry  # noqa: F401 - fixtures
from training.monitoring.paired_loss import PairedOrders
from training.monitoring.shadow import NO_PAIRS, Pairs
from training.registry import shadow
from training.registry.alias_history import Cause, ShadowRole
from training.registry.mlflow_registry import CHALLENGER, Registry

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of SQLAlchemy and others


def of_models(champion_off: float, shadow_off: float) -> Pairs:
    rng = np.random.default_rng(7)
    truth = rng.normal(-0.9, 0.9, 20_000)
    label = (rng.random(len(truth)) < expit(truth)).astype(np.float64)
    champion, beside = (expit(truth + rng.normal(0, off, len(truth))) for off in (champion_off, shadow_off))
    return Pairs(PairedOrders.of(champion, beside, label, np.arange(len(truth))), 30, 0)


SHADOW_IS_BETTER, SHADOW_IS_WORSE = of_models(0.3, 0.0), of_models(0.0, 0.3)


@pytest.fixture
def judge(registry: Registry, project: Path) -> Judge:  # noqa: F811 - the fixtures
    """Version 2 is champion, and version 1 waits to be put into shadow."""
    for rounds in (1, 2):
        register(registry, project / "training/bundle", rounds)
    return Judge.of(Settings(model_dir=project / "models"), registry)


def look(judge: Judge, monkeypatch: pytest.MonkeyPatch, found: Pairs, *, act: bool = True) -> ShadowLook:
    monkeypatch.setattr(Judge, "_pairs", lambda *_: found)
    looked = judge.look(act=act)
    assert ShadowLook.read(judge.settings.model_dir) == looked
    return looked


def holders(judge: Judge) -> tuple[int, int | None]:
    beside = judge.registry.holder(NAME, CHALLENGER)
    return judge.registry.champion(NAME).number, None if beside is None else beside.number


def test_a_challenger_that_is_better_becomes_champion_and_comes_back_down_when_it_proves_worse(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shadow.enter(judge.registry, NAME, 1, "a try")

    advised = look(judge, monkeypatch, SHADOW_IS_BETTER, act=False)
    assert (advised.act, advised.acted, holders(judge)) == ("promote", False, (2, 1))

    promoted = look(judge, monkeypatch, SHADOW_IS_BETTER)
    assert (promoted.act, promoted.acted, promoted.champion, promoted.version) == ("promote", True, 2, 1)
    assert holders(judge) == (1, 2)
    found = shadow.in_shadow(judge.registry, NAME)
    assert found is not None
    assert found.role is ShadowRole.FORMER
    assert found.since is not None
    print(door.shown(promoted, judge.settings))
    assert "it becomes champion, and the champion goes on in shadow" in capsys.readouterr().out

    waits = look(judge, monkeypatch, NO_PAIRS)
    assert (waits.act, waits.role, holders(judge)) == ("wait", ShadowRole.FORMER, (1, 2))

    back = look(judge, monkeypatch, SHADOW_IS_BETTER)
    assert (back.act, holders(judge)) == ("roll back", (2, None))
    assert [change.cause for change in judge.registry.history(NAME)][-2:] == ["proven in shadow", "rolled back"]
    assert "surely worse than the one before; its log-loss is lower by" in judge.registry.history(NAME)[-1].why

    shadow.enter(judge.registry, NAME, 1, "once more")
    again = look(judge, monkeypatch, SHADOW_IS_BETTER)
    assert (again.act, again.acted, holders(judge)) == ("promote", False, (2, 1))  # it was rolled back
    look(judge, monkeypatch, SHADOW_IS_WORSE)
    assert holders(judge) == (2, None)


def test_where_only_advice_is_wanted_nothing_is_done(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    shadow.enter(judge.registry, NAME, 1, "a try")
    advising = dataclasses.replace(judge, chosen=judge.chosen.model_copy(update={"act": False}))

    found = look(advising, monkeypatch, SHADOW_IS_BETTER)

    assert (found.act, found.acted, holders(judge)) == ("promote", False, (2, 1))


def test_without_a_version_in_shadow_the_file_says_so_and_a_rollback_by_hand_leaves_none(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = look(judge, monkeypatch, NO_PAIRS).problem
    assert problem is not None
    assert "a version of return-risk-simulated in shadow" in problem

    with pytest.raises(UserError, match="version 2, which is the champion"):
        shadow.enter(judge.registry, NAME, 2, "by mistake")
    shadow.enter(judge.registry, NAME, 1, "a try")
    judge.registry.move_alias(NAME, 1, "by hand", Cause.BY_HAND)  # and so it is champion and in shadow
    assert shadow.in_shadow(judge.registry, NAME) is None
    look(judge, monkeypatch, NO_PAIRS)
    assert holders(judge) == (1, None)
