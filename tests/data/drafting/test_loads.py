"""A draft is a mapping that loads and feeds the canonical tables, whichever columns the files have."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.drafting import first_mapping
from data.drafting.sheet import open_sheets
from data.sources.mapped.checks import check
from data.sources.mapped.mapping.load import load

ROWS = 14

Cells = dict[str, Callable[[int], str]]

OF_LINES: Cells = {
    "Row": lambda n: f"{n + 501}",
    "Pos": lambda n: f"{n % 2 + 1}",
    "Customer": lambda n: f"K{n // 2 % 4}",
    "Size": lambda n: "SML"[n % 3],
    "Colour": lambda n: ("red", "blue")[n % 2],
    "Product name": lambda n: f"Thing {n % 5}",
    "Qty": lambda n: "-1" if n == ROWS - 1 else f"{n % 3 + 1}",
    "Tags": lambda n: "test order" if n == 1 else "",
    "Status": lambda n: ("shipped", "cancelled", "returned")[n % 3],
    "Return Date": lambda n: f"2024-04-{n + 1:02d}" if n % 4 == 1 else "",
    "Returned qty": lambda n: "1" if n % 4 == 1 else "NULL",
    "Branch": lambda n: ("North", "South")[n // 2 % 2],
    "Amount": lambda n: f"{(n % 3 + 1) * 9.90:.2f}",
}
OF_RETURNS: Cells = {
    "RMA": lambda n: f"R{n}",
    "Row": lambda n: f"{n + 501}",
    "Order": lambda n: f"{n // 2}",
    "Pos": lambda n: f"{n % 2 + 1}",
    "Customer": lambda n: f"K{n // 2 % 4}",
    "SKU": lambda n: f"A{n % 5}",
    "Product name": lambda n: f"Thing {n % 5}",
    "Size": lambda n: "SML"[n % 3],
    "Colour": lambda n: ("red", "blue")[n % 2],
    "Qty": lambda _: "1",
    "Return Date": lambda n: f"2024-04-{n + 1:02d}",
    "Registered": lambda n: f"2024-03-{n + 16:02d}",
    "Reason": lambda n: ("too big", "Price match", "")[n % 3],
    "Inspection Result": lambda n: ("Accepted", "Not accepted")[n % 2],
    "Order Date": lambda n: f"2024-03-{n // 2 + 1:02d} 10:00:00",
    "Date": lambda n: f"2024-04-{n + 1:02d} 10:00:00",
}


CASES = (
    ("Size", "RMA Order Size Qty"),
    ("Size Colour Pos", "RMA Order Colour SKU Pos"),
    ("Size Colour", "Order Size Colour Reason"),
    ("Row Customer", "Row RMA Return_Date"),
    ("Customer Size Product_name", "Customer Product_name Size Return_Date"),
    ("Customer Size Branch", "Order SKU Size Inspection_Result Registered"),
    ("Customer Size Colour Qty", "RMA Order SKU Size Colour Order_Date Qty Date"),
    ("Customer Size Colour Qty Amount", None),
    ("Size Return_Date Returned_qty Branch", None),
    ("Status Tags Pos", None),
)
"""The columns of the lines and of the returns, which are cut from one another by blanks."""


def _table(cells: Cells, rows: range) -> str:
    return "\n".join([",".join(cells), *(",".join(cell(n) for cell in cells.values()) for n in rows), ""])


def _of(cells: Cells, names: str) -> Cells:
    return {name.replace("_", " "): cells[name.replace("_", " ")] for name in names.split()}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(("of_lines", "of_returns"), CASES)
def test_a_draft_loads(of_lines: str, of_returns: str | None, known: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    sold: Cells = {
        "Order": lambda n: f"{n // 2}",
        "SKU": lambda n: f"{'A' if known else 'X'}{n % 5}",
        "Order Date": lambda n: f"2024-03-{n // 2 + 1:02d} 10:00:00",
        "Price": lambda n: f"{n % 5 + 1}.90",
        **_of(OF_LINES, of_lines),
    }
    files = {"orders.csv": _table(sold, range(ROWS))}
    if of_returns is not None:
        files["returns.csv"] = _table(_of(OF_RETURNS, of_returns), range(0, ROWS, 3))
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with open_sheets([tmp_path / name for name in files], tmp_path, tmp_path) as sheets:
        (tmp_path / "mine.yaml").write_text(first_mapping.draft(sheets).text(), encoding="utf-8")

    check(load(tmp_path / "mine.yaml"), tmp_path / "mine.yaml")
