"""Scores over HTTP: the request reaches the scorer unchanged, and the scorer's result is the answer."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.logged.predictions import PREDICTIONS
from data.times import now_us, utc_now
from features.online.what_if import Change
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts
from features.online_state.records import Latest
from serving.http.routes import score
from serving.http.wire import examples
from serving.predictions.log import PredictionLog
from serving.scores import Degraded, Explain, MissingField, ScoreDriver, ScoreDrivers, WhatIfScore, Why
from serving.scoring.logged_scoring import LoggedScoring
from serving.scoring.scorer import Scorer
from tests.serving.asking import Asker
from tests.serving.fakes import AS_OF, FakeParts
from tests.serving.served_shop import COSTS, opened, shop_of_sizes

LINE = {"product_id": "P-1", "quantity": 2, "price_minor": 250}
UNSAID = {"reasons": None, "drivers": None, "what_ifs": None}
REASONS = {"STYLE": 0.2, "UNWANTED": 0.04, "COLOR": 0.01}
DRIVERS = ScoreDrivers(
    -0.9,
    (ScoreDriver("bracketing", 0.8, "basket_lines", "2 lines"), ScoreDriver("price", -0.1, "quantity", "2 pieces")),
    0.02,
)
WHAT_IFS = (
    WhatIfScore(Change.WITHOUT_OTHER_SIZES, None, (1, 3), 0.1, "without them"),
    WhatIfScore(Change.OTHER_SIZE, "m", (), 0.15, "in size m"),
)


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
                "sizes_on_sale": ["L", " Xl", "one SIZE"],
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
    product = ProductFacts("fashion", "dresses", "Acme", "S", launched)
    line = OrderLine("P-1", 2, 250, 300, "xl", "navy blue", product, sizes_on_sale=("l", "xl", "one size"))
    assert answer.status_code == 200
    assert fakes.scoring.orders == [
        Order(
            customer_id="cba",  # the fake intake turns ids round
            ordered_at=1_717_156_800_250_000,  # 12:00:00.25 UTC
            lines=(line,),
            voucher_used=True,
            payment_method="invoice",
            channel="web",
            region="DE",
            customer=CustomerFacts(registered, 1980, "Mrs"),
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
    assert fakes.scoring.clocks == [first.ordered_at, second.ordered_at]
    assert first.customer_id is second.customer_id is None
    assert (first.customer, second.customer) == (None, CustomerFacts())
    assert second.region is None


def test_the_answer_says_what_the_scorer_said():
    fakes = FakeParts()
    lines = [LINE, {"product_id": "P-2", "quantity": 1, "price_minor": 500}]

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", basket(lines=lines)).json()

    # The fake's probability is a thousandth of the price, its cost the price; values: 0.25 * 2 * 250 + 0.5 * 500 = 375.
    assert answer["lines"] == [
        {
            "probability": 0.25,
            "interval": {"low": 0.125, "high": 0.625, "level": None},
            "expected_cost_minor": 250.0,
            "cost_interval_minor": {"low": 125.0, "high": 625.0, "level": None},
            **UNSAID,
            "line_id": None,
        },
        {
            "probability": 0.5,
            "interval": {"low": 0.25, "high": 0.75, "level": None},
            "expected_cost_minor": 500.0,
            "cost_interval_minor": {"low": 250.0, "high": 750.0, "level": None},
            **UNSAID,
            "line_id": None,
        },
    ]
    assert answer["basket"] == {
        "expected_returned_lines": 0.75,
        "expected_returned_value_minor": 375.0,
        "expected_cost_minor": 750.0,
        "returned_lines_interval": {"low": 0.375, "high": 1.375, "level": None},
        "returned_value_minor_interval": {"low": 187.5, "high": 687.5, "level": None},
        "cost_minor_interval": {"low": 375.0, "high": 1375.0, "level": None},
        "outcomes": None,
    }
    assert answer["model"] == {"version": "3"}
    assert answer["data"]["as_of"] == "2024-05-31T12:00:00Z"
    assert answer["data"]["age_seconds"] > 0
    assert answer["degraded"] == []


@pytest.mark.parametrize(
    ("asked", "wanted"), [({}, Explain.NONE)] + [({"explain": each.value}, each) for each in Explain]
)
def test_as_much_of_the_why_is_asked_for_as_the_request_says(asked: dict[str, str], wanted: Explain):
    fakes = FakeParts()

    with Asker.of(fakes) as asker:
        for path, body in (("/v1/score", basket()), ("/v1/score/batch", batch(basket(), basket()))):
            fakes.scoring.explain = None
            assert asker.post(path, body | asked).status_code == 200
            assert fakes.scoring.explain is wanted


def test_the_why_is_answered_as_it_was_said():
    fakes = FakeParts()
    fakes.scoring.why = Why(REASONS, DRIVERS, WHAT_IFS)

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", basket(explain="all"))
        many = asker.post("/v1/score/batch", {**batch(basket(), basket()), "explain": "all"})

    (line,) = answer.json()["lines"]
    assert {name: line[name] for name in UNSAID} == {
        "reasons": {"STYLE": 0.2, "UNWANTED": 0.04, "COLOR": 0.01},
        "drivers": {
            "expected": -0.9,
            "factors": [
                {"factor": "bracketing", "contribution": 0.8, "feature": "basket_lines", "sentence": "2 lines"},
                {"factor": "price", "contribution": -0.1, "feature": "quantity", "sentence": "2 pieces"},
            ],
            "rest": 0.02,
            "exact": True,
        },
        "what_ifs": [
            {
                "change": "without_other_sizes", "size": None, "removed_lines": [1, 3], "probability": 0.1,
                "sentence": "without them",
            },
            {"change": "other_size", "size": "m", "removed_lines": [], "probability": 0.15, "sentence": "in size m"},
        ],
    }  # fmt: skip
    assert list(line["reasons"]) == ["STYLE", "UNWANTED", "COLOR"]  # not by name: the likeliest first
    assert [score["lines"] for score in many.json()["scores"]] == [[line], [line]]


@pytest.mark.parametrize(
    ("why", "wanted"),
    [
        (Why(REASONS), {**UNSAID, "reasons": REASONS}),
        (Why(None), UNSAID),
        (
            Why(None, ScoreDrivers(-0.9, (), 0.0, exact=True), ()),
            {"reasons": None, "drivers": {"expected": -0.9, "factors": [], "rest": 0.0, "exact": True}, "what_ifs": []},
        ),
    ],
)
def test_what_was_not_said_is_null_and_nothing_to_say_is_an_empty_list(why: Why, wanted: dict[str, Any]):
    fakes = FakeParts()
    fakes.scoring.why = why

    with Asker.of(fakes) as asker:
        line = asker.post("/v1/score", basket(explain="all")).json()["lines"][0]

    assert {name: line[name] for name in UNSAID} == wanted


def test_a_bracketed_basket_is_explained_from_the_request_to_the_log(tmp_path: Path):
    shop, fakes = shop_of_sizes(), FakeParts()
    log = PredictionLog(tmp_path, max_file_bytes=10**6, max_files=2)
    scorer = Scorer(shop.model, opened(shop.store()), COSTS, 0.3)
    parts = replace(fakes.parts(), scoring=LoggedScoring(scorer, log, str, keep_features=False))
    sizes = [{**LINE, "product_id": "p0", "size": size} for size in ("S", "M")]
    alone = basket(lines=[{**LINE, "product_id": "p0", "size": "XL", "sizes_on_sale": ["M", "XL"]}])
    log.start()

    with Asker.over(parts) as asker:
        bracketed = asker.post("/v1/score", basket(lines=sizes, explain="all")).json()
        both = {**batch(basket(lines=sizes), alone), "explain": "all"}
        scores = asker.post("/v1/score/batch", both).json()["scores"]
    log.stop()

    first = bracketed["lines"][0]
    assert bracketed["degraded"] == []
    assert sum(first["reasons"].values()) == pytest.approx(first["probability"], abs=1e-9)
    assert first["drivers"]["factors"][0]["factor"] == "bracketing"
    assert [(each["change"], each["removed_lines"]) for each in first["what_ifs"]] == [("without_other_sizes", [1])]
    assert [each["size"] for each in scores[1]["lines"][0]["what_ifs"]] == ["m"]
    said = [line["reasons"] for score in (bracketed, *scores) for line in score["lines"]]
    assert [each["reasons"] for each in PREDICTIONS.read(tmp_path)] == said


def test_explained_batches_are_scored_in_smaller_parts():
    fakes = FakeParts()
    calls = []

    with Asker.of(fakes) as asker:
        for explain in Explain:
            fakes.scoring.calls = 0
            asker.post("/v1/score/batch", {**batch(*[basket(lines=[LINE] * 10)] * 10), "explain": explain.value})
            calls.append(fakes.scoring.calls)

    assert calls == [1, 2, 5]  # 100 lines in parts of 100, 50 and 20


def test_an_answer_from_priors_says_so_and_why():
    fakes = FakeParts()
    fakes.scoring.version = fakes.scoring.latest = None
    fakes.scoring.degraded = (Degraded("gone", "the store is gone"),)

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score").json()

    assert answer["model"] == {"version": None}
    assert answer["data"] == {"as_of": None, "age_seconds": None, "ages_seconds": None}
    assert answer["degraded"] == [{"cause": "gone", "detail": "the store is gone"}]


def test_the_answer_names_what_the_request_lacks_and_is_null_where_the_model_does_not_know():
    fakes = FakeParts()

    with Asker.of(fakes) as asker:
        unknown = asker.post("/v1/score").json()
        fakes.scoring.missing = (MissingField("payment_method", 0.07, True), MissingField("customer_id", 0.02))
        known = asker.post("/v1/score").json()
        fakes.scoring.missing = ()
        none = asker.post("/v1/score").json()

    assert unknown["missing"] is None
    assert known["missing"] == [
        {"field": "payment_method", "could_move": 0.07, "unknown_label": True},
        {"field": "customer_id", "could_move": 0.02, "unknown_label": False},
    ]
    assert none["missing"] == []


def test_the_answer_repeats_the_ids_of_the_basket_and_of_its_lines():
    lines = [{**LINE, "line_id": " 7 "}, LINE, {**LINE, "line_id": "7"}]

    with Asker.of(FakeParts()) as asker:
        named = asker.post("/v1/score", basket(basket_id=" B-1 ", lines=lines)).json()
        both = asker.post("/v1/score/batch", batch(basket(), basket(basket_id="B-2"))).json()["scores"]

    assert named["basket_id"] == "B-1"
    assert [line["line_id"] for line in named["lines"]] == ["7", None, "7"]
    assert [score["basket_id"] for score in both] == [None, "B-2"]


def test_a_request_reads_the_clock_once(monkeypatch: pytest.MonkeyPatch):
    moments = itertools.count(AS_OF + 2_000_000)
    monkeypatch.setattr(score, "now_us", lambda: next(moments))
    fakes = FakeParts()

    with Asker.of(fakes) as asker:
        alone = asker.post("/v1/score", basket(ordered_at=None)).json()
        together = asker.post("/v1/score/batch", batch(*[basket(ordered_at=None, lines=[LINE] * 60)] * 3)).json()

    first, second = AS_OF + 2_000_000, AS_OF + 2_000_001
    assert [order.ordered_at for order in fakes.scoring.orders] == [first, second, second, second]
    assert fakes.scoring.clocks == [first, second, second, second]  # in parts of 100 lines
    assert alone["data"]["age_seconds"] == 2
    assert {each["data"]["age_seconds"] for each in together["scores"]} == {2.000001}


def test_an_event_ahead_of_the_clock_makes_the_data_no_younger_than_now(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(score, "now_us", lambda: AS_OF)
    fakes = FakeParts()
    fakes.scoring.latest = Latest(order=AS_OF + 3_600_000_000, outcome=AS_OF - 5_000_000)

    with Asker.of(fakes) as asker:
        data = asker.post("/v1/score").json()["data"]

    ages = {"order": 0, "delivery": None, "outcome": 5}
    assert data == {"as_of": "2024-05-31T12:00:00Z", "age_seconds": 0, "ages_seconds": ages}


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
    now = utc_now()

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
