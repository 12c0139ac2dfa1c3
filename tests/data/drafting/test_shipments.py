"""Of a line that is cut into shipments, the pieces of each row are taken, and it is asked."""

from pathlib import Path

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
