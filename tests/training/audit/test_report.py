"""The audit of fairness on the page of the evaluation."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import UserError
from data.files import write_json
from tests.workspace import TOP
from training.audit.criteria import Audited, Fairness, Figure
from training.audit.files import FAIRNESS, REPORT
from training.audit.report import main
from training.report.templates import AUDITS, EVALUATED

SURE = Figure(0.078, 0.04, 0.13, 0.095, 0.008, 0.182)
MR = Audited("title", "mr <b>", 439, 220, 0.7, {"return_rate": Figure(0.405, 0.36, 0.45), "calibration_gap": SURE})
GUEST = Audited("account", "guest", 9000, 300, 0.7, {"return_rate": Figure(0.5, 0.4, 0.6)})
FOUND = Fairness((GUEST, MR), ("title none",), ("birth_year",), "stock")


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(TOP / "params.yaml", tmp_path)
    EVALUATED.parent.mkdir()
    EVALUATED.write_text(f"<p>before</p>\n{AUDITS}\n<p>after</p>\n")


def report(found: Fairness) -> str:
    write_json(found.as_json(), FAIRNESS)
    main()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", REPORT.read_text()))


def test_the_page_has_groups_with_what_is_sure_the_bounds_and_where_it_is_explained() -> None:
    text = report(FOUND)

    assert text.index("before") < text.index("For whom the scores") < text.index("after")
    assert "mr &lt;b&gt; 439 220 40.5% +7.8 +9.5 (+0.8 to +18.2) sure" in text
    assert "title mr &lt;b&gt; (calibration gap: +9.5 points from the rest)" in text
    assert "guest 9,000 300 50.0%" in text
    assert "Calibration gap title mr &lt;b&gt; +9.5 0.8 2.0 gate.max_group_gap passes" in text
    assert "docs/explanation/answering-for-it.md" in text
    assert "title none" in text
    assert "birth year" in text


def test_what_the_gate_refuses_is_named_and_a_shop_without_groups_is_told_so() -> None:
    worse = replace(SURE, difference_low=0.05)

    assert "5.0 2.0 gate.max_group_gap refuses" in report(
        replace(FOUND, groups=(replace(MR, figures={**MR.figures, "calibration_gap": worse}),))
    )
    assert "No group could be audited" in report(replace(FOUND, groups=()))


def test_a_page_without_the_place_is_refused() -> None:
    EVALUATED.write_text("<p>of an earlier version</p>")

    with pytest.raises(UserError, match="one place for the audits"):
        report(FOUND)
