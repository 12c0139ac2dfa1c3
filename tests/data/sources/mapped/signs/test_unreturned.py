"""Lines that came back by a state and without a return never count as kept in silence."""

from typing import Any

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

LINES = (
    "line,order,customer,product,time,pieces,price,{0}\n"
    "l1,o1,c1,p1,2024-03-01 10:00,1,10.00,{1}\n"
    "l2,o2,c1,p2,2024-03-01 10:00,1,20.00,{1}\n"
    "l3,o3,c2,p1,2024-03-02 11:00,1,10.00,{2}\n"
)


def shop_of_states(shop: FilesOfAShop, column: str, back: str, other: str) -> FilesOfAShop:
    """Give two lines the state ``back``, of which the file of returns has the first."""
    shop.write("lines.csv", LINES.format(column, back, other))
    return shop


def outcomes(shop: FilesOfAShop) -> dict[str, bool]:
    return {row["line_id"]: row["outcome_recorded"] for row in shop.read()["order_lines"]}


@pytest.mark.parametrize(
    ("column", "state"),
    [
        ("Order Status", "refunded"),
        ("order-status", "Shipped - Returned to Seller"),
        ("Status", "Retourniert"),
        ("Return Status", "Returned"),
        ("estado", "devuelto"),
        ("状态", "已退货"),
    ],
)
def test_a_line_that_came_back_by_its_state_alone_stops_the_run_and_the_fix_makes_it_unknown(
    shop: FilesOfAShop, column: str, state: str
) -> None:
    with pytest.raises(UserError, match=f"'{state}' on 1 lines") as caught:
        shop_of_states(shop, column, state, "completed").read()
    assert f"unknown_without_return: {{no return of it: {{column: {column}, is: [{state!r}]}}}}" in caught.value.fix
    rules = {"no return of it": {"column": column, "is": [state]}}
    shop.mapping["order_lines"]["unknown_without_return"] = rules
    assert outcomes(shop) == {"l1": True, "l2": False, "l3": True}


@pytest.mark.parametrize(
    "state", ["not returned", "returnable", "return requested", "sent", "keine Retoure", "resolved"]
)
def test_a_state_of_a_line_that_stands_stops_nothing(shop: FilesOfAShop, state: str) -> None:
    assert outcomes(shop_of_states(shop, "Status", state, "done")) == {"l1": True, "l2": True, "l3": True}


def test_a_state_of_a_part_of_an_order_stops_nothing_and_is_counted(shop: FilesOfAShop) -> None:
    shop_of_states(shop, "Financial Status", "partially_refunded", "paid")
    assert outcomes(shop) == {"l1": True, "l2": True, "l3": True}
    text = (shop.raw / "source.json").read_text(encoding="utf-8")
    assert '"kept though Financial Status is partially_refunded": 1' in text


def test_a_cancelled_line_that_was_refunded_needs_no_return(shop: FilesOfAShop) -> None:
    text = LINES.format("Status,off", "refunded,2024-03-02 09:00", "paid,")
    shop.write("lines.csv", text)
    shop.lines["cancelled_at"] = "off"
    shop.mapping["order_lines"]["unknown_without_return"] = {"refunded": {"column": "Status", "is": "refunded"}}
    assert all(outcomes(shop).values())


def test_a_rule_of_a_preset_that_matches_no_row_is_none_to_notice(shop: FilesOfAShop) -> None:
    rule: dict[str, Any] = {"column": "product", "is": "gift"}
    lines = shop.mapping["order_lines"]
    lines["leave_out"] = lines["unknown_outcome"] = lines["unknown_without_return"] = {"gift": rule}
    shop.read()
    noticed = (shop.raw / "source.json").read_text(encoding="utf-8").count("'gift' matched no row")
    rule["optional"] = "true"
    shop.read()
    assert (noticed, "matched no row" in (shop.raw / "source.json").read_text(encoding="utf-8")) == (3, False)
