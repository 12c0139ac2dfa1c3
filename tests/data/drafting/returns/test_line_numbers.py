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
