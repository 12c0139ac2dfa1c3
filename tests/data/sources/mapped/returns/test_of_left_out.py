"""Returns of lines that a rule leaves out: they go with their lines, and are no returns of unknown lines."""

import json
from typing import Any

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

HEADER = "line,order,customer,product,time,pieces,price,status\n"
LINES = (
    "l1,o1,c1,p1,2024-03-01 10:00,1,10,sent\nl2,o1,c1,p2,2024-03-01 10:00,1,20,sent\n"
    "l3,o2,c2,p1,2024-03-02 11:00,1,10,cancelled\n"
)
RETURNS = "id,line,order,product,time,pieces\nr1,l1,o1,p1,2024-03-09,1\nr2,l3,o2,p1,2024-03-09,1\n"


def tables(shop: FilesOfAShop, more: str, **keys: Any) -> dict[str, list[dict[str, Any]]]:
    shop.write("lines.csv", HEADER + LINES)
    shop.write("returns.csv", RETURNS + more)
    shop.mapping["order_lines"]["leave_out"] = {"gone": {"column": "status", "is": "cancelled"}}
    columns = {"return_id": "id", "returned_at": "time", "quantity": "pieces", **keys}
    match = [name for name in keys if name != "line_id"]
    shop.mapping["returns"] = {"file": "returns", "columns": columns, **({"match": match} if match else {})}
    return shop.read()


@pytest.mark.parametrize("keys", [{"line_id": "line"}, {"order_id": "order", "product_id": "product"}])
def test_a_return_of_a_line_that_is_left_out_is_left_out(shop: FilesOfAShop, keys: dict[str, str]) -> None:
    found = tables(shop, "", **keys)
    assert [row["return_id"] for row in found["returns"]] == ["r1"]
    assert found["rejects"] == []
    account = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))["accounts"][1]
    assert (account["kept"], account["left_out"], account["refused"]) == (1, {"line_left_out": 1}, 0)


def test_a_return_of_a_line_that_no_order_has_stays_unknown(shop: FilesOfAShop) -> None:
    found = tables(shop, "r3,l9,o2,p9,2024-03-09,1\n", order_id="order", product_id="product")
    assert [row["rule"] for row in found["rejects"]] == ["unknown_line"]


def test_a_product_alone_names_no_line_that_is_left_out(shop: FilesOfAShop) -> None:
    tables(shop, "", product_id="product")
    account = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))["accounts"][1]
    assert account["left_out"] == {}
