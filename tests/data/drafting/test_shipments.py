"""Of a line that is cut into shipments, the pieces of each row are taken, and it is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

ROWS = ("1,A,c1,2024-03-14,{0},5,S1,no", "1,A,c1,2024-03-14,{0},5,S2,no", "2,B,c2,2024-03-15,{1},5,S3,yes")


def drafted(folder: Path, header: str, cut: str, whole: str) -> Drafted:
    rows = [row.format(cut, whole) for row in ROWS]
    header = f"order,sku,customer,date,{header},price,shipment_id,returned"
    return Drafted(folder, a_csv="\n".join([header, *rows, ""]))


def test_the_quantity_that_adds_up_is_taken(tmp_path: Path) -> None:
    found = drafted(tmp_path, "quantity_ordered,quantity_shipped", "2,1", "1,1")

    assert found.lines["quantity"] == "quantity_shipped"
    assert "CHECK: or quantity_ordered?" in found.text


def test_another_quantity_that_does_not_add_up_is_asked(tmp_path: Path) -> None:
    found = drafted(tmp_path, "quantity,qty shipped", "2,2", "1,1")

    assert found.lines["quantity"] == "quantity"
    assert "CHECK: or qty shipped?" in found.text


def test_one_quantity_that_all_shipments_of_a_line_repeat_is_asked(tmp_path: Path) -> None:
    assert "CHECK: of this row alone?" in drafted(tmp_path, "quantity", "2", "1").text


def cut(folder: Path, key: str, back: str) -> Drafted:
    """A draft of 12 lines of two pieces in two shipments each; ``back``: the returned pieces of every second line."""
    rows = (
        f"{line // 2},{'' if key == 'order' else f'L{line},'}K{line % 5},A,{'SM'[line % 2]},2024-03-{line + 1:02d},2,5,"
        f"S{line}-{part},1,2024-03-{line + part + 5:02d},{(back if line % 2 else '0/0').split('/')[part]}\n"
        for line in range(12)
        for part in range(2)
    )
    header = "order,customer,sku,size,order date,quantity,price,shipment_id,shipped_qty,shipped_at,returned_qty\n"
    return Drafted(folder, a_csv=header.replace("order,customer", f"{key},customer", 1) + "".join(rows))


@pytest.mark.parametrize(
    ("key", "line"), [("order,line_id", "line_id"), ("order", {"columns": ["order", "sku", "size"]})]
)
@pytest.mark.parametrize("back", ["2/2", "1/1"])
def test_pieces_back_that_every_shipment_of_a_line_repeats_count_once(
    key: str, line: object, back: str, tmp_path: Path
) -> None:
    found = cut(tmp_path, key, back)

    assert (found.lines["line_id"], found.lines["quantity"]) == (line, "quantity")
    assert found.yaml["files"]["a"]["copies"] == {"newest_by": "shipped_at"}
    assert "CHECK: of the whole line, on each row of its shipments? shipped_qty adds up to it" in found.text
    assert "12 order lines of 6 orders" in found.printed
    assert "6 lines came back" in found.printed


def test_pieces_back_that_differ_between_shipments_are_those_of_the_shipment(tmp_path: Path) -> None:
    found = cut(tmp_path, "order", "1/0")

    assert found.lines["quantity"] == "shipped_qty"
    assert "copies" not in found.yaml["files"]["a"]
    assert "24 order lines of 6 orders" in found.printed


def parcels(folder: Path, header: str, cells: Callable[[int, int], str]) -> Drafted:
    """A draft of 12 numbered lines of two pieces with ``cells`` by line and parcel; returns stand in another file."""
    rows = (
        f"{line // 2},{line % 2 + 1},K{line % 5},A{line % 2},2024-03-{line + 1:02d},5,{cells(line, part)}\n"
        for line in range(12)
        for part in range(2)
    )
    lines = f"Order Number,Order Line,Customer,SKU,Ordered At,Unit Price,{header}\n" + "".join(rows)
    returns = "Return,Order Number,SKU,Qty,Received At\n" + "".join(
        f"R{number},{number},A1,2,2024-04-0{number + 1} 10:00:00\n" for number in range(3)
    )
    return Drafted(folder, a_csv=lines, returns_csv=returns)


@pytest.mark.parametrize("name", ["Qty in Parcel", "Colli"])
def test_a_line_whose_parcels_add_up_to_its_pieces_counts_once_by_whatever_name(name: str, tmp_path: Path) -> None:
    found = parcels(
        tmp_path,
        f"Qty Ordered,{name},Parcel,Shipped At",
        lambda line, part: f"2,1,P{line}-{part},2024-03-{line + part + 5:02d}",
    )

    assert (found.lines["line_id"], found.lines["quantity"]) == (
        {"columns": ["Order Number", "Order Line"]},
        "Qty Ordered",
    )
    assert found.yaml["files"]["a"]["copies"] == {"newest_by": "Shipped At"}
    assert f"{name} adds up to it" in found.text
    assert "12 order lines of 6 orders" in found.printed


def test_a_line_whose_number_and_pieces_several_rows_repeat_is_asked_with_the_fix(tmp_path: Path) -> None:
    found = parcels(tmp_path, "Qty Ordered,Parcel", lambda line, part: f"2,P{line}-{part}")

    assert "12 lines by Order Number and Order Line have several rows of one product" in found.text
    assert "line_id: {columns: [Order Number, Order Line]} and files.a.copies: fullest" in found.text
