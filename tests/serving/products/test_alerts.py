"""Alerts with their reviews: order by money, states, searches, and alerts that the report no longer finds."""

import csv
import io
import json
from typing import Any

import pytest
from pyarrow import parquet

from serving.products import alerts
from serving.products.alerts import Alert
from serving.products.filters import AlertFilter
from serving.products.report import Report
from serving.products.reviews import ReviewChange, Reviews, ReviewState
from tests.serving.products import small_report


def found(report: Report, reviews: Reviews, **chosen: Any) -> list[str]:
    return [alert.alert_id for alert in alerts.find(report, reviews, AlertFilter(**chosen)).rows]


def review(reviews: Reviews, alert: Alert, state: ReviewState, **more: Any) -> None:
    seen = 0 if alert.review is None else alert.review.version
    reviews.record(alert.alert_id, alert.product_id, alert.kind, ReviewChange(state=state, seen=seen, **more), "ann")


@pytest.fixture
def listed(report: Report, reviews: Reviews) -> tuple[Alert, ...]:
    return alerts.find(report, reviews, AlertFilter()).rows


def test_open_alerts_come_by_money_with_their_product(report_folder, listed):
    written = parquet.read_table(report_folder / "alerts.parquet").to_pylist()

    assert [alert.alert_id for alert in listed] == [row["alert_id"] for row in written]  # written by money, too
    first = listed[0]
    assert (first.evidence, first.numbers) == (written[0]["evidence"], json.loads(written[0]["numbers"]))
    assert (first.state, first.review, first.found, first.category) == (ReviewState.OPEN, None, True, "dresses")


def test_a_state_moves_an_alert_to_its_list(report, reviews, listed):
    review(reviews, listed[0], ReviewState.DISMISSED, reason="a bad week")
    review(reviews, listed[1], ReviewState.DONE)

    assert found(report, reviews, state="dismissed") == [listed[0].alert_id]
    assert found(report, reviews, state="done") == [listed[1].alert_id]
    assert found(report, reviews) == [alert.alert_id for alert in listed[2:]]
    assert found(report, reviews, state="all") == [alert.alert_id for alert in listed]
    counted = alerts.counts(report, reviews)
    assert counted == {
        ReviewState.OPEN: len(listed) - 2,
        ReviewState.ACCEPTED: 0,
        ReviewState.DISMISSED: 1,
        ReviewState.DONE: 1,
    }


def test_alerts_are_filtered_and_searched(report, reviews, listed):
    kinds = alerts.choices(report).kinds

    assert kinds == tuple(sorted({alert.kind for alert in listed}))
    for kind in kinds:
        assert found(report, reviews, kind=kind) == [alert.alert_id for alert in listed if alert.kind == kind]
    assert found(report, reviews, q="p-000009") == [each.alert_id for each in listed if each.product_id == "P-000009"]
    assert found(report, reviews, category=listed[0].category, q="%") == []
    assert found(report, reviews, kind="all") == []  # no kind is called so


def test_an_alert_that_is_found_no_more_stays_with_its_review(report, reviews):
    gone = small_report.alert_id("P-000001", "defective")
    reviews.record(gone, "P-000001", "defective", ReviewChange(state=ReviewState.DONE, seen=0, note="new zip"), "ann")

    (alert,) = alerts.find(report, reviews, AlertFilter(state=ReviewState.DONE)).rows

    assert (alert.found, alert.cost_minor, alert.evidence, alert.numbers) == (False, None, None, {})
    assert (alert.title, alert.review and alert.review.note) == ("=HYPERLINK(1)", "new zip")
    assert alerts.one(report, reviews, gone) == alert
    assert alerts.of_product(report, reviews, "P-000001") == (alert,)


def test_a_note_alone_does_not_bring_back_what_is_found_no_more(report, reviews, listed):
    reviews.record("f" * 16, "P-000001", "defective", ReviewChange(state=ReviewState.OPEN, seen=0, note="hm"), "ann")

    assert found(report, reviews, state="all") == [alert.alert_id for alert in listed]


def test_the_most_urgent_are_one_a_product_and_not_settled(report, reviews, listed):
    review(reviews, listed[0], ReviewState.DISMISSED, reason="known")
    review(reviews, listed[1], ReviewState.ACCEPTED)
    expected = list[str]()
    for alert in listed[1:]:
        if alert.product_id not in expected:
            expected.append(alert.product_id)

    urgent = alerts.most_urgent(report, reviews)

    assert [alert.product_id for alert in urgent] == expected[:5]
    assert urgent[0].state is ReviewState.ACCEPTED


def test_an_unknown_alert_is_none(report, reviews):
    assert alerts.one(report, reviews, "0" * 16) is None


def test_csv_has_the_review_beside_the_alert(report, reviews, listed):
    review(reviews, listed[0], ReviewState.DONE, note="=1+1")

    rows = list(
        csv.DictReader(
            io.StringIO(
                b"".join(
                    alerts.csv(
                        report,
                        reviews,
                        AlertFilter(state="all"),
                        lambda template, numbers: f"{len(numbers)}: {template}",
                    )
                ).decode("utf-8-sig")
            )
        )
    )

    assert len(rows) == len(listed)
    assert (rows[0]["state"], rows[0]["note"], rows[0]["who"]) == ("done", "'=1+1", "ann")


def test_alerts_are_paged(report, reviews, listed):
    page = alerts.find(report, reviews, AlertFilter(page=9))

    assert (page.total, page.number) == (len(listed), 1)
