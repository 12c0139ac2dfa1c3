"""What the contract accepts and refuses. A refusal names the field and what was expected, and never quotes a text."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from serving.http.wire.text import Label, Text
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

LINE = {"product_id": "P-1", "quantity": 1, "price_minor": 250}
SECRET = "c-4711@shop.example"


def basket(line: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"lines": [LINE | (line or {})], **more}


@pytest.fixture(scope="module")
def asker():
    with Asker.of(FakeParts()) as asker:
        yield asker


@pytest.mark.parametrize(
    ("body", "pointer", "expected", "found"),
    [
        ({}, "/lines", "a value", "nothing"),
        ({"lines": []}, "/lines", "at least 1 item after validation, not 0", "a list (length 0)"),
        ({"lines": [LINE] * 101}, "/lines", "at most 100 items after validation, not 101", "a list (length 101)"),
        ([], "", "an object", "a list (length 0)"),
        (basket({"quantity": 0}), "/lines/0/quantity", "greater than or equal to 1", "0"),
        (basket({"quantity": 1001}), "/lines/0/quantity", "less than or equal to 1000", "1001"),
        (basket({"quantity": "1"}), "/lines/0/quantity", "a valid integer", "a text (length 1)"),
        (basket({"quantity": True}), "/lines/0/quantity", "a valid integer", "true or false"),
        (basket({"quantity": 1.5}), "/lines/0/quantity", "1, not 1.0", "a number with a point or an exponent"),
        (basket({"quantity": 1e300}), "/lines/0/quantity", "1, not 1.0", "a number with a point or an exponent"),
        (basket({"price_minor": -1}), "/lines/0/price_minor", "greater than or equal to 0", "-1"),
        (basket({"price_minor": 10**9 + 1}), "/lines/0/price_minor", "less than or equal to 1000000000", "1000000001"),
        (basket({"price_minor": 10**30}), "/lines/0/price_minor", "less than or equal to 1000000000", "a number"),
        (basket({"product_id": None}), "/lines/0/product_id", "a valid string", "null"),
        (basket({"product_id": " "}), "/lines/0/product_id", "a text that is not blank", "a text (length 1)"),
        (basket({"product_id": "\u200b\u2060"}), "/lines/0/product_id", "a sign that can be seen", "a text (length 2)"),
        (basket(customer_id="\ufeff"), "/customer_id", "a sign that can be seen", "a text (length 1)"),
        (basket(customer={"registered_at": "2099-01-01T00:00:00Z"}), "/customer/registered_at", "a day ahead",
         "a text (length 20)"),
        (basket({"product_id": "p" * 129}), "/lines/0/product_id", "at most 128 characters", "a text (length 129)"),
        (basket({"size": "s" * 201}), "/lines/0/size", "at most 200 characters", "a text (length 201)"),
        (basket({"size": "a\u0000"}), "/lines/0/size", "without control characters", "a text (length 2)"),
        (basket({"size": "a\u0085"}), "/lines/0/size", "without control characters", "a text (length 2)"),
        (basket(voucher_used="yes"), "/voucher_used", "a valid boolean", "a text (length 3)"),
        (basket(customer={"birth_year": 80}), "/customer/birth_year", "greater than or equal to 1900", "80"),
        (basket(ordered_at="2024-05-31"), "/ordered_at", "a time with its zone", "a text (length 10)"),
        (basket(ordered_at="2024-05-31T12:00:00"), "/ordered_at", "a time with its zone", "a text (length 19)"),
        (basket(ordered_at="1717156800"), "/ordered_at", "a time with its zone", "a text (length 10)"),
        (basket(ordered_at=1717156800), "/ordered_at", "a time with its zone", "a number"),
        (basket(ordered_at="2023-02-30T12:00:00Z"), "/ordered_at", "a day that the calendar has", "a text (length 20)"),
        (basket(ordered_at="1994-12-31T12:00:00Z"), "/ordered_at", "a time with its zone", "a text (length 20)"),
        (basket(ordered_at="1995-01-01T00:00:00+14:00"), "/ordered_at", "to before 2100, in UTC", "a text (length 25)"),
        (basket(ordered_at="2099-12-31T23:00:00-14:00"), "/ordered_at", "to before 2100, in UTC", "a text (length 25)"),
        (basket({"product": {"launched_at": "2100-01-01T00:00:00Z"}}), "/lines/0/product/launched_at", "a time with",
         "a text (length 20)"),
        (basket({"siz": "M"}), "/lines/0/siz", "did you mean size?", "a field that the contract doesn't have"),
        (basket(explain="some"), "/explain", "'none', 'reasons' or 'all'", "a text (length 4)"),
        (basket(explain=None), "/explain", "'none', 'reasons' or 'all'", "null"),
        (basket({"explain": "all"}), "/lines/0/explain", "this one belongs elsewhere", "a field that the contract"),
        (basket({"sizes_on_sale": ["S"] * 51}), "/lines/0/sizes_on_sale", "at most 50 items", "a list (length 51)"),
        (basket({"sizes_on_sale": "S"}), "/lines/0/sizes_on_sale", "a valid array", "a text (length 1)"),
        (basket({"sizes_on_sale": ["S", 7]}), "/lines/0/sizes_on_sale/1", "a valid string", "a number"),
        (basket({"sizes_on_sale": ["s" * 201]}), "/lines/0/sizes_on_sale/0", "at most 200 char", "a text (length 201)"),
        (basket() | {"a/~b": 1}, "/a~1~0b", "only fields of the contract", "a field that the contract doesn't have"),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_is_named(asker: Asker, body: Any, pointer: str, expected: str, found: str):
    answer = asker.post("/v1/score", body)

    problem = answer.json()
    assert answer.status_code == problem["status"] == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert len(problem["errors"]) == 1
    error = problem["errors"][0]
    assert error["pointer"] == pointer
    assert expected in error["expected"]
    assert found in error["found"]


def test_a_cancellation_of_no_line_is_a_correction_and_says_when_it_was_recorded(asker: Asker):
    nothing: dict[str, Any] = {"type": "order_cancelled", "event_id": "x", "order_id": "o", "line_ids": []}
    nothing["cancelled_at"] = "2024-05-31T12:00:00Z"

    refused = asker.post("/v1/events", {"events": [nothing]})
    taken = asker.post("/v1/events", {"events": [nothing | {"recorded_at": "2024-06-01T12:00:00Z"}]})

    assert (refused.status_code, taken.status_code) == (422, 200)
    assert "recorded_at with an empty line_ids" in refused.json()["errors"][0]["expected"]


@pytest.mark.parametrize(
    "body",
    [
        basket(customer_id=4711),
        basket(customer_id=[SECRET]),
        basket(customer_id=SECRET * 10),
        basket(customer_id="\u0000" + SECRET),
        basket({"product_id": SECRET}),
        basket(region=SECRET),
        basket({"quantity": SECRET}),
        basket(mail=SECRET),
        {"customer_id": SECRET},
        {"customer_id": SECRET, "lines": SECRET},
    ],
)
def test_no_refusal_repeats_what_may_name_a_person(asker: Asker, body: dict[str, Any]):
    answer = asker.post("/v1/score", body)

    assert answer.status_code == 422
    assert "4711" not in answer.text


def test_a_customer_id_may_be_anything_printable(asker: Asker):
    for customer_id in (SECRET, "😀", "Ünï-1", "x" * 128):
        assert asker.post("/v1/score", basket(customer_id=customer_id)).status_code == 200


FIFTY = ("50.0", "50.00", "5e1", "5E1", "500e-1", "50.0e0", "-0.0")
"""Spellings of a whole number that a JSON reader takes for a fraction; whoever writes the first two means 50 EUR."""


@pytest.mark.parametrize("written", FIFTY)
@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("/v1/score", "/lines/0/price_minor", '{"lines": [LINE]}'),
        ("/v1/score/batch", "/baskets/0/lines/0/price_minor", '{"baskets": [{"lines": [LINE]}]}'),
        ("/v1/events", "/events/0/lines/0/price_minor", '{"events": [PLACED]}'),
    ],
)
def test_a_price_in_the_spelling_of_a_fraction_is_refused_with_its_unit(
    asker: Asker, path: str, field: str, body: str, written: str
):
    line = f'{{"product_id": "P", "quantity": 2, "price_minor": {written}'
    at = '"type": "order_placed", "event_id": "e", "order_id": "o", "ordered_at": "2024-05-31T12:00:00Z"'
    placed = f'{{{at}, "lines": [{line}, "line_id": "l"}}]}}'

    answer = asker.post(path, body.replace("LINE", line + "}").replace("PLACED", placed).encode())

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "pointer": field,
            "expected": "a whole number of minor units, without a point or an exponent: 50.00 EUR is 5000",
            "found": "a number with a point or an exponent",
        }
    ]


@pytest.mark.parametrize("field", ["quantity", "price_minor", "list_price_minor"])
def test_no_whole_number_of_a_line_may_have_the_spelling_of_a_fraction(asker: Asker, field: str):
    refused = asker.post("/v1/score", json.dumps(basket({field: 2.0})).encode())

    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/lines/0/{field}"]
    assert asker.post("/v1/score", basket({field: 2})).status_code == 200


def test_a_year_of_birth_may_not_have_the_spelling_of_a_fraction(asker: Asker):
    refused = asker.post("/v1/score", basket(customer={"birth_year": 1980.0}))

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/customer/birth_year"]


def test_all_ways_to_write_one_time_are_one_time():
    fakes = FakeParts()
    written = [
        "2024-05-31T12:00:00Z", "2024-05-31T12:00:00.000Z", "2024-05-31T12:00:00.000000999Z",
        "2024-05-31T14:00:00+02:00", "2024-05-30T12:01:00-23:59",
    ]  # fmt: skip

    with Asker.of(fakes) as asker:
        for text in written:
            assert asker.post("/v1/score", basket(ordered_at=text)).status_code == 200

    assert {order.ordered_at for order in fakes.scoring.orders} == {1_717_156_800_000_000}


def test_more_lines_than_a_batch_may_have_are_refused(asker: Asker):
    full = {"lines": [LINE] * 100}

    assert asker.post("/v1/score/batch", {"baskets": [full] * 10}).status_code == 200
    refused = asker.post("/v1/score/batch", {"baskets": [*[full] * 10, basket()]})

    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/baskets", "expected": "at most 1000 lines altogether", "found": "a list (length 11)"}
    ]


def test_all_baskets_of_a_batch_are_explained_alike(asker: Asker):
    refused = asker.post("/v1/score/batch", {"baskets": [basket(explain="all")]})
    wrong = asker.post("/v1/score/batch", {"baskets": [basket()], "explain": "ALL"})

    assert (refused.status_code, wrong.status_code) == (422, 422)
    assert refused.json()["errors"] == [
        {
            "pointer": "/baskets/0/explain",
            "expected": "only fields of the contract; this one belongs elsewhere",
            "found": "a field that the contract doesn't have",
        }
    ]
    assert wrong.json()["errors"] == [
        {"pointer": "/explain", "expected": "'none', 'reasons' or 'all'", "found": "a text (length 3)"}
    ]


def test_sizes_on_sale_are_bounded_and_blank_ones_are_none(asker: Asker):
    for sizes in ([], ["S"] * 50, ["S", " ", ""], None):
        assert asker.post("/v1/score", basket({"sizes_on_sale": sizes})).status_code == 200


@pytest.mark.parametrize("unseen", [" ", "\u200b", "\u202e", "\u2800\u00a0\u034f", "\U000e0001"])
def test_a_label_or_a_text_that_nobody_sees_is_missing(unseen: str):
    assert TypeAdapter(Label).validate_python(unseen) is None
    assert TypeAdapter(Text).validate_python(unseen) is None
    assert TypeAdapter(Label).validate_python(f"{unseen}M") is not None


def test_sizes_on_sale_are_no_part_of_an_order(asker: Asker):
    line = {**LINE, "line_id": "1", "sizes_on_sale": ["S"]}
    event = {"type": "order_placed", "event_id": "e", "order_id": "o", "ordered_at": "2024-05-31T12:00:00Z"}

    answer = asker.post("/v1/events", {"events": [{**event, "lines": [line]}]})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/events/0/lines/0/sizes_on_sale"]


def test_many_wrong_fields_are_counted_and_the_first_ones_listed(asker: Asker):
    few = asker.post("/v1/score", {"lines": [{}] * 10}).json()
    many = asker.post("/v1/score", {str(number): 1 for number in range(1500)}).json()

    assert few["detail"] == "30 fields are wrong, the first 20 are listed"
    assert len(few["errors"]) == 20
    assert many["detail"] == "1501 fields are wrong, too many to list"
    assert "errors" not in many


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b'{"lines": [}', b'{"a": "\\ud800"}', b'{"a": "\xff"}', b"[" * 100_000, b'{"a":' * 50_000,
     b"\xef\xbb\xbf{}", b'{"a": ' + b"9" * 5000 + b"}", json.dumps(basket()).encode("utf-16")],
)  # fmt: skip
def test_what_is_no_json_is_a_malformed_request(asker: Asker, body: bytes):
    answer = asker.post("/v1/score", body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("the body is no valid JSON: ")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_of_another_type_is_refused(asker: Asker, headers: dict[str, str]):
    answer = asker.post("/v1/score", json.dumps(basket()).encode(), headers=headers)

    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"


def test_json_may_say_that_it_is_utf_8(asker: Asker):
    for content_type in ("application/json;charset=utf-8", 'Application/JSON; charset="UTF-8"'):
        answer = asker.post("/v1/score", json.dumps(basket()).encode(), headers={"Content-Type": content_type})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1", 404), ("POST", "/v1/scores", 404), ("POST", "/v1/score/", 404), ("GET", "/v1/%2e%2e/score", 404),
     ("GET", "/v1/score", 405), ("DELETE", "/v1/events", 405), ("OPTIONS", "/v1/score", 405),
     ("BREW", "/healthz", 405)],
)  # fmt: skip
def test_a_path_or_method_that_is_not_there_is_a_problem(asker: Asker, method: str, path: str, status: int):
    answer = asker.ask(method, path)

    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert status == 404 or answer.headers["allow"] in {"POST", "GET"}
