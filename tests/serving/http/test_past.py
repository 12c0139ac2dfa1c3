"""Baskets of the past: refused where the state can't answer as of their time, and scored otherwise."""

from typing import Any

import pytest

from data.times import iso
from features.online_state.records import Latest
from serving.http.routes import score
from tests.serving.asking import Asker
from tests.serving.fakes import AS_OF, FakeParts

HOUR = 3_600_000_000
NOW = AS_OF + 100 * HOUR
LINE = {"product_id": "P-1", "quantity": 2, "price_minor": 250}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "now_us", lambda: NOW)


def basket(at: int | None) -> dict[str, Any]:
    return {"lines": [LINE], "ordered_at": None if at is None else iso(at)}


@pytest.mark.parametrize(
    ("latest", "at", "status"),
    [
        (Latest(order=AS_OF), AS_OF, 200),
        (Latest(order=AS_OF), AS_OF - HOUR, 200),
        (Latest(order=AS_OF), AS_OF - HOUR - 1_000_000, 422),
        (Latest(order=AS_OF - 9 * HOUR, outcome=AS_OF), AS_OF - 2 * HOUR, 422),
        (Latest(order=NOW + 20 * HOUR), None, 200),
        (Latest(order=NOW + 20 * HOUR), NOW - HOUR, 200),
        (Latest(order=NOW + 20 * HOUR), NOW - 2 * HOUR, 422),
        (None, AS_OF - 1000 * HOUR, 200),
    ],
)
def test_a_basket_is_refused_where_the_state_knows_its_future(latest: Latest | None, at: int | None, status: int):
    fakes = FakeParts()
    fakes.scoring.latest = latest

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", basket(at))

    assert answer.status_code == status
    assert len(fakes.scoring.orders) == (status == 200)


def test_a_refusal_names_each_basket_and_says_how_far_back_the_state_can_answer():
    with Asker.of(FakeParts(), past_tolerance_seconds=60) as asker:
        sent = [basket(AS_OF - HOUR), basket(None), basket(AS_OF), basket(AS_OF - 2 * HOUR)]
        answer = asker.post("/v1/score/batch", {"baskets": sent})

    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        "the state knows facts until 2024-05-31T12:00:00Z, and can't answer as of a time before 2024-05-31T11:59:00Z;"
        " leave ordered_at out to score as of now"
    )
    expected = "from 2024-05-31T11:59:00Z on"
    assert answer.json()["errors"] == [
        {"pointer": "/baskets/0/ordered_at", "expected": expected, "found": "2024-05-31T11:00:00Z"},
        {"pointer": "/baskets/3/ordered_at", "expected": expected, "found": "2024-05-31T10:00:00Z"},
    ]


def test_a_fact_ahead_of_the_clock_is_not_asked_for():
    fakes = FakeParts()
    fakes.scoring.latest = Latest(order=NOW + 20 * HOUR)

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", basket(NOW - 2 * HOUR)).json()

    assert [error["expected"] for error in answer["errors"]] == [f"from {iso(NOW - HOUR)} on"]


def test_the_state_is_not_asked_for_its_latest_fact_for_a_basket_of_now():
    fakes = FakeParts()

    with Asker.of(fakes) as asker:
        for at in (None, NOW, NOW - HOUR // 2):
            asker.post("/v1/score", basket(at))

    assert fakes.scoring.latest_asked == 0
