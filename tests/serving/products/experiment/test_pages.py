"""The page of the read-out as a browser without scripts gets it, and how it follows the files."""

import csv
import html
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from data.params import PARAMS_FILE
from serving.products.experiment.latest import Latest
from serving.products.experiment.words import ADVICE, AGAINST_POLICY, MEASURES
from serving.products.report import NoReportError
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts
from tests.serving.products.experiment import small_read_out
from training.decisions.experiment import measures
from training.decisions.experiment.readout import Experiment, Verdict
from training.decisions.experiment_files.report import OF_COMMAND, OF_STAGE

PAGE = "/products/experiment"


@pytest.fixture(scope="module")
def made() -> Experiment:
    return small_read_out.made()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(PARAMS_FILE.resolve(), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("serving.products.experiment.latest.LOOK_SECONDS", 0.0)
    return tmp_path


@pytest.fixture
def asker(project: Path) -> Iterator[Asker]:
    places = {name: project / f"{name}.sqlite" for name in ("reviews", "policy_scenarios", "sessions")}
    with Asker.of(FakeParts(), product_report=project, **places) as asker:
        yield asker


def text_of(answer: httpx.Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", answer.text.replace("<wbr>", ""))))


@pytest.mark.parametrize(("tag", "word"), [("en", "No decisions yet"), ("zh-CN", "尚无决策")])
def test_without_a_read_out_or_a_decision_it_says_so_and_what_to_do(
    asker: Asker, project: Path, tag: str, word: str
) -> None:
    nothing = asker.get(PAGE, headers={"Accept-Language": tag})
    small_read_out.write(project, [])
    empty = asker.get(PAGE, headers={"Accept-Language": tag})

    for page in (nothing, empty):
        assert page.status_code == 200
        assert word in text_of(page)
        assert "make experiment" in text_of(page)


@pytest.mark.parametrize(("tag", "word"), [("en", "All 7 decisions of the log are later"), ("zh-CN", "全部 7 个决策")])
def test_decisions_later_than_the_tables_are_not_told_as_none(asker: Asker, project: Path, tag: str, word: str) -> None:
    small_read_out.write(project, [], later=7)
    said = text_of(asker.get(PAGE, headers={"Accept-Language": tag}))
    assert word in said
    assert "was empty" not in said


def test_a_broken_read_out_beside_a_good_one_is_said_on_the_page(asker: Asker, project: Path, made: Experiment) -> None:
    small_read_out.write(project, [made], files=OF_STAGE, later=3)
    good = text_of(asker.get(PAGE, headers={"Accept-Language": "en"}))
    (project / OF_COMMAND.summary).write_text("{")
    said = text_of(asker.get(PAGE, headers={"Accept-Language": "en"}))
    assert "Decisions after the end of the shop's tables, which don't count 3" in good
    assert "A later read-out can't be read" not in good
    assert "A later read-out can't be read, and the last good one is shown. expected" in said
    assert "Not decided yet" in said


def test_it_says_what_to_do_and_what_each_action_and_arm_earned_in_money(
    asker: Asker, project: Path, made: Experiment
) -> None:
    small_read_out.write(project, [made])

    page = asker.get(PAGE, headers={"Accept-Language": "en"})

    said = text_of(page)
    assert "Not decided yet Wait. The interval holds zero" in said
    earned = made.scopes["chosen"].earned
    assert earned is not None
    assert f"{abs(round(earned.a_month_minor / 100)):,}" in said
    assert "The policy earns more than the policy €" in said
    assert "Not all that these actions cost is in their profit: offer<b>." in said
    assert "offer<b>" not in page.text
    assert page.text.count('class="around"') == 3 + len(MEASURES) - 1  # nobody reported a contact
    assert "nothing was reported, or it is too early" in said
    assert 'class="course"' in page.text
    assert "Holdout 165" in said


@pytest.mark.parametrize("query", ["measure=conversion", "arm=rival", "arm=rival&against=policy", "measure=repurchase"])
def test_the_course_is_of_the_measure_and_the_arms_that_were_asked_for(
    asker: Asker, project: Path, made: Experiment, query: str
) -> None:
    small_read_out.write(project, [made])
    first, other = (asker.get(f"{PAGE}?{each}", headers={"Accept-Language": "en"}) for each in ("", query))
    drawn = [re.search(r'<svg class="course".*?</svg>', each.text, re.DOTALL) for each in (first, other)]
    assert drawn[0] is not None
    assert drawn[1] is not None
    assert drawn[0][0] != drawn[1][0]


@pytest.mark.parametrize("query", ["measure=x", "arm=x", "arm=policy&against=policy", "experiment=x", "what=x"])
def test_an_unknown_parameter_is_refused_with_what_was_expected(
    asker: Asker, project: Path, made: Experiment, query: str
) -> None:
    small_read_out.write(project, [made])
    page = asker.get(f"{PAGE}?{query}", headers={"Accept-Language": "en"})
    assert page.status_code == 422
    assert "x" in text_of(page)


def test_harm_is_said_first_with_the_day_and_each_experiment_has_its_page(
    asker: Asker, project: Path, made: Experiment
) -> None:
    scope = made.scopes["chosen"]
    looks = [replace(look, high=-1.0, low=-9.0) for look in scope.looks["profit_minor"]]
    worse = replace(scope, looks={**scope.looks, "profit_minor": looks})
    harm = replace(made, policy_name="old", verdict=Verdict.HARM, scopes={**made.scopes, "chosen": worse})
    small_read_out.write(project, [made, harm])
    link = re.findall(r'href="(/products/experiment\?experiment=\w+)"', asker.get(PAGE).text)[1]

    page = asker.get(link, headers={"Accept-Language": "en"})

    assert "Stop the policy" in text_of(page)
    assert "lay below zero first on Jan 22, 2024" in text_of(page)
    assert 'role="alert"' in page.text


def test_figures_that_are_missing_are_said_to_be(asker: Asker, project: Path, made: Experiment) -> None:
    few = replace(made, scopes={}, arms={}, verdict=Verdict.NOTHING_CHOSEN, sample_ratio=None, holdout_share=None)
    small_read_out.write(project, [few])

    page = asker.get(PAGE, headers={"Accept-Language": "en"})

    assert page.status_code == 200
    assert "No action was chosen yet Look at the rules" in text_of(page)
    assert "No look yet" in text_of(page)
    assert "The shares of the arms are not known" in text_of(page)


def test_the_csv_has_each_measure_of_each_scope_and_the_money(asker: Asker, project: Path, made: Experiment) -> None:
    small_read_out.write(project, [made])
    rows = list(csv.DictReader(io.StringIO(asker.get(f"{PAGE}.csv").content.decode("utf-8-sig"))))
    assert {(row["arm"], row["against"]) for row in rows} == {
        ("policy", "holdout"), ("rival", "holdout"), ("rival", "policy"),
    }  # fmt: skip
    money = {row["measure"] for row in rows if row["earned_a_month_eur"]}
    assert money == {"profit_minor"}


def test_the_page_follows_the_files_and_the_read_out_that_knows_most_is_shown(project: Path, made: Experiment) -> None:
    latest = Latest(project)
    assert latest.current() is None
    small_read_out.write(project, [replace(made, policy_name="command")], day=30)
    small_read_out.write(project, [replace(made, policy_name="stage")], day=31, files=OF_STAGE)
    assert _shown(latest) == "stage"
    small_read_out.write(project, [replace(made, policy_name="again")], day=32)
    assert _shown(latest) == "again"
    small_read_out.write(project, [])
    assert _shown(latest) == "stage"


def test_a_broken_read_out_leaves_the_last_one_and_alone_it_is_said_with_the_fix(
    project: Path, made: Experiment
) -> None:
    small_read_out.write(project, [made])
    latest = Latest(project)
    assert _shown(latest) == "start"
    before = json.loads(OF_COMMAND.summary.read_text())
    for broken in ("{", json.dumps(before | {"experiments": [{}]})):
        OF_COMMAND.summary.write_text(broken)
        os.utime(OF_COMMAND.summary, ns=(1, len(broken)))
        assert _shown(latest) == "start"
        with pytest.raises(NoReportError, match="make experiment"):
            Latest(project).current()
    OF_COMMAND.summary.write_text(json.dumps(before))
    (OF_COMMAND.folder / "looks.parquet").write_bytes(b"none")
    with pytest.raises(NoReportError, match="make experiment"):
        Latest(project).current()


def _shown(latest: Latest) -> str:
    content = latest.current()
    assert content is not None
    return content.summary.experiments[0].policy_name


def test_every_verdict_and_every_measure_has_its_words() -> None:
    assert set(ADVICE) == set(AGAINST_POLICY) == set(Verdict)
    assert set(MEASURES) == {each.name for each in measures.MEASURES}
