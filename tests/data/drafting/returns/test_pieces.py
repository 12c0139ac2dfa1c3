"""How many pieces came back, where a date alone marks a line, or where a file of returns has several numbers."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

HEADER = "Order,Customer,SKU,Order Date,Qty,Price,{},Return Date\n"
LINES = "order,sku,customer,date,qty,price\n1,A,c1,2024-03-14,2,5\n1,B,c1,2024-03-14,1,5\n2,A,c2,2024-03-15,1,5\n"


def dated(folder: Path, names: str, *cells: str) -> Drafted:
    """A draft of lines of two pieces with a date of return on every second one, and the ``cells`` beside it in turn."""
    empty = "," * names.count(",")
    rows = (
        f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d},2,9.90,"
        f"{f'{cells[n // 2 % len(cells)]},2024-04-{n + 1:02d}' if n % 2 == 0 else f'{empty},'}\n"
        for n in range(20)
    )
    return Drafted(folder, a_csv=HEADER.format(names) + "".join(rows))


def test_a_part_of_a_line_that_no_number_says_is_asked(tmp_path: Path) -> None:
    found = dated(tmp_path, "Return Status,Refund Amount", "Full,19.80", "Partial,9.90")

    assert "CHECK: all pieces of 10 lines with several pieces count as returned" in found.text
    assert "Refund Amount is below the value of some of them" in found.text
    assert found.yaml["order_lines"]["unknown_outcome"] == {
        "returned in part": {"column": "Return Status", "is": ["Partial"]}
    }


def test_one_of_two_pieces_is_one_piece(tmp_path: Path) -> None:
    found = dated(tmp_path, "Returned", "1/2", "2/2")

    assert found.yaml["returns"]["columns"]["quantity"] == {"column": "Returned", "extract": r"^(\d+)"}
    assert "10 lines came back" in found.printed


def test_a_return_is_what_was_received_on_its_day(tmp_path: Path) -> None:
    returns = (
        "order,sku,requested qty,received qty,requested,received,refunded\n"
        "1,A,2,1,2024-03-20,2024-03-22,2024-03-25\n2,A,1,0,2024-03-20,2024-03-22,2024-03-25\n"
    )
    part = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns).yaml["returns"]

    assert part["columns"]["quantity"] == "received qty"
    assert part["leave_out"] == {"without pieces": {"column": "received qty", "is": ["0"]}}
    assert (part["columns"]["returned_at"], part["columns"]["requested_at"]) == ("received", "requested")


def test_beside_a_line_what_was_received_counts_and_the_other_numbers_are_named_with_their_lines(
    tmp_path: Path,
) -> None:
    rows = (
        f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d},2,9.90,{n % 4 == 0 and 2:d},{n % 8 == 0 and 2:d},{n % 4 == 1:d},0,"
        f"{f'2024-04-{n + 1:02d}' if n % 4 == 0 else ''}\n"
        for n in range(24)
    )
    names = "Qty requested back,Qty received back,Qty cancelled,Qty damaged"
    part = Drafted(tmp_path, a_csv=HEADER.format(names) + "".join(rows))

    assert part.yaml["returns"]["columns"]["quantity"] == part.yaml["returns"]["flag"]["column"] == "Qty received back"
    assert "it marks 3 lines; other numbers: Qty requested back marks 6\n" in part.text


def test_pieces_are_found_beside_cells_that_stand_for_no_value(tmp_path: Path) -> None:
    rows = (
        f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d},2,9.90,"
        f"{'1,2024-04-01 10:00:00' if n % 2 else 'NULL,0000-00-00 00:00:00'}\n"
        for n in range(20)
    )
    found = Drafted(
        tmp_path, a_csv="order,customer,sku,order date,qty,price,returned_qty,returned_at\n" + "".join(rows)
    )

    assert found.yaml["files"]["a"]["missing"] == ["NULL", "0000-00-00 00:00:00"]
    assert found.yaml["returns"]["columns"]["quantity"] == "returned_qty"
    assert found.yaml["returns"]["flag"]["kept"] == ["0", "", "NULL"]
    assert "no number of pieces was found" not in found.text
    assert "10 lines came back, 0 have an unknown outcome" in found.printed


@pytest.mark.parametrize(("named", "taken"), [("returned", True), ("Zurück", True), ("comment", False)])
def test_of_two_numbers_the_one_named_for_returns_counts_if_it_is_never_above_the_ordered_pieces(
    named: str,
    taken: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    returns = f"order,sku,quantity,{named},day\n1,A,3,2,2024-03-20\n1,B,1,1,2024-03-20\n2,A,2,1,2024-03-22\n"
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns)

    assert found.yaml["returns"]["columns"]["quantity"] == (named if taken else "quantity")
    assert ("CHECK: do these pieces count as back? other numbers: quantity" in found.text) is taken


def test_a_number_named_for_returns_that_may_be_a_flag_is_named_beside_the_pieces(tmp_path: Path) -> None:
    returns = "order,sku,quantity,returned,day\n1,A,3,1,2024-03-20\n1,B,1,1,2024-03-20\n2,A,2,1,2024-03-22\n"
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns)

    assert found.yaml["returns"]["columns"]["quantity"] == "quantity"
    assert "CHECK: do these pieces count as back? other numbers: returned" in found.text
