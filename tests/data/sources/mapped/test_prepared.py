"""Rows as the tables read them: filled down within their order, and joined with other files."""

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal


def test_cells_of_an_order_are_filled_down_and_not_into_the_next_order(shop: FilesOfAShop) -> None:
    rows = (
        "l1,o1,anna-1,p1,2024-03-01 10:00,2,19.99\nl2,o1,,p2,,1,5\nl3,o2,,p1,2024-03-02 11:30,1,18.5\nl4,o2,,p1,,1,1\n"
    )
    shop.write("lines.csv", HEADER + rows)
    shop.mapping["files"]["lines"]["fill_down"] = {"within": "order", "columns": ["customer", "time"]}
    found = {row["line_id"]: row for row in shop.read()["order_lines"]}
    assert found["l2"]["customer_id"] == found["l1"]["customer_id"] is not None
    assert found["l3"]["customer_id"] is found["l4"]["customer_id"] is None
    assert found["l4"]["ordered_at"] == found["l3"]["ordered_at"]


def joined(shop: FilesOfAShop, orders: str) -> None:
    shop.write("lines.csv", "line,order,product,pieces,price\nl1,o1,p1,2,19.99\nl2, o1 ,p2,1,5\nl3,o2,p1,1,18.5\n")
    shop.write("orders.csv", "order,customer,time\n" + orders)
    shop.mapping["files"]["orders"] = {"path": "orders.csv"}
    shop.mapping["files"]["lines"]["join"] = {"orders": "order"}


def test_lines_take_the_columns_of_their_order_from_another_file(shop: FilesOfAShop) -> None:
    expected = shop.read()["order_lines"]
    joined(shop, "o1,anna-1,2024-03-01 10:00\no2,ben-2,2024-03-02 11:30\n")
    assert shop.read()["order_lines"] == expected


def test_lines_without_an_order_are_refused_by_what_they_lack(shop: FilesOfAShop) -> None:
    joined(shop, "o1,anna-1,2024-03-01 10:00\n")
    assert shop.rejected() == [("order_lines", "l3", "ordered_at", "missing_value", None)]


def test_an_order_that_stands_twice_and_differs_is_refused(shop: FilesOfAShop) -> None:
    joined(shop, "o1,anna-1,2024-03-01 10:00\no1,anna-1,2024-03-01 11:00\no2,ben-2,2024-03-02 11:30\n")
    assert refusal(shop).found == "1 of them in copies that differ, first at orders.csv:line 2: other 'time'"


def test_nothing_of_a_full_file_is_changed(shop: FilesOfAShop) -> None:
    expected = shop.read()
    shop.write("lines.csv", HEADER + ROWS)
    shop.mapping["files"]["lines"]["fill_down"] = {"within": "order", "columns": ["customer", "time"]}
    assert shop.read() == expected


@pytest.mark.parametrize(
    ("keys", "fix"),
    [(("o1.0", "o2.0"), "as text in both files"), (("x1", "x2"), "{from: COLUMN OF lines, to: COLUMN OF orders}")],
)
def test_a_join_that_finds_no_row_is_refused_with_its_cause(
    shop: FilesOfAShop, keys: tuple[str, str], fix: str
) -> None:
    shop.write("orders.csv", "number,state\n" + "".join(f"{key},open\n" for key in keys))
    shop.mapping["files"]["orders"] = {"path": "orders.csv"}
    shop.mapping["files"]["lines"]["join"] = {"orders": {"from": "order", "to": "number"}}
    shop.lines["region"] = "state"
    error = refusal(shop)
    assert "they are as x9 in lines, and x9" in error.found
    assert fix in error.fix


def test_an_order_number_on_the_first_row_alone_is_filled_down_with_what_stands_beside_it(shop: FilesOfAShop) -> None:
    rows = (
        "l0,,,p9,,1,1\nl1,o1,anna-1,p1,2024-03-01 10:00,2,19.99\nl2,,,p2,,1,5\nl3,o2,,p1,2024-03-02 11:30,1,18.5\n"
        "l4,,,p1,,1,1\n"
    )
    shop.write("lines.csv", HEADER + rows)
    shop.mapping["files"]["lines"]["fill_down"] = {"from_each": "order", "columns": ["customer", "time"]}
    tables = shop.read()
    found = {row["line_id"]: row for row in tables["order_lines"]}
    assert {name: row["order_id"] for name, row in found.items()} == {"l1": "o1", "l2": "o1", "l3": "o2", "l4": "o2"}
    assert found["l2"]["customer_id"] == found["l1"]["customer_id"] is not None
    assert found["l3"]["customer_id"] is found["l4"]["customer_id"] is None
    assert {row["key"] for row in tables["rejects"]} == {"l0"}  # before the first order


@pytest.mark.parametrize(
    "rule", [{"columns": ["time"]}, {"within": "order", "from_each": "order", "columns": ["time"]}]
)
def test_a_group_is_named_in_one_way(shop: FilesOfAShop, rule: dict[str, object]) -> None:
    shop.mapping["files"]["lines"]["fill_down"] = rule
    assert "give exactly one of within and from_each" in refusal(shop).found
