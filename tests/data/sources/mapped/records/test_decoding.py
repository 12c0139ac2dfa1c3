"""Encodings: every file is read in the one that the mapping names, or refused with one that reads it."""

import pytest

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


def test_a_file_that_is_utf_8_is_not_read_by_another_encoding(shop: FilesOfAShop) -> None:
    shop.mapping["files"]["lines"]["encoding"] = "cp1251"
    shop.write("lines.csv", HEADER + ROWS + "l4,o4,c,Größe weiß süß für,2024-03-01,1,1\n")
    assert "encoding: utf-8" in refusal(shop).fix
    shop.mapping["files"]["lines"]["encoding"] = "utf-8"
    assert len(shop.read()["order_lines"]) == 4


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_seen_though_its_bytes_are_those_of_ascii(shop: FilesOfAShop, encoding: str) -> None:
    shop.write("lines.csv", (HEADER + ROWS).encode(encoding))
    assert f"encoding: {encoding}" in refusal(shop).fix
    shop.mapping["files"]["lines"]["encoding"] = encoding
    assert len(shop.read()["order_lines"]) == 3


def test_two_encodings_that_are_as_likely_are_both_named_with_a_letter_that_tells_them_apart(
    shop: FilesOfAShop,
) -> None:
    shop.write("lines.csv", (HEADER + ROWS.replace("o2", "crème")).encode("cp1252"))
    fix = refusal(shop).fix
    assert "encoding: cp1252" in fix
    assert "encoding: cp1250" in fix
    assert "'è'" in fix
    assert "cr" not in fix.split("rightly")[1].replace("where cp1252 reads", "")


def test_no_encoding_is_proposed_where_none_gives_words(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", (HEADER + ROWS).encode() + b"l4,\x81a\x8d\xa1b\xffq\x90x\xf5,c,p1,2024-03-01,1,1\n")
    assert refusal(shop).fix.startswith("ask for the file's encoding")
