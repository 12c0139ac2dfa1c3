"""Order lines whose file lacks ids or dates, and customers' ids in them."""

import pytest

from data.errors import UserError
from data.pseudonyms.pseudonyms import from_environment
from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop


def named(customer: str) -> str:
    (found,) = from_environment().find([customer])
    assert found is not None
    return found


def test_customer_ids_are_pseudonyms_in_every_table(shop: FilesOfAShop) -> None:
    tables = shop.read()
    anna, ben = named("anna-1"), named("ben-2")
    assert [row["customer_id"] for row in tables["order_lines"]] == [anna, anna, ben]
    assert {row["customer_id"] for row in tables["customers"]} == {anna, ben}


def test_no_output_holds_a_customers_own_id(shop: FilesOfAShop) -> None:
    shop.lines["order_id"] = {"one_order_per": "customer_and_day"}
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["files"].pop("returns")
    shop.mapping["returns"] = {"columns": {"returned_at": "returned"}}
    rows = "x,anna-1,p1,2024-03-01,1,1,\nx,anna-1,p1,never,1,1,\nx,anna-1,p1,2024-03-01,1,1,never\n"
    shop.write("lines.csv", "order,customer,product,time,pieces,price,returned\n" + rows + "x,anna-1\n")
    tables = shop.read()
    assert len(tables["rejects"]) == 3
    assert "anna" not in str(tables)
    assert all(b"anna" not in file.read_bytes() for file in shop.raw.iterdir())


def test_lines_of_one_customer_on_one_day_are_one_order(shop: FilesOfAShop) -> None:
    shop.lines["order_id"] = {"one_order_per": "customer_and_day"}
    shop.write(
        "lines.csv",
        HEADER
        + "l1,,anna,p1,2024-03-01 10:00,1,1\n"
        + "l2,,anna,p2,2024-03-01 23:59,1,1\n"
        + "l3,,anna,p1,2024-03-02 00:00,1,1\n"
        + "l4,,ben,p1,2024-03-01 10:00,1,1\n",
    )
    lines = {row["line_id"]: row for row in shop.read()["order_lines"]}
    assert lines["l1"]["order_id"] == lines["l2"]["order_id"]
    assert lines["l1"]["order_id"].endswith("-20240301")
    assert named("anna") not in lines["l1"]["order_id"]  # the order stays when the customer is erased
    assert lines["l2"]["ordered_at"] == lines["l1"]["ordered_at"]
    assert len({row["order_id"] for row in lines.values()}) == 3


def test_the_day_of_an_order_is_the_shops_local_day(shop: FilesOfAShop) -> None:
    shop.mapping["timezone"] = "America/New_York"
    shop.lines["order_id"] = {"one_order_per": "customer_and_day"}
    rows = "l1,,anna,p1,2024-03-01 18:00,1,1\nl2,,anna,p2,2024-03-01 20:00,1,1\n"  # 20:00 is the next day in UTC
    shop.write("lines.csv", HEADER + rows)
    assert len({row["order_id"] for row in shop.read()["order_lines"]}) == 1


def test_guests_have_no_customer_and_orders_of_their_own(shop: FilesOfAShop) -> None:
    shop.lines["order_id"] = {"one_order_per": "customer_and_day"}
    shop.write("lines.csv", HEADER + "l1,,,p1,2024-03-01,1,1\nl2,,,p1,2024-03-01,1,1\n")
    tables = shop.read()
    assert [row["customer_id"] for row in tables["order_lines"]] == [None, None]
    assert len({row["order_id"] for row in tables["order_lines"]}) == 2
    assert tables["customers"] == []


def test_line_ids_count_the_rows_of_an_order(shop: FilesOfAShop) -> None:
    shop.lines["line_id"] = {"generated": "by_position"}
    del shop.mapping["returns"]["reasons"]
    shop.mapping["returns"]["match"] = ["order_id", "product_id"]
    shop.mapping["returns"]["columns"] = {
        "return_id": "id", "order_id": "order", "product_id": "product", "returned_at": "time",
        "quantity": {"constant": "1"},
    }  # fmt: skip
    shop.write("returns.csv", "id,order,product,time\nr1,o1,p2,2024-03-09\n")
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["o1-1", "o1-2", "o2-1"]
    assert tables["returns"][0]["line_id"] == "o1-2"


FLAGGED = "line,order,customer,product,time,price,delivered,back\n"
FLAG = {"column": "back", "returned": "1", "kept": ["0"], "unknown": ""}
KNOWN = {"delivered_days": "14", "ordered_days": "21"}


def flagged(shop: FilesOfAShop, rows: str) -> None:
    shop.lines["quantity"] = {"constant": "1"}
    shop.lines["delivered_at"] = {"column": "delivered", "missing": ["?", "1990-12-31"]}
    shop.one_flat_file(FLAGGED + rows, FLAG, known_after=KNOWN)


def test_outcomes_become_known_after_delivery_or_else_after_the_order(shop: FilesOfAShop) -> None:
    flagged(
        shop,
        "l1,o1,c,p,2024-03-01,1,2024-03-04,1\n"
        "l2,o1,c,p,2024-03-01,1,2024-03-05,0\n"
        "l3,o1,c,p,2024-03-01,1,?,1\n"
        "l4,o1,c,p,2024-03-01,1,1990-12-31,0\n"
        "l5,o1,c,p,2024-03-01,1,2024-03-05,\n",
    )
    tables = shop.read()
    days = {row["line_id"]: row["closes_at"] and f"{row['closes_at']:%m-%d}" for row in tables["order_lines"]}
    assert days == {"l1": "03-18", "l2": "03-19", "l3": "03-22", "l4": "03-22", "l5": None}
    assert {row["line_id"]: f"{row['returned_at']:%m-%d}" for row in tables["returns"]} == {
        "l1": "03-18",
        "l3": "03-22",
    }
    assert [row["outcome_recorded"] for row in tables["order_lines"]] == [True, True, True, True, False]
    assert [row["quantity"] for row in tables["order_lines"]] == [1] * 5


def test_a_flag_that_the_mapping_does_not_list_stops_with_all_such_values(shop: FilesOfAShop) -> None:
    flagged(shop, "l1,o1,c,p,2024-03-01,1,?,1\nl2,o1,c,p,2024-03-01,1,?,x\nl3,o1,c,p,2024-03-01,1,?,x\n")
    with pytest.raises(UserError, match="'x' on 2 lines"):
        shop.read()


def test_an_empty_flag_is_unknown_only_if_the_mapping_says_so(shop: FilesOfAShop) -> None:
    flagged(shop, "l1,o1,c,p,2024-03-01,1,?,\n")
    shop.mapping["returns"]["flag"] = {"column": "back", "returned": "1", "kept": "0"}
    with pytest.raises(UserError, match="'' on 1 lines"):
        shop.read()


def test_a_flag_may_be_any_number_of_pieces_and_an_empty_one_is_still_asked(shop: FilesOfAShop) -> None:
    flagged(shop, "l1,o1,c,p,2024-03-01,1,?,2\nl2,o1,c,p,2024-03-01,1,?,0\nl3,o1,c,p,2024-03-01,1,?,17\n")
    shop.mapping["returns"]["flag"] = {"column": "back", "returned": "*", "kept": "0"}
    assert [row["line_id"] for row in shop.read()["returns"]] == ["l1", "l3"]

    shop.write("lines.csv", FLAGGED + "l1,o1,c,p,2024-03-01,1,?,2\nl2,o1,c,p,2024-03-01,1,?,\n")
    with pytest.raises(UserError, match="'' on 1 lines"):
        shop.read()


def test_a_condition_takes_a_value_that_stands_for_a_missing_one_for_empty(shop: FilesOfAShop) -> None:
    shop.write(
        "lines.csv",
        HEADER.replace("price", "price,parent") + "l1,o1,c,p1,2024-03-01,1,1,NULL\nl2,o1,c,p2,2024-03-01,1,1,l1\n",
    )
    shop.mapping["files"]["lines"]["missing"] = "NULL"
    shop.mapping["order_lines"]["leave_out"] = {"children": {"column": "parent", "empty": False}}
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["l1"]
    shop.mapping["order_lines"]["leave_out"] = {"parents": {"column": "parent", "is": "NULL"}}
    shop.mapping["files"]["lines"]["ignore"] = ["parent"]
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["l2"]
