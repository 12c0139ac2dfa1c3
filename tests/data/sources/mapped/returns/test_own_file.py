"""Returns from a separate file find their lines by columns, or the run says why they don't."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop


def match(shop: FilesOfAShop, rows: str) -> None:
    shop.lines["size"] = "pieces"
    shop.mapping["returns"] = {
        "file": "returns",
        "match": ["order_id", "product_id", "size"],
        "columns": {
            "return_id": "id", "order_id": "order", "product_id": "product", "size": "size", "returned_at": "time",
            "quantity": {"constant": "1"},
        },
    }  # fmt: skip
    shop.write("returns.csv", "id,order,product,size,time\n" + rows)


def test_returns_without_line_ids_find_their_line_by_its_columns(shop: FilesOfAShop) -> None:
    match(shop, "r1,o1,p2,1,2024-03-09\nr2,o2,p1,1,2024-03-09\n")
    assert {row["return_id"]: row["line_id"] for row in shop.read()["returns"]} == {"r1": "l2", "r2": "l3"}


def test_equal_lines_take_their_returns_in_turn(shop: FilesOfAShop) -> None:
    header = "line,order,customer,product,time,pieces,price\n"
    shop.write("lines.csv", header + "l1,o1,c,p1,2024-03-01,1,1\nl2,o1,c,p1,2024-03-01,1,1\n")
    match(shop, "r1,o1,p1,1,2024-03-09\nr2,o1,p1,1,2024-03-10\nr3,o1,p1,1,2024-03-11\n")
    tables = shop.read()
    assert {row["return_id"]: row["line_id"] for row in tables["returns"]} == {"r1": "l1", "r2": "l2"}
    assert [(row["rule"], row["key"]) for row in tables["rejects"]] == [("above_ordered", "returns.csv:line 4")]


def test_a_return_that_finds_no_line_is_rejected(shop: FilesOfAShop) -> None:
    match(shop, "r1,o9,p9,1,2024-03-09\nr2,o1,p2,1,2024-03-09\n")
    tables = shop.read()
    assert [row["return_id"] for row in tables["returns"]] == ["r2"]
    assert [(row["table"], row["key"], row["rule"], row["value"]) for row in tables["rejects"]] == [
        ("returns", "returns.csv:line 2", "unknown_line", "order_id o9, product_id p9, size 1")
    ]


def test_where_no_return_finds_a_line_the_run_stops_with_the_rule_and_an_example(shop: FilesOfAShop) -> None:
    match(shop, "r1,o9,p9,1,2024-03-09\n")
    with pytest.raises(UserError) as caught:
        shop.read()
    assert "unknown_line of 1 returns (returns.csv:line 2, order_id o9" in caught.value.found
    assert "no order_id of the returns is one of the order lines'" in caught.value.fix


def test_matching_columns_that_the_lines_lack_are_refused(shop: FilesOfAShop) -> None:
    match(shop, "r1,o1,p2,1,2024-03-09\n")
    del shop.lines["size"]
    with pytest.raises(UserError, match=r"returns\.match names 'size'"):
        shop.read()
