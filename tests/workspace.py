"""A copy of the project to run stages in, with the files as they stand here, committed or not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parents[1]

# A shop of few lines and a model to match, on one thread: tests run beside each other. Products and customers lie far
# apart and the logistic regression sees few lines, so that the model beats its baselines beyond noise. The yen has no
# minor unit, so no stage can take cents for granted.
SMALL_SHOP = {
    "simulator.lines": 12_000,
    "simulator.days": 400,
    "simulator.lines_per_customer": 20.0,
    "simulator.customer_spread": 1.0,
    "simulator.product_spread": 1.0,
    "validation.threads": 1,
    "features.threads": 1,
    "model.threads": 1,
    "model.learning_rate": 0.2,
    "model.min_data_in_leaf": 50,
    "model.feature_fraction": 0.5,
    "baselines.logistic_lines": 100,
    "backtest.folds": 1,
    "evaluation.bootstrap_resamples": 50,
    "understanding.lines": 2_000,
    "understanding.resamples": 50,
    "understanding.seeds": 1,
    "understanding.curve.lines": 2_000,
    "understanding.curve.points": 2,
    "understanding.curve.draws": 1,
    "understanding.curve.months": [3],
    "understanding.effects.features": 3,
    "understanding.effects.lines": 500,
    "understanding.slices.least_lines": 60,
    "products.currency": "JPY",
    "products.folds": 2,
    "products.rounds": 20,
    "products_accuracy.moments": 1,
    "products_accuracy.redraws": 1,
    "gate.max_ece": 0.2,
    "gate.max_roc_auc": 0.99,
    "gate.max_unsent_shift": 0.2,
    "gate.max_group_gap": 0.5,
    "gate.max_group_false_alarms": 0.9,
    "gate.max_group_actions": 0.9,
    "gate.max_membership_auc": 0.99,
}


def copy_project(target: Path, changes: Mapping[str, Any]) -> Path:
    """Copy what git tracks, or would, into ``target``, without the lock of earlier runs.

    ``changes`` are set in params.yaml: ``section.key`` to value.
    """
    for name in _git_files():
        if (TOP / name).is_file() and name != "dvc.lock":
            copied = target / name
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, copied)
    set_params(target, changes)
    return target


def set_params(project: Path, changes: Mapping[str, Any]) -> None:
    """Set values in the params.yaml of ``project``; `KeyError` where it has no such key."""
    file = project / "params.yaml"
    tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *sections, key = path.split(".")
        place = tree
        for section in sections:
            place = place[section]
        if key not in place:
            raise KeyError(path)
        place[key] = value
    file.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


def commit(project: Path) -> None:
    """Make ``project`` a git repository of one commit."""
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "Start"]):
        subprocess.run(["git", *arguments], cwd=project, env=environment(), check=True)


def environment(**more: str) -> dict[str, str]:
    """Set up the environment of a command: this Python's programs first, nobody's git settings, no report to anyone."""
    mlflow = {"MLFLOW_TRACKING_URI": "", "MLFLOW_DISABLE_TELEMETRY": "true"}
    person = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _PERSON}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return os.environ | mlflow | person | {"PATH": path, "DVC_NO_ANALYTICS": "true", "NO_COLOR": "1"} | more


_PERSON = (("NAME", "Ada"), ("EMAIL", "ada@shop.example"))


def _git_files() -> list[str]:
    arguments = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(arguments, cwd=TOP, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name]
