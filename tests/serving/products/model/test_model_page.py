"""The page of the model as a browser without scripts gets it."""

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.quality.found import FILE, Moved
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts
from tests.serving.quality.small_quality import alarm, quality

PAGE = "/products/model"


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    places = {name: tmp_path / f"{name}.sqlite" for name in ("reviews", "policy_scenarios", "sessions")}
    with Asker.of(FakeParts(), product_report=tmp_path, quality=tmp_path, **places) as asker:
        yield asker


def text_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", answer.text.replace("<wbr>", ""))))


def test_before_the_first_look_it_says_when_figures_come(asker: Asker) -> None:
    assert "The service looks every 60 minutes" in text_of(asker.get(PAGE))


def test_it_shows_todays_figures_with_intervals_the_level_and_what_to_do_about_an_alarm(
    asker: Asker, tmp_path: Path
) -> None:
    quality().write(tmp_path)

    shown = text_of(asker.get(PAGE))

    assert "0.5200 0.5000 to 0.5400 (90%)" in shown
    assert "35.0% 33.0% to 37.0% (90%)" in shown
    assert "Brand: Bolt & <Sons>" in shown
    assert "41.0% (39.0% to 43.0%), where 30.0% was said" in shown
    assert "€1,234 a month more" in shown
    assert "Look at its items" in shown
    assert "Corvo over" in shown
    assert shown.index("Bolt & <Sons> stands out") < shown.index("Customer: orders for the first time")
    assert "no level" in shown


def test_an_alarm_names_what_moved_its_scores_that_nothing_did_or_what_to_run(asker: Asker, tmp_path: Path) -> None:
    age = Moved(feature="age_days", moved=-0.314, before=12.3, after=None, missing_before=0.01, missing_after=1.0)
    shown = []
    for each in (alarm("Corvo", moved=(age,)), alarm("Corvo", moved=()), alarm("Corvo")):
        quality(alarms=(each,)).write(tmp_path)
        shown.append(text_of(asker.get(PAGE)))

    assert "age_days -0.31 12.30" in shown[0]
    assert "what comes back has changed, and not what is asked" in shown[1]
    assert "make nowcast" in shown[2]


def test_it_follows_the_file_and_keeps_the_last_figures_where_a_look_told_nothing(asker: Asker, tmp_path: Path) -> None:
    quality().write(tmp_path)
    first = text_of(asker.get(PAGE))
    quality(problem="expected tables; found none", alarms=(alarm("Corvo", direction="fewer"),)).write(tmp_path)
    second = text_of(asker.get(PAGE))
    (tmp_path / FILE).write_text("{")
    broken = text_of(asker.get(PAGE))

    assert "The last look told nothing new" not in first
    assert "The last look told nothing new" in second
    assert "expected tables; found none" in second
    assert "a feed that stopped looks the same" in second
    assert "can't be read" in broken
    assert "make quality" in broken


def test_scores_that_are_too_sure_are_told_without_a_rate_and_with_what_warnings_lose(
    asker: Asker, tmp_path: Path
) -> None:
    quality(alarms=(alarm("all lines", kind="all", direction="too sure", cost_minor_a_month=5_000),)).write(tmp_path)

    shown = text_of(asker.get(PAGE))

    assert "The scores are too sure: outcomes follow them less than they say. Evidence has grown" in shown
    assert "€50 a month less from warnings" in shown
    assert "make rollback" in shown


def test_the_short_address_leads_to_it_and_it_can_be_read_in_chinese_and_as_csv(asker: Asker, tmp_path: Path) -> None:
    quality().write(tmp_path)

    led = asker.get("/model", follow_redirects=False)
    chinese = text_of(asker.get(PAGE, headers={"Accept-Language": "zh-CN"}))
    rows = list(csv.DictReader(io.StringIO(asker.get(f"{PAGE}.csv").content.decode("utf-8-sig"))))

    assert (led.status_code, led.headers["location"]) == (308, PAGE)
    assert "今天的评分有多好" in chinese
    assert [row["name"] for row in rows if row["kind"] == "brand"] == ["Aquila", "Bolt & <Sons>"]
    assert float(rows[0]["log_loss_low"]) == pytest.approx(0.5)
