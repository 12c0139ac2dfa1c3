"""The audit finds advisories, and never takes missing data for none. A stand-in answers for pip-audit."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.checks import advisories

CLEAN = {"name": "numpy", "version": "2.4", "vulns": []}
HURT = {"name": "mlflow", "version": "3", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3.1"]}]}
SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found"}
KNOWN = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a pip-audit that answers for the known release and for the lock as a test says; None: it fails."""

    def make(known: Any, lock: Any) -> None:
        for name, packages in (("known", known), ("lock", lock)):
            text = "" if packages is None else json.dumps({"dependencies": packages, "fixes": []})
            (tmp_path / name).write_text(text)
        program = tmp_path / "pip-audit"
        program.write_text(
            f'#!/bin/sh\ncase "$2" in *known.txt) cat {tmp_path}/known;; *) cat {tmp_path}/lock;; esac\n'
            "echo no such host >&2; exit 1\n"
        )
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    return make


def test_a_lock_without_advisories_passes(answers, capsys):
    answers([KNOWN], [CLEAN])

    assert advisories.main() == 0
    assert "1 packages looked up, 0 advisories" in capsys.readouterr().out


def test_an_advisory_is_named_with_its_fix(answers, capsys):
    answers([KNOWN], [CLEAN, HURT])

    assert advisories.main() == 1
    assert "mlflow 3: PYSEC-1; fix: 3.1" in capsys.readouterr().out


def test_an_accepted_advisory_passes(answers, monkeypatch):
    answers([KNOWN], [HURT])
    monkeypatch.setattr(advisories, "ACCEPTED", {"CVE-1": "we call no server of it"})

    assert advisories.main() == 0


@pytest.mark.parametrize(("known", "lock"), [([SKIPPED], [SKIPPED]), ([CLEAN], [CLEAN]), (None, None), ([KNOWN], None)])
def test_without_data_it_says_so_and_is_no_pass(answers, capsys, known, lock):
    answers(known, lock)

    assert advisories.main() == advisories.NOT_AUDITED
    assert "NOT AUDITED" in capsys.readouterr().out


def test_packages_that_a_source_does_not_know_are_named(answers, capsys):
    answers([KNOWN], [HURT | {"vulns": []}, SKIPPED])

    assert advisories.main() == 0
    assert "NOT AUDITED, as osv does not know them: numpy" in capsys.readouterr().out


def test_without_the_program_it_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert advisories.main() == advisories.NOT_AUDITED
    assert "no pip-audit" in capsys.readouterr().out
