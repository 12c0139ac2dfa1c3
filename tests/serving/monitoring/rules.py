"""Reads the rules, their cases and the dashboard, and runs the programs of Prometheus over them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

SHIPPED = Path("serving/monitoring")
RULES, DASHBOARD = SHIPPED / "rules.yml", SHIPPED / "dashboard.json"
CASES = (Path(__file__).with_name("alerts.yml"), Path(__file__).with_name("alerts_of_a_week.yml"))
METRIC = re.compile(r"\breturn_risk[a-z0-9_:]*")


def needs(program: str) -> pytest.MarkDecorator:
    """Skip without a program of Debian; in continuous integration, which installs it, fail instead."""
    absent = shutil.which(program) is None and "CI" not in os.environ
    return pytest.mark.skipif(absent, reason=f"no {program} here (Debian: prometheus, prometheus-alertmanager)")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def recorded() -> dict[str, str]:
    """The expressions of the recording rules, by name."""
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def panels() -> Iterator[dict[str, Any]]:
    yield from json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]


def queries() -> Iterator[tuple[str, str]]:
    """The expressions of the dashboard, each with the title of its panel."""
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def run(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
