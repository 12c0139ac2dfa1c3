"""Damaged or unusual files of a shop: each gives one error or rejects."""

import gzip
import random
from pathlib import Path

import pandas as pd
import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop


def refusal(shop: FilesOfAShop) -> UserError:
    with pytest.raises(UserError) as caught:
        shop.read()
    assert not shop.raw.exists()
    assert [path.name for path in shop.folder.iterdir() if path.name.startswith(".")] == []
    return caught.value


def many_rows(count: int = 20_000) -> str:
    numbers = random.Random(1)
    rows = (f"l{n},o{n},c{numbers.random()},p{n % 7},2024-03-01 10:00,1,{n % 100}.5\n" for n in range(count))
    return HEADER + "".join(rows)


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


def test_a_wrong_encoding_names_line_and_byte_and_the_fix(shop: FilesOfAShop) -> None:
    shop.lines["region"] = "order"
    shop.write("lines.csv", (HEADER + ROWS.replace("o2", "Köln")).encode("cp1252"))
    error = refusal(shop)
    assert error.found == "the byte 0xf6 in line 4"
    assert "under files.lines of the mapping: encoding: cp1252" in error.fix
    shop.mapping["files"]["lines"]["encoding"] = "cp1252"
    assert {row["region"] for row in shop.read()["order_lines"]} == {"o1", "Köln"}


def test_a_wrong_encoding_far_down_is_named_too(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (many_rows() + "l,ö,c,p1,2024-03-01,1,1\n").encode("cp1252"))
    assert refusal(shop).found == "the byte 0xf6 in line 20002"


def test_a_wrong_encoding_of_the_header_names_the_fix(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (HEADER + ROWS).encode("utf-16"))
    assert "encoding: utf-16" in refusal(shop).fix
    shop.mapping["files"]["lines"]["encoding"] = "utf-16"
    assert len(shop.read()["order_lines"]) == 3


def test_bytes_that_a_single_byte_encoding_lacks_are_named(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["encoding"] = "cp1252"
    shop.write("lines.csv", (HEADER + ROWS).encode() + b"l4,o\x81,c,p1,2024-03-01,1,1\n")
    assert refusal(shop).found == "the byte 0x81 in line 5"


def test_a_byte_order_mark_is_no_part_of_the_first_column(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (HEADER + ROWS).encode("utf-8-sig"))
    assert len(shop.read()["order_lines"]) == 3


@pytest.mark.parametrize("share", [0.001, 0.5, 0.99])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_truncated_gzip_is_one_clear_message(shop: FilesOfAShop, share: float, encoding: str) -> None:
    packed = gzip.compress(many_rows().encode())
    shop.write("lines.csv", packed[: int(len(packed) * share)])
    shop.mapping["files"]["lines"]["encoding"] = encoding
    error = refusal(shop)
    assert error.found == "a gzip file that ends in the middle"
    assert "lines.csv" in error.expected


def test_a_gzip_needs_no_name_of_its_own(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", gzip.compress((HEADER + ROWS).encode()))
    assert len(shop.read()["order_lines"]) == 3


def test_a_file_cut_in_its_last_row_loses_that_row_only(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS[: ROWS.rindex(",1,18.5")])
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2"]
    (reject,) = tables["rejects"]
    assert (reject["table"], reject["key"], reject["rule"]) == ("order_lines", "lines.csv:line 4", "malformed_row")


def test_malformed_rows_are_named_without_their_content(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l8,o8\n" + ROWS + "l9,o9,carla-9,p1,2024-03-01,1,1,1\n")
    rejects = shop.read()["rejects"]
    assert [(row["key"], row["rule"]) for row in rejects] == [
        ("lines.csv:line 2", "malformed_row"),
        ("lines.csv:line 6", "malformed_row"),
    ]
    assert "carla" not in str(rejects)


def test_nothing_but_malformed_rows_is_one_clear_message(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l1,o1\nl2,o2\n")
    assert "2 are malformed" in refusal(shop).found


def test_quotes_commas_and_line_breaks_in_cells_are_kept(shop: FilesOfAShop) -> None:
    shop.lines["region"] = "order"
    shop.write("lines.csv", HEADER + ROWS.replace("o2", '"o ""2"",\nx"'))
    assert shop.read()["order_lines"][2]["region"] == 'o "2",\nx'


def test_a_quote_left_open_loses_no_row_silently(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + 'l4,"o4,c,p1,2024-03-01,1,1\nl5,o5,c,p1,2024-03-01,1,1\n')
    assert [row[3] for row in shop.rejected()] == ["malformed_row"]


def test_several_files_of_one_layout_are_read_together(shop: FilesOfAShop) -> None:
    shop.write("lines-2.csv", HEADER + "l4,o4,c,p9,2024-03-05,1,1\n")
    (shop.path / "lines.csv").rename(shop.path / "lines-1.csv")
    shop.mapping["files"]["lines"]["path"] = "lines-*.csv"
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["l1", "l2", "l3", "l4"]


def test_parquet_is_read_as_csv_is(shop: FilesOfAShop) -> None:
    expected = shop.read()
    pd.read_csv(shop.path / "lines.csv", parse_dates=["time"]).to_parquet(shop.path / "lines.parquet")
    shop.mapping["files"]["lines"] = {"path": "lines.parquet", "format": "parquet"}
    assert shop.read() == expected


def test_parquet_times_with_a_zone_become_utc(shop: FilesOfAShop) -> None:
    frame = pd.read_csv(shop.path / "lines.csv", parse_dates=["time"])
    frame["time"] = frame["time"].dt.tz_localize("America/New_York")
    frame.to_parquet(shop.path / "lines.parquet")
    shop.mapping["files"]["lines"] = {"path": "lines.parquet", "format": "parquet"}
    assert [row["ordered_at"].hour for row in shop.read()["order_lines"]] == [15, 15, 16]


def test_a_cut_parquet_file_is_one_clear_message(shop: FilesOfAShop) -> None:
    file = shop.path / "lines.parquet"
    pd.read_csv(shop.path / "lines.csv").to_parquet(file)
    file.write_bytes(file.read_bytes()[:-100])
    shop.mapping["files"]["lines"] = {"path": "lines.parquet", "format": "parquet"}
    assert "lines.parquet to be whole and readable" in refusal(shop).expected


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
