"""docs/how-to/add-a-model.md, followed to the letter: its learner passes the tests of all learners, and is checked."""

import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.errors import UserError
from tests.recipe import Step, steps
from tests.training.model.learners import test_learners
from training.model.bundle import Bundle
from training.model.learners import known

TESTS = [each for name, each in vars(test_learners).items() if name.startswith("test_")]
NAME = "neural_network"


@pytest.fixture(scope="module")
def recipe(top: Path) -> list[Step]:
    return steps(top / "docs/how-to/add-a-model.md", "## Add one")


@pytest.fixture(scope="module")
def listed(recipe: list[Step], top: Path) -> Iterator[None]:
    """The list of learners with the new one, as the page has it."""
    module, entry = recipe
    made = types.ModuleType(module.file.removesuffix(".py").replace("/", "."))
    changed = types.ModuleType("changed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, made.__name__, made)
        exec(compile(module.code, module.file, "exec"), vars(made))
        text = entry.added(top, '    "hist_gradient_boosting": HistGradientBoosting(),')
        exec(compile(text, entry.file, "exec"), vars(changed))
        patch.setattr(known, "LEARNERS", changed.LEARNERS)
        yield


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize("test", TESTS, ids=[each.__name__ for each in TESTS])
def test_the_new_learner_passes(test, tmp_path: Path) -> None:
    assert list(known.LEARNERS)[-1] == NAME

    test(NAME, tmp_path) if "tmp_path" in test.__annotations__ else test(NAME)


@pytest.mark.usefixtures("listed")
def test_a_bundle_of_it_is_refused_where_the_learner_is_not_known(tmp_path: Path) -> None:
    test_learners.test_its_bundle_is_text_that_scores_and_explains_as_it_was_trained(NAME, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known, "LEARNERS", {name: each for name, each in known.LEARNERS.items() if name != NAME})

        with pytest.raises(UserError, match=rf"'{NAME}'"):
            Bundle.load(tmp_path / "bundle")


def test_its_code_passes_the_checks_of_the_project(recipe: list[Step], top: Path) -> None:
    module, entry = recipe
    entered = entry.added(top, '    "hist_gradient_boosting": HistGradientBoosting(),')
    for file, code in ((module.file, module.code), (entry.file, entered)):
        for command in (["check", "--output-format=concise"], ["format", "--check"]):
            ruff = [str(Path(sys.executable).with_name("ruff")), *command, "--stdin-filename", file, "-"]
            done = subprocess.run(ruff, cwd=top, input=code, capture_output=True, text=True, check=False)

            assert done.returncode == 0, done.stdout + done.stderr
