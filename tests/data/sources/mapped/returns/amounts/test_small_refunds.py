"""A refund of far less than its pieces cost is no return by ``least_refund``, and named without it."""

import json

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal
from tests.data.sources.mapped.returns.returns_of_a_shop import unknown

RETURNS = "id,line,time,pieces,why,money\n"
ROWS = (
    "r1,l1,2024-03-09,2,too small,5.00\n"  # two pieces at 19.99
    "r2,l2,2024-03-09,1,too small,2.50\n"  # half of 5.00
    "r3,l3,2024-03-09,1,too small,0.00\n"  # exchanged: nothing was paid
)


@pytest.fixture
def refunds(shop: FilesOfAShop) -> FilesOfAShop:
    """The shop with the refunded amount of each return mapped."""
    shop.write("returns.csv", RETURNS + ROWS)
    shop.mapping["returns"]["columns"]["refunded_minor"] = "money"
    return shop


def report(shop: FilesOfAShop) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = json.loads((shop.raw / "source.json").read_text())
    return found


def test_a_smaller_refund_is_no_return_and_its_line_is_unknown(refunds: FilesOfAShop) -> None:
    refunds.mapping["returns"]["least_refund"] = 0.5
    tables = refunds.read()

    assert [row["line_id"] for row in tables["returns"]] == ["l2", "l3"]
    assert unknown(tables) == {"l1"}
    assert tables["rejects"] == []
    assert report(refunds)["decisions"]["returns.refunded_minor"] == {"paid_back_less_than_its_pieces_cost": 1}


def test_a_line_that_another_row_returned_came_back(refunds: FilesOfAShop) -> None:
    refunds.mapping["returns"]["least_refund"] = 0.5
    refunds.write("returns.csv", RETURNS + ROWS + "r4,l1,2024-03-10,2,too small,39.98\n")
    tables = refunds.read()

    assert [row["return_id"] for row in tables["returns"]] == ["r2", "r3", "r4"]
    assert unknown(tables) == set()


def test_without_a_rule_it_stays_a_return_and_a_notice_names_it(
    refunds: FilesOfAShop, caplog: pytest.LogCaptureFixture
) -> None:
    tables = refunds.read()

    assert [row["line_id"] for row in tables["returns"]] == ["l1", "l2", "l3"]
    assert "1 of 3 returns were paid back less than half of what their pieces cost" in caplog.text
    assert "first at returns.csv:line 2" in caplog.text


def test_a_refund_of_money_below_zero_is_read_without_its_sign(refunds: FilesOfAShop) -> None:
    refunds.write("returns.csv", RETURNS + "r1,l1,2024-03-09,2,too small,-39.98\n")
    refunds.mapping["returns"] |= {"least_refund": 0.5}
    refunds.mapping["returns"]["columns"]["refunded_minor"] = {"column": "money", "sign": "drop"}

    assert [row["refunded_minor"] for row in refunds.read()["returns"]] == [3998]


def test_a_refund_of_several_lines_is_compared_with_all_of_them(refunds: FilesOfAShop) -> None:
    refunds.write("returns.csv", "id,order,time,money\nr1,o1,2024-03-09,25.00\nr2,o2,2024-03-09,5.00\n")
    columns = {"return_id": "id", "order_id": "order", "returned_at": "time", "refunded_minor": "money"}
    rule = {"file": "returns", "match": ["order_id"], "whole_order": True, "columns": columns, "least_refund": 0.5}
    refunds.mapping["returns"] = rule
    tables = refunds.read()

    assert {row["line_id"] for row in tables["returns"]} == {"l1", "l2"}  # 25.00 of 44.98
    assert unknown(tables) == {"l3"}  # 5.00 of 18.50


def test_the_rule_without_the_amount_is_refused(shop: FilesOfAShop) -> None:
    shop.mapping["returns"]["least_refund"] = 0.5
    assert "returns.least_refund and no returns.columns.refunded_minor" in refusal(shop).found


def test_a_reason_by_which_the_goods_stayed_is_named(shop: FilesOfAShop, caplog: pytest.LogCaptureFixture) -> None:
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,2024-03-09,1,Late delivery compensation\n")
    shop.mapping["returns"]["reasons"] = {"Late delivery compensation": "OTHER"}
    shop.read()

    assert "1 returns have a reason by which money alone went back, first at returns.csv:line 2" in caplog.text
    assert "returns.leave_out: {money alone: {column: why, is: [THESE REASONS]}}" in caplog.text
