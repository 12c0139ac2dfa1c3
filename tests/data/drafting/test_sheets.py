"""Files and sheets that belong together are drafted together, and what is left out is named with its layout."""

import io
from pathlib import Path

import yaml
from rich.console import Console

from data.draft import draft
from tests.data.drafting.files import COMMENTS, Drafted
from tests.data.sources.mapped.fuzz.layouts import workbook_of

LINES = "order,sku,customer,date,qty,price,returned\n1,A,c1,2024-03-14,1,5,no\n2,B,c2,2024-03-15,1,5,yes\n"


def test_each_sheet_of_a_workbook_is_looked_at(tmp_path: Path) -> None:
    orders = [tuple(line.split(",")[:6]) for line in LINES.split()]
    returns: list[tuple[str, ...]] = [("order", "sku", "return date", "qty"), ("2", "B", "2024-03-20", "1")]
    sheets: dict[str, list[tuple[str, ...]]] = {
        "Info": [("Made by the shop",)],
        "Orders": [("Shop 7",), ("",), *orders],
        "Returns": returns,
    }
    (tmp_path / "orders.xlsx").write_bytes(workbook_of(sheets))

    assert draft([tmp_path / "orders.xlsx"], tmp_path / "mine.yaml", COMMENTS, Console(file=io.StringIO()))

    found = yaml.safe_load((tmp_path / "mine.yaml").read_text(encoding="utf-8"))
    assert {name: rule["sheet"] for name, rule in found["files"].items()} == {"orders": "Orders", "returns": "Returns"}
    assert [rule.get("skip_lines", 0) for rule in found["files"].values()] == [2, 0]
    assert found["returns"]["file"] == "returns"


def test_a_file_of_the_same_columns_and_another_layout_is_named(tmp_path: Path) -> None:
    found = Drafted(tmp_path, may_csv=LINES + "3,C,c3,2024-03-16,1,5,no\n", june_csv=LINES.replace(",", ";"))

    assert "CHECK: not used is june.csv (delimiter: ';'), which has the columns of may.csv" in found.text


def test_rows_without_a_currency_are_counted_where_they_are_left_out(tmp_path: Path) -> None:
    rows = LINES.replace("price", "price,currency").replace(",5,", ",5,EUR,")
    found = Drafted(tmp_path, a_csv=rows + "3,C,c3,2024-03-16,1,5,USD,no\n4,C,c4,2024-03-16,1,5,,no\n")

    assert "; 1 rows without a currency are left out, too" in found.text


def test_sheets_of_one_layout_are_one_input_and_those_of_returns_are_not(tmp_path: Path) -> None:
    head, *rows = [tuple(line.split(",")) for line in LINES.split()]
    sheets: dict[str, list[tuple[str, ...]]] = {
        "March": [head, rows[0]],
        "April": [head, rows[1]],
        "Returns": [head, rows[1]],
    }
    (tmp_path / "orders.xlsx").write_bytes(workbook_of(sheets))
    printed = io.StringIO()

    draft([tmp_path / "orders.xlsx"], tmp_path / "mine.yaml", COMMENTS, Console(file=printed, width=200))

    found = yaml.safe_load((tmp_path / "mine.yaml").read_text(encoding="utf-8"))
    assert next(rule["sheet"] for rule in found["files"].values()) == ["March", "April"]
    assert "2 order lines of 2 orders" in printed.getvalue()
