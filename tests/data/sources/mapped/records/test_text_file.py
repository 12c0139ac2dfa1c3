"""What stands before the header and behind the records, and how lines end."""

import pytest

from data.files import read_json
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal


def ids(shop: FilesOfAShop) -> list[str]:
    return [row["line_id"] for row in shop.read()["order_lines"]]


def test_lines_before_the_header_are_found_or_skipped(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", "Orders of March\n\nby shop\n" + HEADER + ROWS)
    assert refusal(shop).fix == "set skip_lines: 3 under files.lines of the mapping: the header is line 4"
    shop.mapping["files"]["lines"]["skip_lines"] = "3"
    assert ids(shop) == ["l1", "l2", "l3"]


def test_a_line_that_names_the_delimiter_is_skipped(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", "sep=,\n" + HEADER + ROWS)
    assert ids(shop) == ["l1", "l2", "l3"]


def test_a_line_that_names_another_delimiter_is_refused_with_it(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", "sep=;\n" + (HEADER + ROWS).replace(",", ";"))
    assert refusal(shop).fix == "set delimiter: ';' under files.lines of the mapping"
    shop.mapping["files"]["lines"]["delimiter"] = ";"
    assert ids(shop) == ["l1", "l2", "l3"]


def test_a_header_may_span_lines(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER.replace("price", '"price\n(EUR)"') + ROWS)
    shop.lines["price_minor"] = "price\n(EUR)"
    assert ids(shop) == ["l1", "l2", "l3"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\r\r\n"])
def test_line_ends_of_every_kind_end_lines(shop: FilesOfAShop, end: str) -> None:
    shop.write("lines.csv", (HEADER + ROWS).replace("\n", end))
    assert ids(shop) == ["l1", "l2", "l3"]


def test_line_ends_may_be_mixed_and_rejects_name_the_right_line(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS.replace("\n", "\r") + "l4\r\nl5,o5,c,p1,2024-03-02,1,1\r\n")
    tables = shop.read()
    assert len(tables["order_lines"]) == 4
    assert [row["key"] for row in tables["rejects"]] == ["lines.csv:line 5"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_blank_lines_behind_a_footer_do_not_count(shop: FilesOfAShop, end: str) -> None:
    shop.write("lines.csv", HEADER + ROWS + "Total,3\nExported by x" + end)
    shop.mapping["files"]["lines"]["footer_lines"] = 2
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2", "l3"]
    assert tables["rejects"] == []
    account = read_json(shop.raw / "source.json")["accounts"][0]
    assert (account["records"], account["left_out"]) == (5, {"footer_lines": 2})
