"""Copies of a record in exports that overlap: the rule of the mapping chooses one, or the run is refused."""

import json
from typing import Any

import pytest

from tests.data.sources.mapped.copies.overlapping import CHANGED, EMPTIER, overlapping, prices
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal


@pytest.mark.parametrize("rule", [None, "identical", "fullest"])
def test_identical_copies_count_once(shop: FilesOfAShop, rule: str | None) -> None:
    overlapping(shop, HEADER + ROWS, HEADER + ROWS + "l4,o4,c,p1,2024-03-04,1,1\n", rule)
    assert prices(shop) == {"l1": 1999, "l2": 500, "l3": 1850, "l4": 100}


@pytest.mark.parametrize("rule", [None, "identical"])
def test_copies_that_differ_are_refused_with_their_place_and_column(shop: FilesOfAShop, rule: str | None) -> None:
    overlapping(shop, HEADER + ROWS, HEADER + CHANGED, rule)
    error = refusal(shop)
    assert error.found == "1 of them in copies that differ, first at lines-1.csv:line 3: other 'price'"
    assert "set copies under files.lines of the mapping: {newest_by: COLUMN}" in error.fix


def test_the_newest_copy_counts_whatever_file_holds_it(shop: FilesOfAShop) -> None:
    at = "exported"
    overlapping(shop, "", "")
    rows, changed = ((HEADER + text).strip().split("\n") for text in (ROWS, CHANGED))
    shop.write("lines-1.csv", "".join(f"{line},{at if not n else 10}\n" for n, line in enumerate(changed)))
    shop.write("lines-2.csv", "".join(f"{line},{at if not n else 9}\n" for n, line in enumerate(rows)))
    shop.mapping["files"]["lines"]["copies"] = {"newest_by": at}
    assert prices(shop)["l2"] == 600


@pytest.mark.parametrize("order", [(ROWS, EMPTIER), (EMPTIER, ROWS)])
def test_the_fullest_copy_counts_wherever_it_stands(shop: FilesOfAShop, order: tuple[str, str]) -> None:
    overlapping(shop, HEADER + order[0], HEADER + order[1], "fullest")
    assert {row["customer_id"] is None for row in shop.read()["order_lines"]} == {False}


@pytest.mark.parametrize(
    ("old", "new", "layout"), [("28.02.2024", "05.03.2024", "%d.%m.%Y"), ("12/31/2023", "01/31/2024", "%m/%d/%Y")]
)
def test_copies_are_not_compared_as_texts_and_the_fix_finds_the_newest(
    shop: FilesOfAShop, old: str, new: str, layout: str
) -> None:
    at = "exported"
    overlapping(shop, "", "")
    rows, changed = ((HEADER + text).strip().split("\n") for text in (ROWS, CHANGED))
    shop.write("lines-1.csv", "".join(f"{line},{at if not n else old}\n" for n, line in enumerate(rows)))
    shop.write("lines-2.csv", "".join(f"{line},{at if not n else new}\n" for n, line in enumerate(changed)))
    rule = shop.mapping["files"]["lines"]["copies"] = {"newest_by": at}

    error = refusal(shop)
    assert f"'{old}' on 3 rows" in error.found
    assert f"{{newest_by: {at}, format:" in error.fix
    rule["format"] = layout
    assert prices(shop)["l2"] == 600


def test_equally_new_copies_that_differ_are_counted(shop: FilesOfAShop) -> None:
    overlapping(shop, "", "", {"newest_by": "at"})
    for name, text in (("lines-1.csv", CHANGED), ("lines-2.csv", ROWS)):
        header, *rows = (HEADER + text).strip().split("\n")
        shop.write(name, "\n".join([f"{header},at", *(f"{row},7" for row in rows)]) + "\n")

    assert prices(shop)["l2"] == 500
    source = json.loads((shop.raw / "source.json").read_text())
    assert source["decisions"]["files.lines"] == {"last_row_of_equally_new by at": 1}
    assert source["examples"]["files.lines"] == {"last_row_of_equally_new by at": ["lines-2.csv:line 3"]}


@pytest.mark.parametrize(
    ("ids", "what", "where"),
    [
        ("line", "last_row_of_equally_full", "lines-2.csv:line 3"),
        ({"generated": "by_position"}, "last_file_of_equally_full", "lines-2.csv:line 3"),
    ],
)
def test_equally_full_copies_that_differ_are_counted(shop: FilesOfAShop, ids: Any, what: str, where: str) -> None:
    overlapping(shop, HEADER + ROWS, HEADER + CHANGED, "fullest")
    shop.lines["line_id"] = ids
    shop.mapping["files"].pop("returns")
    shop.mapping["returns"] = {"columns": {"returned_at": {"column": "time", "valid_to": "2000"}}}

    assert sorted(prices(shop).values()) == [600, 1850, 1999]
    source = json.loads((shop.raw / "source.json").read_text())
    assert source["decisions"]["files.lines"] == {what: 1}
    assert source["examples"]["files.lines"] == {what: [where]}


def test_an_id_whose_copies_are_of_other_lines_is_no_id_of_the_rows(shop: FilesOfAShop) -> None:
    shop.write("returns.csv", "id,line,time,pieces,why\nr1,l1,2024-03-09,1,too small\nr1,l2,2024-03-09,1,too small\n")

    fix = refusal(shop).fix
    assert fix.startswith("'id' is no id of the rows, as copies name another 'line': map {generated: by_position}")
    shop.mapping["returns"]["columns"]["return_id"] = {"generated": "by_position"}
    assert {row["line_id"] for row in shop.read()["returns"]} == {"l1", "l2"}


BESIDE = (
    "line,order,customer,product,time,pieces,price,back,at\n"
    "l1,o1,anna-1,p1,2024-03-01 10:00,2,19.99,1,2024-03-09\n"
    "l1,o1,anna-1,p1,2024-03-01 10:00,2,19.99,1,2024-03-12\n"
    "l2,o1,anna-1,p2,2024-03-01 10:00,1,5,,\n"
)


def test_a_line_with_a_row_for_each_of_its_returns_is_told_from_copies_and_the_advice_reads_it(
    shop: FilesOfAShop,
) -> None:
    shop.write("lines.csv", BESIDE)
    returns = shop.mapping["returns"] = {"columns": {"returned_at": "at", "quantity": "back"}}
    del shop.mapping["files"]["returns"]

    error = refusal(shop)

    assert error.fix.startswith("a row stands for each return, as those of one 'line' differ in 'at': ")
    leave_out = {"not_returned": {"column": "at", "empty": True}}
    assert "files.returned: {path: lines.csv}" in error.fix
    assert "returns.leave_out: {not_returned: {column: at, empty: true}}" in error.fix
    shop.mapping["files"]["returned"] = {"path": "lines.csv"}
    returns |= {"file": "returned", "leave_out": leave_out}
    returns["columns"] |= {"line_id": "line", "return_id": {"generated": "by_position"}}
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2"]
    assert [(row["line_id"], row["quantity"]) for row in tables["returns"]] == [("l1", 1), ("l1", 1)]


def test_a_line_with_a_row_for_each_of_its_shipments_is_told_from_copies(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "l1,o1,anna-1,p1,2024-03-01 10:00,1,19.99\n")

    error = refusal(shop)

    assert error.fix.startswith(
        "the rows of one 'line' are most likely its parts, such as shipments, as they differ in"
    )
    assert "map quantity to a column with all pieces of the line" in error.fix


def test_a_later_export_with_a_return_has_copies_and_no_parts(shop: FilesOfAShop) -> None:
    header, old, _, other = BESIDE.splitlines(keepends=True)
    overlapping(shop, header + old.replace("1,2024-03-09", ",") + other, header + old, None)
    shop.mapping["returns"] = {"columns": {"returned_at": "at", "quantity": "back"}}
    del shop.mapping["files"]["returns"]

    assert refusal(shop).fix.startswith("set copies under files.lines")


def test_rows_of_one_id_of_several_columns_count_once_where_the_mapping_chooses(shop: FilesOfAShop) -> None:
    again = "l9,o1,anna-1,p1,2024-03-01 10:00,2,21\n"
    shop.write("lines.csv", HEADER + ROWS + again)
    shop.write("returns.csv", "id,order,product,time,pieces,why\nr1,o1,p1,2024-03-09,1,too small\n")
    shop.lines["line_id"] = {"columns": ["order", "product"]}
    shop.mapping["returns"]["columns"]["line_id"] = {"columns": ["order", "product"]}
    shop.mapping["files"]["lines"]["copies"] = {"newest_by": "price"}

    tables = shop.read()

    assert {row["line_id"]: row["price_minor"] for row in tables["order_lines"]} == {
        "o1 p1": 2100, "o1 p2": 500, "o2 p1": 1850,
    }  # fmt: skip
    assert [row["line_id"] for row in tables["returns"]] == ["o1 p1"]
