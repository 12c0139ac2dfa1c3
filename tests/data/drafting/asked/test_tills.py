"""Tills that number their receipts alike: one number is an order of each."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted


def drafted(folder: Path, customer: str, returns: str | None = None) -> Drafted:
    """A draft of the receipts 1 to 8, of two lines each, at two branches; ``customer`` by branch and number."""
    rows = (
        f"{branch},{n},{customer.format(branch=branch, n=n)},A{n % 3 + line},2024-03-{n:02d},1,9.90,"
        f"{'2024-04-01' if n % 3 == 0 and returns is None else ''}\n"
        for branch in ("North", "South")
        for n in range(1, 9)
        for line in range(2)
    )
    files = {"a_csv": "Branch,Receipt,Customer,SKU,Date,Qty,Price,Return Date\n" + "".join(rows)}
    return Drafted(folder, **files, **({} if returns is None else {"returns_csv": returns}))


@pytest.mark.parametrize("customer", ["", "K{branch}{n}"])
def test_a_number_at_several_tills_names_an_order_together_with_its_till(customer: str, tmp_path: Path) -> None:
    found = drafted(tmp_path, customer)

    assert found.lines["order_id"] == {"columns": ["Branch", "Receipt"]}
    assert "CHECK: 8 values of Receipt stand at several values of Branch" in found.text
    assert "32 order lines of 16 orders" in found.printed
    assert "8 lines came back" in found.printed


def test_branches_that_send_lines_of_one_customers_order_are_no_tills(tmp_path: Path) -> None:
    assert drafted(tmp_path, "K{n}").lines["order_id"] == "Receipt"


def test_returns_with_the_till_name_an_order_by_both_and_others_are_asked(tmp_path: Path) -> None:
    for folder, header, cells in (("with", "Branch,Receipt", "South,3"), ("without", "Receipt", "3")):
        (tmp_path / folder).mkdir()
        returns = f"{header},SKU,Return Date\n{cells},A0,2024-04-01\n"
        found = drafted(tmp_path / folder, "", returns)

        if folder == "with":
            assert found.yaml["returns"]["columns"]["order_id"] == {"columns": ["Branch", "Receipt"]}
            assert "1 lines came back, 0 have an unknown outcome" in found.printed
        else:
            assert found.lines["order_id"] == "Receipt"
            assert "and returns has no such column: is one order of both?" in found.text
