"""What a page names and nobody has is found: paths, modules, parameters, targets and commands."""

from pathlib import Path

import pytest

from tests.checks.docs import names
from tests.checks.docs.pages import Page

KNOWN = names.Known(
    outputs=("training/bundle", "reports/metrics.json"),
    parameters={"data": {"source": "x"}, "model": {"seed": 1}},
    targets=frozenset({"repro"}),
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project of one module."""
    (tmp_path / "training/model").mkdir(parents=True)
    (tmp_path / "training/model/fit.py").write_text("TREES = 3\n\ndef fit(): ...\n", encoding="utf-8")
    (tmp_path / "training/__init__.py").touch()
    (tmp_path / "training/model/__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    names._defined.cache_clear()


def found(text: str) -> list[str]:
    return list(names.problems([Page(Path("docs/a.md"), text)], KNOWN))


@pytest.mark.parametrize(
    "text",
    [
        "`training/model/fit.py`",
        "`training/`",
        "`training/bundle/booster.txt`",
        "`reports/metrics.json`",
        "`reports/`",
        "`training.model.fit`",
        "`training.model.fit.TREES`",
        "`training.model.fit.fit`",
        "`data.source`",
        "`model.seed`",
        "`bundle.drivers`",
        "`make repro`",
        "```\nmake repro  # once\npython -m training.model.fit\ndvc exp run -S data.source=mapped\n```",
        "and so make sure that training/gone.py is no code",
    ],
)
def test_a_name_that_something_bears_passes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one\n`training/fitt.py`", "docs/a.md:2: `training/fitt.py` is no file or folder and no output in dvc.yaml"),
        ("`reports/metric.json`", "docs/a.md:1: `reports/metric.json` is no file"),
        ("`training.fitt`", "docs/a.md:1: `training.fitt` is no module, no name in one and no parameter"),
        ("`training.model.fit.trees`", "docs/a.md:1: `training.model.fit.trees` is no module"),
        ("`model.sed`", "docs/a.md:1: `model.sed` is no parameter of params.yaml"),
        ("`make rep`", "docs/a.md:1: make rep is no target of the Makefile"),
        ("```\nmake rep\n```", "docs/a.md:2: make rep is no target of the Makefile"),
        ("```\npython -m training.gone\n```", "docs/a.md:2: python -m training.gone has no module to run"),
        ("```\ndvc exp run -S model.sed=1\n```", "docs/a.md:2: -S model.sed is no parameter"),
    ],
)
def test_a_name_that_nothing_bears_is_found(text: str, problem: str) -> None:
    [only] = found(text)

    assert only.startswith(problem)
    assert "; fix: " in only


def test_outputs_and_targets_are_read_from_the_project(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(top)

    known = names.Known.read()

    assert {"training/bundle", "reports/metrics.json", "reports/registration.json"} <= set(known.outputs)
    assert {"repro", "docs", "check"} <= known.targets
