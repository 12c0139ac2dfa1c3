"""Lists of returns within orders of JSON are found, however deep, and drafted as returns of their own."""

import json
from pathlib import Path

import pytest

from data.drafting.layouts.nested import returns_of
from tests.data.drafting.files import Drafted


@pytest.mark.parametrize(
    ("order", "path"),
    [
        ({"items": [{"sku": "A"}], "refunds": [{"id": 1}]}, "refunds"),
        ({"refunds": [{"id": 1, "refund_line_items": [{"line": 1}]}]}, "refunds.refund_line_items"),
        ({"items": [{"sku": "A"}, {"sku": "B", "returns": [{"qty": 1}]}]}, "items.returns"),
        ({"order": {"returns": [{"qty": 1}]}}, "order.returns"),
        ({"items": [{"sku": "A", "return_policies": [{"days": 30}], "resources": [{"x": 1}]}], "refunds": []}, None),
    ],
)
def test_the_innermost_list_about_returns_is_named(order: dict[str, object], path: str | None) -> None:
    assert returns_of([json.dumps({"items": [{"sku": "A"}]}), json.dumps(order), ""]) == path


def orders(within: str) -> str:
    """Six orders of two items; of every second order one piece of the second item came back."""
    found = []
    for number in range(6):
        items = [{"line_id": 10 * number + n, "sku": f"P{n}", "quantity": 2, "price": 9.5} for n in range(2)]
        back = {"created_at": f"2024-03-{number + 10}T10:00:00Z"} if number % 2 else None
        order = {"order_id": f"o{number}", "customer": {"id": f"c{number % 3}"}, "items": items}
        order["created_at"] = f"2024-03-0{number + 1}T10:00:00Z"
        if within == "order":
            order["refunds"] = [{**back, "lines": [{"line_id": 10 * number + 1, "quantity": 1}]}] if back else []
        else:
            items[1]["returns"] = [{**back, "quantity": 1}] if back else []
        found.append(json.dumps(order))
    return "\n".join(found) + "\n"


@pytest.mark.parametrize(("within", "rows_of"), [("order", "refunds.lines"), ("item", "items.returns")])
def test_returns_within_orders_or_items_are_drafted(within: str, rows_of: str, tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders(within))

    part = found.yaml["returns"]
    assert found.yaml["files"][part["file"]]["rows_of"] == rows_of
    assert part["columns"]["line_id"].endswith("line_id")
    assert part["columns"]["returned_at"] == f"{'refunds' if within == 'order' else rows_of}.created_at"
    assert part["columns"]["quantity"] == f"{rows_of}.quantity"
    assert "3 lines came back" in found.printed
