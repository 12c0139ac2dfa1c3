"""Which rows of a file of returns came back, and which are asked."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

LINES = "order,sku,customer,date,qty,price\n1,A,c1,2024-03-14,1,5\n1,B,c1,2024-03-14,1,5\n2,A,c2,2024-03-15,1,5\n"


def returned(folder: Path, header: str, *cells: str) -> Drafted:
    """A draft of the lines and a return of each, with the ``cells`` of the columns ``header``."""
    keys = ("1,A", "1,B", "2,A")
    rows = [f"{key},2024-03-2{number},1,{cell}" for number, (key, cell) in enumerate(zip(keys, cells, strict=True))]
    return Drafted(folder, orders_csv=LINES, returns_csv="\n".join([f"order,sku,return date,qty,{header}", *rows, ""]))


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("status", "Rejected"), ("State", "Cancelled"), ("rma_status", "Return requested"),
        ("Return Status", "abgelehnt"), ("resolution", "Refusé"), ("Statut", "en attente"),
    ],
)  # fmt: skip
def test_returns_that_did_not_come_back_are_left_out(name: str, state: str, tmp_path: Path) -> None:
    found = returned(tmp_path, name, "Received", state, "Received")

    assert found.yaml["returns"]["leave_out"] == {f"not back by {name}": {"column": name, "is": [state]}}
    assert "CHECK: these came back: Received" in found.text
    assert "2 lines came back" in found.printed


def test_states_that_are_not_known_are_asked(tmp_path: Path) -> None:
    found = returned(tmp_path, "status", "Done", "Closed", "Done")

    assert "leave_out" not in found.yaml["returns"]
    assert "CHECK: each counts as returned, whatever status says: Done, Closed" in found.text


@pytest.mark.parametrize(
    ("name", "cells"), [("State", ("NY", "CA", "NY")), ("Payment Status", ("pending", "paid", ""))]
)
def test_a_region_and_the_state_of_something_else_leave_nothing_out(
    name: str, cells: tuple[str, ...], tmp_path: Path
) -> None:
    found = returned(tmp_path, name, *cells)

    assert "leave_out" not in found.yaml["returns"]
    assert "whatever" not in found.text


def test_a_requested_return_beside_the_line_did_not_come_back(tmp_path: Path) -> None:
    lines = [
        f"{row},{state}"
        for row, state in zip(LINES.split(), ("status", "Returned", "Return requested", "Delivered"), strict=True)
    ]
    flag = Drafted(tmp_path, orders_csv="\n".join([*lines, ""])).yaml["returns"]["flag"]

    assert flag == {
        "column": "status",
        "returned": ["Returned"],
        "kept": ["Delivered"],
        "unknown": ["Return requested"],
    }


def test_a_number_of_returns_with_several_rows_is_none_of_a_row(tmp_path: Path) -> None:
    one, several = tmp_path / "one", tmp_path / "several"
    one.mkdir()
    several.mkdir()

    assert returned(one, "rma_no", "R1", "R2", "R3").yaml["returns"]["columns"]["return_id"] == "rma_no"
    found = returned(several, "rma_no", "R1", "R1", "R2")
    assert found.yaml["returns"]["columns"]["return_id"] == {"generated": "by_position"}
    assert "CHECK: rma_no is not of one row" in found.text
    assert "3 lines came back" in found.printed


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("qty_returned", ("0", "2", "1")), ("Retourmenge", ("", "2", "1")),
        ("returned quantity", ("0.00", "2.00", "1.00")), ("Menge retourniert", ("0", "2", "1")),
        ("Qté retournée", ("", "2", "1")),
    ],
)  # fmt: skip
def test_a_number_of_returned_pieces_beside_a_line_is_a_return_of_it(
    name: str, cells: tuple[str, ...], tmp_path: Path
) -> None:
    rows = ["1,A,c1,2024-03-14,3,5", "1,B,c1,2024-03-14,3,5", "2,A,c2,2024-03-15,3,5"]
    lines = [f"{row},{cell}" for row, cell in zip(rows, cells, strict=True)]
    found = Drafted(tmp_path, orders_csv="\n".join([f"order,sku,customer,date,qty,price,{name}", *lines, ""]))

    returns = found.yaml["returns"]
    assert (returns["flag"]["column"], returns["flag"]["returned"], returns["flag"]["kept"][-1]) == (
        name,
        "*",
        cells[0],
    )
    assert "2 lines came back" in found.printed
    assert "CHECK: does this count the pieces" in found.text
    assert ("does an empty cell mean none?" in found.text) == (not cells[0])


def test_pieces_without_the_date_of_their_return_are_of_unknown_outcome_and_not_kept(tmp_path: Path) -> None:
    rows = "order,sku,customer,date,qty,price,qty_returned,return_date\n1,A,c1,2024-03-14,3,5,0,\n"
    rows += "1,B,c1,2024-03-14,3,5,2,2024-03-20\n2,A,c2,2024-03-15,3,5,1,\n"
    found = Drafted(tmp_path, orders_csv=rows)

    assert found.yaml["returns"]["columns"] == {"returned_at": "return_date", "quantity": "qty_returned"}
    assert "1 lines came back, 1 have an unknown outcome" in found.printed


CREDITED = (
    "Invoice,Date,Customer,SKU,Qty,Unit Price{0}\n"
    "F1,2024-03-01,c1,A,1,10.00{1}\nF1,2024-03-01,c1,B,2,20.00{1}\nF2,2024-03-02,c2,A,1,10.00{1}\n"
    "F3,2024-03-03,c3,C,1,30.00{1}\nF4,2024-03-04,c1,C,1,30.00{1}\n"
)


def test_refunds_with_numbers_of_their_own_are_matched_by_customer_and_product(tmp_path: Path) -> None:
    found = Drafted(tmp_path, sales_csv=CREDITED.format("", "") + "K1,2024-03-09,c1,A,-1,10.00\n")

    match = found.yaml["returns"]["match"]
    assert match == {"by": ["customer_id", "product_id"], "prefer": ["price_minor", "quantity"], "choose": "latest"}
    assert "1 lines came back" in found.printed
    assert "CHECK: refunds have order numbers of their own" in found.text


def test_rows_that_name_another_order_undo_its_lines(tmp_path: Path) -> None:
    rows = CREDITED.format(",Applies To", ",") + "K1,2024-03-09,c1,A,1,10.00,F1\n"
    found = Drafted(tmp_path, sales_csv=rows)

    returns = found.yaml["returns"]
    assert (returns["rows"], returns["match"]) == (
        {"column": "Applies To", "empty": "false"},
        ["order_id", "product_id"],
    )
    assert returns["columns"]["order_id"] == "Applies To"
    assert "5 order lines of 4 orders" in found.printed
    assert "1 lines came back" in found.printed


@pytest.mark.parametrize(
    ("name", "state"),
    [("Inspection Result", "Not accepted"), ("Outcome", "Sent back to customer"), ("Prüfergebnis", "nicht angenommen"),
     ("Verdict", "Expired")],
)  # fmt: skip
def test_what_an_inspection_found_is_a_state_of_the_return(name: str, state: str, tmp_path: Path) -> None:
    found = returned(tmp_path, name, "Accepted", state, "Refunded to customer")

    assert found.yaml["returns"]["leave_out"] == {f"not back by {name}": {"column": name, "is": [state]}}
    assert "CHECK: these came back: Accepted, Refunded to customer" in found.text


@pytest.mark.parametrize(
    ("name", "rule", "value"),
    [("Type", "not back by Type", "Price match"), ("Reason", "money alone by Reason", "Shipping refund")],
)
def test_a_refund_of_money_alone_is_no_return(name: str, rule: str, value: str, tmp_path: Path) -> None:
    found = returned(tmp_path, name, "Too small", value, "Too small")

    assert found.yaml["returns"]["leave_out"] == {rule: {"column": name, "is": [value]}}
    assert "2 lines came back" in found.printed


def test_returns_come_back_when_they_are_inspected_and_are_asked_for_when_they_are_registered(tmp_path: Path) -> None:
    returns = "return id,order,sku,Registered,Inspected,Closed\nR1,1,A,2024-03-20,2024-03-25,2024-03-26\n"
    orders = "order,sku,customer,date,qty,price\n1,A,c1,2024-03-14,1,5\n1,B,c1,2024-03-14,1,5\n"
    found = Drafted(tmp_path, orders_csv=orders, returns_csv=returns)

    columns = found.yaml["returns"]["columns"]
    assert (columns["returned_at"], columns["requested_at"]) == ("Inspected", "Registered")
    assert "CHECK: did the goods come back at Inspected? other dates: Closed" in found.text
    assert "CHECK: was the return asked for at Registered" in found.text


def test_numbers_of_orders_that_a_spreadsheet_could_mean_as_days_are_no_dates_of_a_return(tmp_path: Path) -> None:
    orders = "sales_order,line,order date,customer,sku,qty,price\n" + "".join(
        f"{60410 + order},{line},2024-03-{order + 1:02d},c{order % 3},A{line},1,5\n"
        for order in range(8)
        for line in (1, 2)
    )
    returns = "rma,sales_order,web case,sku,received\n" + "".join(
        f"R{order},{60410 + order},{45300 + order},A1,2024-04-{order + 1:02d} 10:00:00\n" for order in range(3)
    )
    found = Drafted(tmp_path, orders_csv=orders, returns_csv=returns)

    assert (found.lines["order_id"], found.yaml["returns"]["columns"]["order_id"]) == ("sales_order", "sales_order")
    assert "CHECK: did the goods come back at received?" in found.text
    assert "other dates" not in found.text
    assert "3 lines came back" in found.printed


def test_returns_in_heads_and_rows_find_their_order_by_its_number_in_the_heads(tmp_path: Path) -> None:
    orders = "order,order date,customer,sku,qty,price\n" + "".join(
        f"{order},2024-03-{order + 1:02d},c{order % 3},A{order % 2},1,5\n" for order in range(8)
    )
    heads = "rma,order,received\n" + "".join(f"R{n},{n},2024-04-{n + 1:02d} 10:00:00\n" for n in range(4))
    rows = "rma,sku,qty,reason\n" + "".join(f"R{n},A{n % 2},1,broken\n" for n in range(4))
    found = Drafted(tmp_path, orders_csv=orders, rma_csv=heads, rma_lines_csv=rows)

    assert found.yaml["returns"]["match"] == ["order_id", "product_id"]
    assert found.yaml["returns"]["columns"]["order_id"] == "order"
    assert "4 lines came back" in found.printed
