"""What was decided and shown by the log, among groups of customers."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from data import tables
from data.errors import UserError
from data.logged.decisions import DECISIONS, HOLDOUT, POLICY, Did
from data.schema import ORDER_LINES
from tests.training.audit.audited_shop import PEOPLE, shop, write
from tests.training.decisions.experiment.written_shop import START, decision, reaction
from tests.workspace import TOP
from training.audit import groups
from training.audit.decided import DecidedAudit, DecidedGroup, audit_log
from training.audit.fairness_log import main
from training.audit.files import FAIRNESS_LOG
from training.decisions.experiment.log import read_rows
from training.evaluation.intervals import Draw


def hashed(customer: str) -> str:
    return f"hash of {customer}"


def rows(guests: int = 60) -> list[dict[str, Any]]:
    """Three decisions of each customer: ms are mostly acted upon, mr rarely, and a fourth is in the holdout."""
    rng, found = np.random.default_rng(4), []
    for number in range(PEOPLE + guests):
        guest, ms = number >= PEOPLE, number % 2
        unit = f"basket {number}" if guest else hashed(f"c{number:03d}")
        arm = HOLDOUT if number % 4 > 1 and number % 8 > 3 else POLICY
        for visit in range(1 if guest else 3):
            chosen = "advice" if rng.random() < (0.7 if ms else 0.2) else None
            told = None if arm == HOLDOUT else chosen
            facts = {"customer": None if guest else unit, "unit": unit, "arm": arm, "action": told, "chosen": chosen}
            found.append(decision(decision_id=f"{unit} {visit}", decided_at=START, **facts))
            if told is not None and visit == 0:
                found.append(reaction(f"{unit} {visit}", Did.SHOWN, START))
    return found


def audited(folder: Path, lines: list[dict[str, Any]]) -> DecidedAudit:
    log = read_rows(lines)
    return audit_log(log, groups.of_decisions(log.decisions, folder, hashed), Draw(resamples=100, seed=1))


def group(found: DecidedAudit, attribute: str, name: str) -> DecidedGroup:
    return next(each for each in found.groups if (each.attribute, each.name) == (attribute, name))


def test_actions_are_counted_by_group_with_sure_differences_and_the_holdout_apart(tmp_path: Path) -> None:
    shop(tmp_path, "title", "birth_year")
    lines = tables.read(ORDER_LINES, tmp_path).to_pandas()
    number = lines["customer_id"].str[1:].astype(int)
    write(ORDER_LINES, lines.assign(region=np.where(number < PEOPLE // 2, "north", "south")), tmp_path)

    found = audited(tmp_path, rows())

    ms, mr, guest = (group(found, *each) for each in (("title", "ms"), ("title", "mr"), ("account", "guest")))
    assert ms.acting["decided advice"].value == pytest.approx(0.7, abs=0.08)
    assert mr.acting["decided advice"].value == pytest.approx(0.2, abs=0.08)
    assert ms.acting["decided any action"] == ms.acting["decided advice"]
    assert ms.acting["shown advice"].value == pytest.approx(0.7 / 3, abs=0.06)
    assert ms.holdout["chosen advice"].value == pytest.approx(0.7, abs=0.1)
    assert {(each.name, name) for each, name, _ in found.apart()} >= {(w, "decided advice") for w in ("ms", "mr")}
    assert {each.attribute for each, name, _ in found.apart() if name.startswith("decided")} == {"title"}
    assert (ms.decisions, ms.customers, guest.decisions, guest.customers) == (600, 200, 60, 60)
    assert [each.name for each in found.groups if each.attribute == "region"] == ["north", "south"]
    assert found.in_holdout > 0
    assert found.absent == ()


def test_without_a_report_of_what_was_shown_only_what_was_decided_is_measured(tmp_path: Path) -> None:
    shop(tmp_path, "title")

    found = audited(tmp_path, [each for each in rows() if "event_id" not in each])

    assert {name.split()[0] for each in found.groups for name in each.acting} == {"decided"}
    assert found.absent == ("birth_year", "region")


def test_the_command_prints_what_is_sure_and_writes_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["fairness_log", "--log", "log"])
    monkeypatch.setattr("training.decisions.experiment_files.inputs.pseudonym", lambda _: hashed)
    shutil.copy(TOP / "params.yaml", tmp_path)
    shop(tables.VALIDATED, "title")
    with pytest.raises(UserError, match="decisions in the log"):
        main()

    Path("log").mkdir()
    Path("log", DECISIONS.file_name(1, 1)).write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in rows(20)))
    main()

    said = capsys.readouterr().out
    assert "1,220 decisions by start" in said
    assert "surely apart: title ms, decided advice: " in said
    assert "left out, with fewer than 50 customers: account guest" in said
    assert "not recorded by this shop: birth_year, region" in said
    assert json.loads(FAIRNESS_LOG.read_text())["decisions"] == 3 * PEOPLE + 20
