"""Inputs from their files: all of them or none, and a message for what is missing."""

import gzip
import shutil
from pathlib import Path

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal


def test_a_good_file_is_read_whole(shop: FilesOfAShop) -> None:
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2", "l3"]
    assert [row["product_id"] for row in tables["products"]] == ["p1", "p2"]
    assert len(tables["customers"]) == 2
    assert [(row["return_id"], row["line_id"], row["reason"]) for row in tables["returns"]] == [
        ("r1", "l1", "SIZE_TOO_SMALL")
    ]
    assert tables["rejects"] == []


def test_a_missing_file_lists_what_the_folder_holds(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["path"] = "line.csv"
    error = refusal(shop)
    assert "lines.csv, returns.csv" in error.found
    assert error.fix == "did you mean 'lines.csv'?"


def test_a_missing_folder_is_one_clear_message(shop: FilesOfAShop) -> None:
    shop.path = shop.folder / "nowhere"
    assert refusal(shop).found == "no such folder"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("LINES.txt", True),
        ("lnes.csv", True),
        ("lines.csv.gz", True),
        ("liens-2.csv", False),
        ("orders.csv", False),
        ("refunds.csv", False),
    ],
)
def test_only_a_file_of_a_near_name_is_proposed(shop: FilesOfAShop, path: str, near: bool) -> None:  # noqa: FBT001
    shop.mapping["files"]["lines"]["path"] = path
    assert (refusal(shop).fix == "did you mean 'lines.csv'?") is near


@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["plain", "packed"])
def test_an_empty_file_is_one_clear_message(shop: FilesOfAShop, content: bytes) -> None:
    shop.write("lines.csv", content)
    assert "empty" in refusal(shop).found


def test_a_header_without_rows_is_one_clear_message(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER)
    assert refusal(shop).found == "a header and no row"


def test_a_missing_column_lists_those_found(shop: FilesOfAShop) -> None:
    shop.lines["price_minor"] = "prize"
    error = refusal(shop)
    assert "'prize' in lines.csv" in error.expected
    assert "'line', 'order', 'customer', 'product', 'time', 'pieces', 'price'" in error.found
    assert error.fix == "did you mean 'price'?"


def test_a_mapped_column_that_stands_twice_is_refused(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER.replace("pieces", "price") + ROWS)
    shop.lines["quantity"] = {"constant": "1"}
    error = refusal(shop)
    assert error.found.startswith("'price' more than once")
    assert "'price (1)' or 'price (2)'" in error.fix
    for place, prices in ((1, {1, 2}), (2, {5, 1850, 1999})):
        shop.lines["price_minor"] = f"price ({place})"
        assert len({row["price_minor"] for row in shop.read()["order_lines"]}) == len(prices)


def test_columns_that_differ_by_case_alone_are_told_apart_by_numbers(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (HEADER + ROWS).replace("customer", "ORDER"))
    shop.lines.update({"order_id": "order", "customer_id": "ORDER"})
    assert "write the name of each with its number" in refusal(shop).fix
    del shop.lines["customer_id"]
    assert "'order (1)' or 'ORDER (2)'" in refusal(shop).fix
    shop.lines.update({"order_id": "order (1)", "customer_id": "ORDER (2)"})
    lines = shop.read()["order_lines"]
    assert [row["order_id"] for row in lines] == ["o1", "o1", "o2"]
    assert len({row["customer_id"] for row in lines}) == 2


def test_a_wrong_delimiter_names_the_right_one(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (HEADER + ROWS).replace(",", ";"))
    assert "set delimiter: ';' (a semicolon) under files.lines" in refusal(shop).fix
    shop.mapping["files"]["lines"]["delimiter"] = ";"
    assert len(shop.read()["order_lines"]) == 3


def test_nothing_but_malformed_rows_is_one_clear_message(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l1,o1\nl2,o2\n")
    assert "2 are malformed" in refusal(shop).found


def test_the_first_examples_of_malformed_rows_are_those_of_the_first_lines(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "\n" * 1 + "l1,o1\n" * 12)
    assert "first lines.csv:line 3:" in refusal(shop).found


@pytest.mark.parametrize("end", [",", ',""'])
def test_rows_that_all_end_in_a_delimiter_are_refused_with_the_key_that_reads_them(
    shop: FilesOfAShop, end: str
) -> None:
    expected = shop.read()
    shutil.rmtree(shop.raw)
    shop.write("lines.csv", HEADER + ROWS.replace("\n", f"{end}\n"))
    error = refusal(shop)
    assert error.found == "3 records, all with one more, which is empty and the last"
    assert error.fix.startswith("set trailing_delimiter: true under files.lines")
    shop.mapping["files"]["lines"]["trailing_delimiter"] = "true"
    assert shop.read() == expected


def test_a_text_behind_the_last_cell_is_no_trailing_delimiter(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["trailing_delimiter"] = "true"
    shop.write("lines.csv", HEADER + ROWS.replace("\n", ",\n").replace("5,\n", "5,x\n"))
    assert refusal(shop).found == "2 records with a text in it"


def test_one_row_that_ends_in_a_delimiter_is_refused(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "l4,o4,c,p1,2024-03-01,1,1,\n")
    assert [row["rule"] for row in shop.read()["rejects"]] == ["malformed_row"]


def test_several_files_of_one_layout_are_read_together(shop: FilesOfAShop) -> None:
    shop.write("lines-2.csv", HEADER + "l4,o4,c,p9,2024-03-05,1,1\n")
    (shop.path / "lines.csv").rename(shop.path / "lines-1.csv")
    shop.mapping["files"]["lines"]["path"] = "lines-*.csv"
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["l1", "l2", "l3", "l4"]


def test_no_file_is_left_beside_the_output(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["encoding"] = "cp1252"
    shop.read()
    assert sorted(path.name for path in shop.folder.iterdir()) == ["mapping.yaml", "raw", "shop", "truth"]
    assert sorted(Path(path).name for path in shop.raw.iterdir()) == [
        "customers.parquet",
        "order_lines.parquet",
        "products.parquet",
        "rejects.parquet",
        "returns.parquet",
        "source.json",
    ]
