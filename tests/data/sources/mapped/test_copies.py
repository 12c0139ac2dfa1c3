"""Copies of a record in exports that overlap: the rule of the mapping chooses one, or the run is refused."""

import json
from typing import Any

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal

CHANGED = ROWS.replace("l2,o1,anna-1,p2,2024-03-01 10:00,1,5", "l2,o1,anna-1,p2,2024-03-01 10:00,1,6")
EMPTIER = ROWS.replace("l2,o1,anna-1", "l2,o1,")


def overlapping(shop: FilesOfAShop, first: str, second: str, rule: Any = None) -> None:
    (shop.path / "lines.csv").unlink()
    shop.write("lines-1.csv", first)
    shop.write("lines-2.csv", second)
    shop.mapping["files"]["lines"] = {"path": "lines-*.csv", **({"copies": rule} if rule else {})}


def prices(shop: FilesOfAShop) -> dict[str, int]:
    return {row["line_id"]: row["price_minor"] for row in shop.read()["order_lines"]}


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


def test_without_an_id_of_the_line_an_order_comes_from_one_file(shop: FilesOfAShop) -> None:
    overlapping(shop, HEADER + ROWS, HEADER + CHANGED)
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["returns"] = {
        "whole_order": "true",
        "match": "order_id",
        "file": "returns",
        "columns": {"return_id": "id", "order_id": "line", "returned_at": "time"},
    }
    shop.write("returns.csv", "id,line,time\nr1,o2,2024-03-09\n")
    assert "2 orders in several files, such as 'o1' in lines-1.csv and lines-2.csv" in refusal(shop).found
    shop.mapping["files"]["lines"]["copies"] = "identical"
    assert "order 'o1' with other rows in lines-1.csv than in lines-2.csv" in refusal(shop).found
    shop.mapping["files"]["lines"]["copies"] = "fullest"
    assert sorted(prices(shop).values()) == [600, 1850, 1999]


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


BY_ORDER = "order,customer,product,time,pieces,price\n"
FIRST = "o1,c1,p1,2024-03-01 10:00,1,10\no2,c2,p1,2024-03-02 10:00,1,20\n"
CUT = "o2,c2,p2,2024-03-02 10:00,1,30\no3,c3,p1,2024-03-03 10:00,1,40\n"
CUT_BARE = "o2,,p2,,1,30\no3,c3,p1,2024-03-03 10:00,1,40\n"


def cut(shop: FilesOfAShop, second: str, rule: Any = None, **more: Any) -> None:
    overlapping(shop, BY_ORDER + FIRST, BY_ORDER + second, rule)
    shop.mapping["files"].pop("returns")
    shop.mapping["files"]["lines"] |= more
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["returns"] = {
        "flag": {"column": "pieces", "returned": "9", "kept": "1"},
        "known_after": {"delivered_days": 14, "ordered_days": 21},
    }


@pytest.mark.parametrize("rule", [None, "identical", "fullest"])
def test_an_order_that_is_cut_between_two_files_keeps_all_of_its_lines(shop: FilesOfAShop, rule: str | None) -> None:
    cut(shop, CUT, rule)
    assert prices(shop) == {"o1-1": 1000, "o2-1": 2000, "o2-2": 3000, "o3-1": 4000}
    report = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    assert report["decisions"]["files.lines"]["orders_cut_between_files"] == 1
    assert "1 orders stand in several files" in report["notices"][0]


def test_a_cut_order_takes_what_stands_on_its_first_row_from_the_other_file(shop: FilesOfAShop) -> None:
    cut(shop, CUT_BARE, fill_down={"within": "order", "columns": ["customer", "time"]})
    lines = {row["line_id"]: row for row in shop.read()["order_lines"]}
    assert lines["o2-2"]["ordered_at"] == lines["o2-1"]["ordered_at"]
    assert lines["o2-2"]["customer_id"] == lines["o2-1"]["customer_id"]


def test_an_order_whose_parts_share_a_product_is_none_that_is_cut(shop: FilesOfAShop) -> None:
    cut(shop, "o2,c2,p1,2024-03-02 10:00,1,20\no2,c2,p2,2024-03-02 10:00,1,30\n")
    assert "1 orders in several files" in refusal(shop).found
