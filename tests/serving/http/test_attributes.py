"""Attributes over HTTP: those that the shop declared arrive, and any other is refused with its place."""

from collections.abc import Sequence
from typing import Any

import pytest

from data.attributes import Attribute, Kind
from features.online_state.events import OrderPlaced
from features.online_state.order import CustomerFacts, ProductFacts
from tests.serving.asking import Asker
from tests.serving.fakes import FakeParts

DECLARED = (
    Attribute("promised_days", "order_lines", Kind.NUMBER),
    Attribute("gift", "order_lines", Kind.FLAG),
    Attribute("material", "products", Kind.CATEGORY),
    Attribute("height_cm", "customers", Kind.NUMBER, personal=True),
)
AT = "2024-05-31T12:00:00Z"
CHANGED = {"event_id": "e", "changed_at": AT}


def line(attributes: Any = None, product: Any = None) -> dict[str, Any]:
    return {
        "product_id": "P-1", "quantity": 1, "price_minor": 250, "attributes": attributes,
        "product": None if product is None else {"attributes": product},
    }  # fmt: skip


def basket(*lines: dict[str, Any], customer: Any = None) -> dict[str, Any]:
    return {"lines": list(lines), "customer": None if customer is None else {"attributes": customer}}


def placed(event_id: str, *lines: dict[str, Any]) -> dict[str, Any]:
    numbered = [{**each, "line_id": f"{event_id}-{place}"} for place, each in enumerate(lines)]
    return {"type": "order_placed", "event_id": event_id, "order_id": event_id, "ordered_at": AT, "lines": numbered}


def post(
    path: str, body: dict[str, Any], declared: Sequence[Attribute] | None = DECLARED
) -> tuple[int, Any, FakeParts]:
    fakes = FakeParts(attributes=declared)
    with Asker.of(fakes) as asker:
        answer = asker.post(path, body)
    return answer.status_code, answer.json(), fakes


def problems(answer: Any) -> dict[str, str]:
    return {each["pointer"]: each["expected"] for each in answer["errors"]}


def test_attributes_of_line_product_and_customer_reach_the_scorer() -> None:
    of_line = {"promised_days": 3, "gift": True}
    sent = basket(line(of_line, {"material": " wool "}), line({"gift": None}), customer={"height_cm": 171})

    status, _, fakes = post("/v1/score", sent)

    [order] = fakes.scoring.orders
    assert status == 200
    assert [dict(each.attributes) for each in order.lines] == [{"promised_days": 3.0, "gift": 1}, {}]
    assert order.lines[0].product == ProductFacts(attributes={"material": "wool"})
    assert order.customer == CustomerFacts(attributes={"height_cm": 171.0})
    assert type(order.lines[0].attributes["promised_days"]) is float


def test_attributes_of_a_placed_order_reach_the_feed() -> None:
    status, _, fakes = post("/v1/events", {"events": [placed("e1", line({"gift": False}, {"material": "wool"}))]})

    [event] = fakes.feeding.events
    assert status == 200
    assert isinstance(event, OrderPlaced)
    assert event.order.lines[0].attributes == {"gift": 0}
    assert event.order.lines[0].product == ProductFacts(attributes={"material": "wool"})


def test_every_wrong_attribute_is_named_with_its_place_and_what_belongs_there() -> None:
    wrong = line({"gift": 1, "material": "wool", "promised_days": "soon"}, {"colour": "x", "material": True})

    status, answer, fakes = post("/v1/score", basket(line(), wrong, customer={"height_cm": False}))

    names = "an attribute of {} that the shop declared: {}".format
    assert (status, answer["detail"], fakes.scoring.orders) == (422, "6 attributes are wrong", [])
    assert problems(answer) == {
        "/customer/attributes/height_cm": "a number",
        "/lines/1/attributes/gift": "true or false",
        "/lines/1/attributes/material": names("order lines", "promised_days, gift")
        + "; material belongs in product.attributes of the line",
        "/lines/1/attributes/promised_days": "a number",
        "/lines/1/product/attributes/colour": names("products", "material"),
        "/lines/1/product/attributes/material": "a text",
    }
    assert "soon" not in str(answer)


def test_attributes_that_changed_reach_the_feed() -> None:
    product = {**CHANGED, "type": "product_changed", "product_id": "P", "attributes": {"material": " wool "}}
    customer = {**CHANGED, "type": "customer_changed", "customer_id": "C", "attributes": {"height_cm": 171}}

    status, _, fakes = post("/v1/events", {"events": [product, customer]})

    assert status == 200
    assert [getattr(event, "facts", None) for event in fakes.feeding.events] == [
        ProductFacts(attributes={"material": "wool"}),
        CustomerFacts(attributes={"height_cm": 171.0}),
    ]


def test_attributes_that_changed_are_checked_against_those_of_their_table() -> None:
    product = {**CHANGED, "type": "product_changed", "product_id": "P", "attributes": {"material": 1}}
    customer = {**CHANGED, "type": "customer_changed", "customer_id": "C", "attributes": {"material": "wool"}}

    status, answer, fakes = post("/v1/events", {"events": [product, customer]})

    assert (status, fakes.feeding.events) == (422, [])
    assert problems(answer) == {
        "/events/0/attributes/material": "a text",
        "/events/1/attributes/material": "an attribute of customers that the shop declared: height_cm;"
        " material belongs in product.attributes of the line",
    }


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/score/batch", {"baskets": [basket(line()), basket(line({"x": 1}))]}, "/baskets/1/lines/0/attributes/x"),
        (
            "/v1/events",
            {"events": [placed("e1", line()), placed("e2", line({"x": 1}))]},
            "/events/1/lines/0/attributes/x",
        ),
    ],
)
def test_of_many_the_wrong_one_is_named_and_none_is_taken(path: str, body: dict[str, Any], pointer: str) -> None:
    status, answer, fakes = post(path, body)

    assert (status, list(problems(answer))) == (422, [pointer])
    assert (fakes.scoring.orders, fakes.feeding.events) == ([], [])


@pytest.mark.parametrize("value", [[1], {"a": 1}, 1e10, "a\u0007b"])
def test_a_value_of_no_kind_is_one_problem(value: Any) -> None:
    status, answer, _ = post("/v1/score", basket(line({"promised_days": value})))

    assert status == 422
    assert problems(answer) == {"/lines/0/attributes/promised_days": "a text, a number up to a billion, true or false"}


def test_an_email_address_is_refused_in_an_attribute_as_in_a_label() -> None:
    status, answer, _ = post("/v1/score", basket(line(product={"material": "ann@example.org"})))

    assert status == 422
    assert problems(answer)["/lines/0/product/attributes/material"].startswith("no email address")


def test_a_shop_without_attributes_refuses_them_and_an_unknown_shop_takes_them() -> None:
    refused, answer, _ = post("/v1/score", basket(line({"gift": True})), ())
    taken, _, fakes = post("/v1/score", basket(line({"gift": True})), None)

    assert (refused, taken) == (422, 200)
    assert "declared: none" in problems(answer)["/lines/0/attributes/gift"]
    assert fakes.scoring.orders[0].lines[0].attributes == {"gift": 1}
