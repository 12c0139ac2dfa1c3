"""A number of each line that both files have finds the line, whatever its header says; the number of a row does not."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted


@pytest.mark.parametrize(("name", "first", "is_of_lines"), [("Transaction ID", 3900, True), ("Ticket", 1, False)])
def test_a_column_of_both_files_with_its_own_value_in_each_line_is_the_lines_number(
    name: str,
    first: int,
    is_of_lines: bool,  # noqa: FBT001 - a case
    tmp_path: Path,
) -> None:
    lines = (
        f'{first + n},{n // 2},c{n}@mail.example,S{n % 3},"Mar {n + 1}, 2024",1:{n + 10}:00 PM,1,9.90\n'
        for n in range(12)
    )
    rows = (f"{first + n},{n // 2},S{n % 3},2024-04-{n + 1:02d},1\n" for n in range(4))
    found = Drafted(
        tmp_path,
        orders_csv=f"{name},Order ID,Contact email,SKU,Date created,Time,Quantity,Price\n" + "".join(lines),
        returns_csv=f"{name},Order ID,SKU,Returned on,Pieces\n" + "".join(rows),
    )

    assert (found.lines["line_id"] == name) is is_of_lines
    assert (found.yaml["returns"]["columns"].get("line_id") == name) is is_of_lines
    assert found.lines["customer_id"] == {"column": "Contact email", "key": "email"}
    assert found.lines["ordered_at"]["columns"] == ["Date created", "Time"]
    assert "4 lines came back" in found.printed


@pytest.mark.parametrize("counted", [True, False])
def test_places_that_count_the_rows_of_a_return_are_asked(counted: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    lines = (
        f"{n},{10 * (line + 1)},K{n % 5},A{line},2024-03-{n + 1:02d},1,9.90\n" for n in range(12) for line in range(3)
    )
    rows = (f"R{n},{n},{10 if counted else 10 * (n % 3 + 1)},2024-04-{n + 1:02d},1\n" for n in range(12))
    found = Drafted(
        tmp_path,
        orders_csv="Order,Pos,Customer,SKU,Order date,Qty,Price\n" + "".join(lines),
        returns_csv="RMA,Order,Pos,Returned on,Pieces\n" + "".join(rows),
    )

    assert found.yaml["returns"]["columns"]["line_id"] == {"columns": ["Order", "Pos"]}
    asked = "of 12 of 12 orders only the first lines came back: does Pos count the rows of a return"
    assert (asked in found.text) is ("only the first lines" in found.text) is counted
