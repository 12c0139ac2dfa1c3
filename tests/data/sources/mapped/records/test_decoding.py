"""Encodings: every file is read in the one that the mapping names, or refused with one that reads it."""

from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, many_rows, refusal


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
