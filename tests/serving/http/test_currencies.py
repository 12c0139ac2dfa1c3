"""Currencies over HTTP: amounts reach the model and the state in the shop's own currency, or the request is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.online_state.events import OrderPlaced, Refunded
from serving.exchange_rates import ExchangeRates
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

EARLY, LATE = "2024-05-31T12:00:00Z", "2024-06-02T12:00:00Z"
LINE = {"product_id": "P-1", "quantity": 2, "price_minor": 1000, "list_price_minor": 2000}
PLACED = {"type": "order_placed", "event_id": "E-1", "order_id": "O-1", "lines": [LINE | {"line_id": "L-1"}]}
REFUNDED = {"type": "refunded", "event_id": "E-2", "line_id": "L-1", "refunded_minor": 500}
FRANCS = REFUNDED | {"refunded_at": LATE, "currency": "CHF"}


@pytest.fixture
def fakes(tmp_path: Path) -> FakeParts:
    file = tmp_path / "rates.yaml"
    file.write_text(
        "- {since: 2024-05-01, rates: {USD: 0.9, JPY: 0.006, KWD: 3}}\n- {since: 2024-06-01, rates: {USD: 0.8}}\n"
    )
    return FakeParts(rates=ExchangeRates("EUR", file))


@pytest.fixture
def asker(fakes: FakeParts) -> Iterator[Asker]:
    with Asker.of(fakes, past_tolerance_seconds=1e9) as asker:
        yield asker


def basket(**more: Any) -> dict[str, Any]:
    return {"lines": [LINE], **more}


@pytest.mark.parametrize(
    ("given", "price", "list_price", "converted"),
    [
        ({}, 1000, 2000, None),
        ({"currency": "EUR"}, 1000, 2000, None),
        ({"currency": "USD"}, 800, 1600, {"currency": "USD", "rate": 0.8, "since": "2024-06-01"}),
        ({"currency": "USD", "ordered_at": EARLY}, 900, 1800, {"currency": "USD", "rate": 0.9, "since": "2024-05-01"}),
        (
            {"currency": "JPY", "ordered_at": EARLY},
            600,
            1200,
            {"currency": "JPY", "rate": 0.006, "since": "2024-05-01"},
        ),
        ({"currency": "KWD", "ordered_at": EARLY}, 300, 600, {"currency": "KWD", "rate": 3.0, "since": "2024-05-01"}),
    ],
)
def test_a_basket_is_scored_in_the_shops_currency_which_the_answer_names(
    asker: Asker, fakes: FakeParts, given: dict[str, str], price: int, list_price: int, converted: Any
) -> None:
    one = asker.post("/v1/score", basket(**given)).json()
    many = asker.post("/v1/score/batch", {"baskets": [basket(), basket(**given)]}).json()["scores"]

    lines = [order.lines[0] for order in fakes.scoring.orders]
    assert [(line.price_minor, line.list_price_minor) for line in lines] == [
        (price, list_price), (1000, 2000), (price, list_price),
    ]  # fmt: skip
    assert [(score["currency"], score["converted"]) for score in (one, *many)] == [
        ("EUR", converted), ("EUR", None), ("EUR", converted),
    ]  # fmt: skip
    probability = one["lines"][0]["probability"]
    assert one["basket"]["expected_returned_value_minor"] == pytest.approx(probability * 2 * price)


def test_events_reach_the_state_in_the_shops_currency_at_the_rates_of_their_own_day(
    asker: Asker, fakes: FakeParts
) -> None:
    sent = [
        PLACED | {"ordered_at": EARLY, "currency": "USD"},
        REFUNDED | {"refunded_at": LATE, "currency": "USD"},
        REFUNDED | {"refunded_at": LATE},
    ]

    answers = [asker.post("/v1/events", {"events": sent}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    placed, *refunds = fakes.feeding.events[:3]
    assert isinstance(placed, OrderPlaced)
    assert (placed.order.lines[0].price_minor, placed.order.lines[0].list_price_minor) == (900, 1800)
    assert [each.refunded_minor for each in refunds if isinstance(each, Refunded)] == [400, 500]
    assert fakes.feeding.events[3:] == fakes.feeding.events[:3]  # the same event stays the same, whenever it is sent


@pytest.mark.parametrize(
    ("path", "body", "pointer", "taken"),
    [
        ("/v1/score", basket(currency="CHF", ordered_at=EARLY), "/currency", "2024-05-31: EUR, JPY, KWD, USD"),
        ("/v1/score", basket(currency="JPY", ordered_at=LATE), "/currency", "2024-06-02: EUR, USD"),
        ("/v1/score", basket(currency="USD", ordered_at="2024-04-30T12:00:00Z"), "/currency", "2024-04-30: EUR"),
        ("/v1/score/batch", {"baskets": [basket(), basket(currency="CHF", ordered_at=LATE)]}, "/baskets/1/currency",
         "2024-06-02: EUR, USD"),
        ("/v1/events", {"events": [PLACED | {"ordered_at": EARLY}, FRANCS]}, "/events/1/currency",
         "2024-06-02: EUR, USD"),
    ],
)  # fmt: skip
def test_another_currency_is_refused_whole_with_those_that_are_taken(
    asker: Asker, fakes: FakeParts, path: str, body: dict[str, Any], pointer: str, taken: str
) -> None:
    answer = asker.post(path, body)

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert error["expected"] == f"one of the currencies that the shop takes on {taken}"
    assert (fakes.scoring.orders, fakes.feeding.events) == ([], [])


@pytest.mark.parametrize("code", ["usd", "US", "EURO", "", 978])
def test_what_is_no_code_of_a_currency_is_refused(asker: Asker, code: Any) -> None:
    answer = asker.post("/v1/score", basket(currency=code))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/currency")
    if isinstance(code, str):
        assert answer.json()["errors"][0]["expected"] == "an ISO 4217 code of three capitals, such as EUR"


def test_an_amount_that_is_too_large_in_the_shops_currency_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rates.yaml"
    file.write_text("- {since: 2024-05-01, rates: {EUR: 170}}")
    fakes = FakeParts(rates=ExchangeRates("JPY", file))
    lines = [LINE, LINE | {"price_minor": 10**9}]  # ten million euros

    with Asker.of(fakes) as asker:
        answer = asker.post("/v1/score", {"lines": lines, "currency": "EUR"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/lines/1/price_minor", "expected": "at most 1000000000 minor units of JPY", "found": "1700000000"}
    ]
    assert fakes.scoring.orders == []


def test_the_service_says_which_currencies_it_takes(asker: Asker) -> None:
    model = asker.get("/v1/model").json()

    assert (model["currency"], model["minor_digits"]) == ("EUR", 2)
    assert model["other_currencies"] == [{"currency": "USD", "rate": 0.8, "since": "2024-06-01", "minor_digits": 2}]
