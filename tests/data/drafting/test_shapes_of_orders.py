"""Orders whose lines do not stand row by row with all of their cells: nested, headed, or told by two columns."""

import json
from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

ORDERS = "Order ID,Order Date,Customer ID,SKU,Qty,Unit Price,Return Date\n"


def test_items_in_a_list_are_the_rows(tmp_path: Path) -> None:
    orders = [
        {"id": n, "created_at": f"2024-03-0{n}T10:00:00Z", "customer": {"id": 7}, "items": [
            {"id": 10 * n + m, "sku": f"A{m}", "qty": 1, "price": 5} for m in range(n)
        ]} for n in (1, 2, 3)
    ]  # fmt: skip
    returns = [{"id": 900, "order_id": 2, "item_id": 20, "qty": 1, "created_at": "2024-03-09T10:00:00Z"}]
    lines = ("".join(json.dumps(item) + "\n" for item in content) for content in (orders, returns))
    found = Drafted(tmp_path, **dict(zip(("orders.jsonl", "returns.jsonl"), lines, strict=True)))
    assert found.yaml["files"]["orders"]["rows_of"] == "items"
    assert (found.lines["line_id"], found.lines["order_id"], found.lines["product_id"]) == (
        "items.id",
        "id",
        "items.sku",
    )
    assert "6 order lines of 3 orders" in found.printed
    assert "1 lines came back" in found.printed


def test_an_order_whose_number_stands_on_its_first_row_alone_is_filled_down(tmp_path: Path) -> None:
    rows = "1,2024-03-01,c1,A,1,5,\n,,,B,1,6,2024-03-09\n2,2024-03-02,,A,1,5,\n,,,C,1,7,\n"
    found = Drafted(tmp_path, orders_csv=ORDERS + rows)
    assert found.yaml["files"]["orders"]["fill_down"] == {
        "from_each": "Order ID",
        "columns": ["Order Date", "Customer ID"],
    }
    assert "4 order lines of 2 orders" in found.printed
    assert "2 lines of guests" in found.printed


@pytest.mark.parametrize("nothing", ["1970-01-01 00:00", "01.01.1970", "9999-12-31", "0001-01-01T00:00:00"])
def test_a_time_that_programs_write_for_none_is_asked_for(tmp_path: Path, nothing: str) -> None:
    date = "2024-03-0{0}" if nothing[:4].isdigit() else "0{0}.03.2024"
    rows = "".join(f"{n},{date.format(n)},c{n},A,1,5,{date.format(9) if n == 1 else nothing}\n" for n in range(1, 5))
    found = Drafted(tmp_path, orders_csv=ORDERS + rows)
    assert found.yaml["returns"]["columns"]["returned_at"]["missing"] == [nothing]
    assert "1 lines came back" in found.printed


def test_a_flag_that_counts_is_a_number_of_pieces(tmp_path: Path) -> None:
    rows = "".join(f"{n},2024-03-0{n},c{n},A,3,5,{n - 1}\n" for n in range(1, 5))
    found = Drafted(tmp_path, orders_csv=ORDERS.replace("Return Date", "Returned") + rows)
    assert found.yaml["returns"]["columns"]["quantity"] == "Returned"
    assert "3 lines came back" in found.printed


def test_an_order_and_its_position_name_a_line_in_both_files(tmp_path: Path) -> None:
    head = "Order,Pos,Date,Customer,SKU,Qty,Price\n"
    sold = head + "1,1,2024-03-01,c1,A,1,5\n1,2,2024-03-01,c1,B,1,6\n2,1,2024-03-02,c2,A,1,5\n"
    found = Drafted(tmp_path, sold_csv=sold, back_csv="Order,Pos,Returned on,Pieces returned\n1,2,2024-03-09,1\n")
    both = {"columns": ["Order", "Pos"]}
    assert (found.lines["line_id"], found.yaml["returns"]["columns"]["line_id"]) == (both, both)
    assert "1 lines came back" in found.printed


def test_returns_that_know_the_customer_by_an_e_mail_are_matched_by_it(tmp_path: Path) -> None:
    sold = ORDERS.replace("Customer ID", "Email").replace(",Return Date", "")
    rows = "".join(f"{n},2024-03-0{n},p{n % 3}@shop.example,A{n % 2},1,5\n" for n in range(1, 7))
    back = "Email,SKU,Return Date,Qty\np1@shop.example,A1,2024-03-09,1\n"
    found = Drafted(tmp_path, orders_csv=sold + rows, returns_csv=back)
    assert found.yaml["returns"]["match"] == ["product_id", "customer_id"]
    assert found.yaml["returns"]["columns"]["customer_id"] == {"column": "Email", "key": "email"}
    assert "1 lines came back" in found.printed


def test_a_file_with_a_row_for_each_order_is_joined_though_it_has_a_reference(tmp_path: Path) -> None:
    details = "id_order_detail,id_order,product_id,product_quantity,unit_price,product_quantity_return\n"
    items = details + "1,1001,4,1,5.00,0\n2,1001,5,2,6.00,1\n3,1002,4,1,5.00,0\n"
    orders = "id_order,reference,id_customer,date_add\n1001,XA,7,2024-03-01 10:00:00\n1002,XB,8,2024-03-02 11:00:00\n"
    found = Drafted(tmp_path, details_csv=items, orders_csv=orders)
    assert found.yaml["files"]["details"]["join"] == {"orders": "id_order"}
    assert "3 order lines of 2 orders" in found.printed
    assert "1 lines came back" in found.printed
