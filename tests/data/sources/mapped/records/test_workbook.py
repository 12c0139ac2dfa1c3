"""Workbooks: a sheet is read as its cells stand, and several sheets need a choice."""

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal
from tests.data.sources.mapped.fuzz.layouts import workbook, workbook_of


def as_workbook(shop: FilesOfAShop, before: int = 0, behind: int = 0, **rule: str) -> None:
    rows = [tuple(line.split(",")) for line in (HEADER + ROWS).strip().split("\n")]
    shop.write("lines.xlsx", workbook([*[("Orders",)] * before, *rows, *[("Total",)] * behind]))
    shop.mapping["files"]["lines"] = {"path": "lines.xlsx", "format": "xlsx", **rule}


def test_a_sheet_is_read_as_csv_is(shop: FilesOfAShop) -> None:
    expected = shop.read()
    as_workbook(shop)
    assert shop.read() == expected


def test_rows_before_the_header_and_behind_the_records_are_left_out(shop: FilesOfAShop) -> None:
    as_workbook(shop, before=2, behind=1, skip_lines="2", footer_lines="1")
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2", "l3"]
    assert tables["rejects"] == []


def test_a_sheet_that_is_not_there_lists_those_that_are(shop: FilesOfAShop) -> None:
    as_workbook(shop, sheet="Sales")
    assert refusal(shop).found == "the sheets 'Lines'"


def test_a_workbook_read_as_csv_names_the_format(shop: FilesOfAShop) -> None:
    as_workbook(shop)
    shop.mapping["files"]["lines"].pop("format")
    assert "set format: xlsx" in refusal(shop).fix


def test_what_is_no_workbook_is_one_clear_message(shop: FilesOfAShop) -> None:
    as_workbook(shop)
    shop.write("lines.xlsx", HEADER + ROWS)
    assert "lines.xlsx to be whole and readable" in refusal(shop).expected


def test_sheets_of_one_layout_are_read_one_after_the_other(shop: FilesOfAShop) -> None:
    expected = shop.read()
    head, *rows = [tuple(line.split(",")) for line in (HEADER + ROWS).strip().split("\n")]
    turned = [(row[1], row[0], *row[2:]) for row in (head, *rows[1:])]
    shop.write("lines.xlsx", workbook_of({"March": [head, rows[0]], "Notes": [("?",)], "April": turned}))
    shop.mapping["files"]["lines"] = {"path": "lines.xlsx", "format": "xlsx", "sheet": ["March", "April"]}
    assert shop.read() == expected


def test_a_row_of_one_of_several_sheets_is_named_by_its_sheet(shop: FilesOfAShop) -> None:
    head, *rows = [tuple(line.split(",")) for line in (HEADER + ROWS).strip().split("\n")]
    bad = (*rows[2][:4], "soon", *rows[2][5:])
    shop.write("lines.xlsx", workbook_of({"March": [head, *rows[:2]], "April": [head, ("", *bad[1:])]}))
    shop.mapping["files"]["lines"] = {"path": "lines.xlsx", "format": "xlsx", "sheet": ["March", "April"]}
    assert {key for _, key, *_ in shop.rejected()} == {"lines.xlsx:April, row 2"}
