"""The comment of a pull request, through DVC, in a project of one stage whose outputs a colleague pulls."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from tests.workspace import TOP

DOCS = TOP / "docs/how-to/experiments-in-a-team.md"
PIPELINE = """\
    stages:
      evaluate:
        cmd: python make.py
        deps: [make.py]
        params: [model]
        outs: [reports/gate.json]
        metrics: [reports/metrics.json]
"""
MAKE = """\
    import json, yaml
    leaves = yaml.safe_load(open("params.yaml"))["model"]["num_leaves"]
    json.dump({"log_loss": leaves / 100}, open("reports/metrics.json", "w"))
    json.dump({"passed": True, "checks": []}, open("reports/gate.json", "w"))
"""


def ask(folder: Path, *command: str) -> str:
    environment = {
        **os.environ, "PYTHONPATH": str(TOP), "DVC_NO_ANALYTICS": "true",
        **{f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }  # fmt: skip
    program = [sys.executable, "-m", *command] if command[0] != "git" else list(command)
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A project with one commit, whose outputs were pushed to a remote; give the folder of a colleague's clone."""
    own = tmp_path / "own"
    (own / "reports").mkdir(parents=True)
    for name, text in (
        ("dvc.yaml", PIPELINE),
        ("make.py", MAKE),
        ("params.yaml", "    model:\n      num_leaves: 12\n"),
    ):
        (own / name).write_text(dedent(text))
    ask(own, "git", "init", "-q", "-b", "main")
    ask(own, "dvc", "init", "-q")
    ask(own, "dvc", "remote", "add", "-q", "--default", "team", str(tmp_path / "remote"))
    ask(own, "dvc", "repro", "-q")
    ask(own, "git", "add", ".")
    ask(own, "git", "commit", "-qm", "Start")
    ask(own, "dvc", "push", "-q", "--run-cache")
    ask(tmp_path, "git", "clone", "-q", "own", "clone")
    return tmp_path / "clone"


def commands_of_docs() -> list[list[str]]:
    """The steps of the workflow in the docs that call DVC."""
    (text,) = re.findall(r"```yaml\n(name: train\n.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    steps = [each.get("run", "") for each in yaml.safe_load(text)["jobs"]["train"]["steps"]]
    return [step.split()[1:] for step in steps if step.startswith(".venv/bin/dvc")]


def test_the_workflow_of_the_docs_gets_what_was_pushed_and_comments_a_change(team: Path) -> None:
    (team / "params.yaml").write_text("model:\n  num_leaves: 20\n")
    commands = commands_of_docs()
    assert [each[0] for each in commands] == ["fetch", "repro", "push"]
    for command in commands:
        ask(team, "dvc", *command)

    said = ask(team, "training.compare", "--markdown", "origin/main")

    assert "| `model.num_leaves` | `12` | `20` |" in said
    assert "| `log_loss` | 0.12000 | 0.20000 | +0.08000 | worse |" in said
    (team / "params.yaml").write_text("model:\n  num_leaves: 12\n")
    assert "Running stage" not in ask(team, "dvc", "repro", "--pull", "--allow-missing")
    assert json.loads((team / "reports/metrics.json").read_text()) == {"log_loss": 0.12}
    assert "expected: DVC to compare with nothing" in ask(team, "training.compare", "--markdown", "nothing")
