"""Inputs from their files: all of them or none, and a message for what is missing."""

import gzip
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
    assert refusal(shop).found == "'price' more than once"


def test_a_wrong_delimiter_names_the_right_one(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (HEADER + ROWS).replace(",", ";"))
    assert "set delimiter: ';' (a semicolon) under files.lines" in refusal(shop).fix
    shop.mapping["files"]["lines"]["delimiter"] = ";"
    assert len(shop.read()["order_lines"]) == 3


def test_nothing_but_malformed_rows_is_one_clear_message(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l1,o1\nl2,o2\n")
    assert "2 are malformed" in refusal(shop).found


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
