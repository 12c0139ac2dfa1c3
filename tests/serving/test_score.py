"""Scores over HTTP: what goes in reaches the scorer as it should, and what the scorer says comes out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.order import Customer, Order, OrderLine, Product
from serving import examples
from serving.scores import Degraded
from serving.timestamps import now_us
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

LINE = {"product_id": "P-1", "quantity": 2, "price_minor": 250}


def basket(**more: Any) -> dict[str, Any]:
    return {"lines": [LINE], **more}


def batch(*baskets: dict[str, Any]) -> dict[str, Any]:
    return {"baskets": list(baskets)}


def test_a_basket_reaches_the_scorer_with_all_that_it_says():
    fakes = FakeParts()
    sent = {
        "customer_id": " abc ",
        "basket_id": " B-1 ",
        "ordered_at": "2024-05-31T14:00:00.25+02:00",
        "voucher_used": True,
        "payment_method": "invoice",
        "channel": "web",
        "region": "DE",
        "customer": {"registered_at": "2020-01-01T00:00:00Z", "birth_year": 1980, "title": "Mrs"},
        "lines": [
            {
                **LINE,
                "product_id": "\u00a0P-1 ",
                "list_price_minor": 300,
                "size": " XL ",
                "color": "Navy BLUE",
                "product": {
                    "department": "fashion", "category": "dresses", "brand": "Acme", "supplier": "S",
                    "launched_at": "2019-12-31T23:59:59Z",
                },
            }
        ],
    }  # fmt: skip

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", sent)

    launched = int(datetime(2019, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
    registered = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    product = Product("fashion", "dresses", "Acme", "S", launched)
    line = OrderLine("P-1", 2, 250, 300, "xl", "navy blue", product)
    assert answer.status_code == 200
    assert fakes.scoring.orders == [
        Order(
            customer_id="cba",  # the fake identity turns ids round
            ordered_at=1_717_156_800_250_000,  # 12:00:00.25 UTC
            lines=(line,),
            voucher_used=True,
            payment_method="invoice",
            channel="web",
            region="DE",
            customer=Customer(registered, 1980, "Mrs"),
            basket_id="B-1",
        )
    ]


def test_a_guest_without_a_time_is_scored_as_of_now():
    fakes = FakeParts()
    before = now_us()

    with Asker.of(fakes) as asker:
        for body in (basket(), basket(customer_id=None, ordered_at=None, customer={}, region=" ")):
            assert asker.post("/v1/score", body).status_code == 200

    first, second = fakes.scoring.orders
    assert before <= first.ordered_at <= second.ordered_at <= now_us()
    assert first.customer_id is second.customer_id is None
    assert (first.customer, second.customer) == (None, Customer())
    assert second.region is None


def test_the_answer_says_what_the_scorer_said():
    fakes = FakeParts()
    lines = [LINE, {"product_id": "P-2", "quantity": 1, "price_minor": 500}]

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", basket(lines=lines)).json()

    # The fake's probability is a thousandth of the price, its cost the price; values: 0.25 * 2 * 250 + 0.5 * 500 = 375.
    assert answer["lines"] == [
        {"probability": 0.25, "interval": {"low": 0.125, "high": 0.625}, "expected_cost_minor": 250.0},
        {"probability": 0.5, "interval": {"low": 0.25, "high": 0.75}, "expected_cost_minor": 500.0},
    ]
    assert answer["basket"] == {
        "expected_returned_lines": 0.75,
        "expected_returned_value_minor": 375.0,
        "expected_cost_minor": 750.0,
    }
    assert answer["model"] == {"version": "3"}
    assert answer["data"]["as_of"] == "2024-05-31T12:00:00Z"
    assert answer["data"]["age_seconds"] > 0
    assert answer["degraded"] == []


def test_an_answer_from_priors_says_so_and_why():
    fakes = FakeParts()
    fakes.scoring.version = fakes.scoring.data_as_of = None
    fakes.scoring.degraded = (Degraded("gone", "the store is gone"),)

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score").json()

    assert answer["model"] == {"version": None}
    assert answer["data"] == {"as_of": None, "age_seconds": None}
    assert answer["degraded"] == [{"cause": "gone", "detail": "the store is gone"}]


def test_data_that_is_ahead_of_the_clock_has_no_negative_age():
    fakes = FakeParts()
    fakes.scoring.data_as_of = now_us() + 3_600_000_000

    with Asker.of(fakes) as asker:
        assert asker.post("/v1/score").json()["data"]["age_seconds"] == 0


def test_a_batch_answers_each_basket_in_its_place():
    fakes = FakeParts()
    sizes, place = [1, 60, 60, 100, 3], 0
    baskets = []
    for size in sizes:
        lines = [{"product_id": "P", "quantity": 1, "price_minor": place + line} for line in range(size)]
        baskets.append(basket(lines=lines))
        place += size

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score/batch", batch(*baskets), headers={"X-Request-ID": "b-1"})

    scores = answer.json()["scores"]
    assert [len(score["lines"]) for score in scores] == sizes
    assert [line["expected_cost_minor"] for score in scores for line in score["lines"]] == list(range(sum(sizes)))
    assert fakes.scoring.calls == 4  # 61 lines, then 60, 100 and 3: parts of at most 100 lines
    assert fakes.scoring.request_ids == {"b-1"}


def test_batches_wait_for_each_other_and_single_baskets_for_none():
    fakes = FakeParts()
    many, other = ([basket(lines=[{**LINE, "price_minor": price}] * 100)] * 10 for price in (1, 2))
    asked = [
        ("POST", "/v1/score/batch", {"json": batch(*many)}),
        ("POST", "/v1/score/batch", {"json": batch(*other)}),
        ("POST", "/v1/score", {"json": basket(lines=[{**LINE, "price_minor": 3}])}),
    ]

    with Asker.of(fakes) as asker:
        answers = asker.together(*asked)

    prices = [order.lines[0].price_minor for order in fakes.scoring.orders]
    alone = prices.index(3)
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert prices[:alone] + prices[alone + 1 :] == [1] * 10 + [2] * 10
    assert alone < 10


@pytest.mark.parametrize("body", [examples.BASKET, batch(examples.BASKET)])
def test_the_examples_are_answered(body: dict[str, Any]):
    path = "/v1/score/batch" if "baskets" in body else "/v1/score"

    with Asker.of(FakeParts()) as asker:
        assert asker.post(path, body).status_code == 200


def test_a_time_may_lie_a_day_ahead_and_no_more():
    now = datetime.now(UTC)

    with Asker.of(FakeParts()) as asker:
        near = asker.post("/v1/score", basket(ordered_at=(now + timedelta(hours=23)).isoformat()))
        far = asker.post("/v1/score", basket(ordered_at=(now + timedelta(hours=25)).isoformat()))

    assert near.status_code == 200
    assert far.status_code == 422
    assert far.json()["errors"][0]["pointer"] == "/ordered_at"


def test_a_scorer_that_fails_is_a_problem_without_its_words(capfd: pytest.CaptureFixture[str]):
    fakes = FakeParts()
    fakes.scoring.fails_with = ValueError("customer C-77 is odd")

    with Asker.of(fakes, log_level="info") as asker:
        answer = asker.post("/v1/score")
        fakes.scoring.fails_with = None
        after = asker.post("/v1/score")

    logged = capfd.readouterr().out
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "C-77" not in answer.text + logged
    assert '"error":"ValueError"' in logged
    assert "fakes.py:" in logged
    assert after.status_code == 200
