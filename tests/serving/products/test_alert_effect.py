"""Effects read from a report: the weeks before and after the week in which an alert was done."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from data.times import to_us
from serving.products import alert_effect, alerts, reviews
from serving.products.alerts import Alert
from serving.products.before_after import Verdict
from serving.products.report import Report
from serving.products.reviews import ReviewChange, Reviews, ReviewState
from tests.serving.products import small_report
from training.products import columns

DONE = datetime(2026, 1, 14, 15, 0)  # a Wednesday: its week begins on the 12th
WEEK = datetime(2026, 1, 12)
PRODUCT = "P-000000"
RETURNED_OF_100 = 40.0


@pytest.fixture(autouse=True)
def done_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews, "now_us", lambda: to_us(DONE))


def report_of(folder: Path, report_folder: Path, returned_after: dict[str, float], weeks: int = 20) -> Report:
    """A report where each product sold 100 lines a week. 40 came back before; after: ``returned_after``, else 40."""
    shutil.copytree(report_folder, folder)
    rows: list[dict[str, Any]] = []
    for number in range(40):
        product = small_report.product_id(number)
        for at in range(-20, weeks + 1):
            after = returned_after.get(product, RETURNED_OF_100)
            returned = 100.0 if at == 0 else after if at > 0 else RETURNED_OF_100  # the week itself would mislead
            rows.append(week(product, WEEK + timedelta(weeks=at), returned))
    values = {name: [row[name] for row in rows] for name in rows[0]}
    parquet.write_table(small_report.table_of(columns.WEEKLY, values), folder / columns.WEEKLY.file)
    return Report.load(folder)


def week(product: str, start: datetime, returned: float) -> dict[str, Any]:
    return {
        "level": "product", "item_id": product, "week": start, "lines": 100, "returned_lines": int(returned),
        "returned_weight": returned, "kept_weight": 100 - returned, "expected_rate": 0.3,
    }  # fmt: skip


def done(report: Report, kept: Reviews, product: str = PRODUCT) -> Alert:
    alert = alerts.of_product(report, kept, product)[0]
    kept.record(alert.alert_id, product, alert.kind, ReviewChange(state=ReviewState.DONE, seen=0), "ann")
    found = alerts.one(report, kept, alert.alert_id)
    assert found is not None
    return found


def test_a_rate_that_fell_alone_fell(tmp_path, report_folder, reviews):
    report = report_of(tmp_path / "r", report_folder, {PRODUCT: 25.0})

    effect = alert_effect.of_alert(report, reviews, done(report, reviews))

    assert effect is not None
    assert (effect.verdict, effect.done_at) == (Verdict.FELL, DONE)
    assert effect.similar == 20  # the 4 other dresses are too few, so the whole shop is looked at
    assert (effect.lines_before, effect.lines_after) == (2000, 2000)  # 20 weeks of 100, the week itself left out
    assert (round(effect.rate_before or 0, 9), round(effect.rate_after or 0, 9)) == (0.4, 0.25)
    assert (round(effect.expected_before or 0, 9), round(effect.expected_after or 0, 9)) == (0.3, 0.3)
    assert effect.points == pytest.approx(-0.15, abs=0.005)
    assert effect.points_low95 is not None
    assert effect.points_high95 is not None
    assert effect.points_low95 < -0.15 < effect.points_high95 < 0


def test_what_befell_the_whole_category_is_no_effect(tmp_path, report_folder, reviews):
    folder = tmp_path / "r"
    report_of(folder, report_folder, {small_report.product_id(number): 25.0 for number in range(0, 40, 2)})
    items = parquet.read_table(folder / columns.ITEMS.file)
    even = [
        "even" if row["level"] == "product" and int(row["item_id"].removeprefix("P-")) % 2 == 0 else row["category"]
        for row in items.to_pylist()
    ]
    place = items.schema.get_field_index("category")
    parquet.write_table(items.set_column(place, items.schema.field(place), [even]), folder / columns.ITEMS.file)
    report = Report.load(folder)

    effect = alert_effect.of_alert(report, reviews, done(report, reviews))

    assert effect is not None
    assert effect.similar == 19
    assert effect.similar_change == pytest.approx(np.log(25 / 75) - np.log(40 / 60), abs=0.01)
    assert effect.verdict is Verdict.NO_CLEAR_CHANGE


def test_products_that_are_done_too_are_not_compared_with(tmp_path, report_folder, reviews):
    report = report_of(tmp_path / "r", report_folder, {PRODUCT: 25.0})
    alert = done(report, reviews)
    for number in range(1, 21):
        product = small_report.product_id(number)
        reviews.record(f"{number:016x}", product, "defective", ReviewChange(state=ReviewState.DONE, seen=0), "ann")

    effect = alert_effect.of_alert(report, reviews, alert)

    assert effect is not None
    assert effect.similar == 19  # 40 but the product and 20 others


def test_right_after_it_is_done_it_is_too_early(tmp_path, report_folder, reviews):
    report = report_of(tmp_path / "r", report_folder, {}, weeks=0)

    effect = alert_effect.of_alert(report, reviews, done(report, reviews))

    assert effect is not None
    assert (effect.verdict, effect.lines_before, effect.lines_after) == (Verdict.TOO_EARLY, 2000, 0)
    assert (effect.rate_after, effect.change, effect.points) == (None, None, None)


def test_a_product_that_is_not_sold_any_more_is_too_early(report, reviews):
    reviews.record("f" * 16, "P-000777", "defective", ReviewChange(state=ReviewState.DONE, seen=0), "ann")
    alert = alerts.one(report, reviews, "f" * 16)
    assert alert is not None

    effect = alert_effect.of_alert(report, reviews, alert)

    assert effect is not None
    assert (effect.verdict, effect.lines_before) == (Verdict.TOO_EARLY, 0)


def test_an_alert_that_is_not_done_has_no_effect(report, reviews):
    alert = alerts.most_urgent(report, reviews)[0]
    assert alert_effect.of_alert(report, reviews, alert) is None

    reviews.record(
        alert.alert_id, alert.product_id, alert.kind, ReviewChange(state=ReviewState.ACCEPTED, seen=0), "ann"
    )
    accepted = alerts.one(report, reviews, alert.alert_id)

    assert accepted is not None
    assert alert_effect.of_alert(report, reviews, accepted) is None
