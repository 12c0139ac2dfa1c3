import codecs
import gzip
from pathlib import Path

import pytest

from data.drafting.layouts.layout import look
from data.errors import UserError

ROWS = "order,article,price\n1,A,2.50\n2,B,3.50\n3,C,4.50\n4,D,4.50\n"


def keys(path: Path, content: str | bytes) -> dict[str, str | int | tuple[str, ...]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return look(path).keys


def test_a_plain_file_needs_no_key(tmp_path: Path) -> None:
    assert keys(tmp_path / "a.csv", ROWS) == {}
    assert keys(tmp_path / "a.csv.gz", gzip.compress(ROWS.encode())) == {}


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_the_delimiter_is_seen(tmp_path: Path, sign: str) -> None:
    assert keys(tmp_path / "a.csv", ROWS.replace(",", sign))["delimiter"] == sign


def test_one_list_of_json_is_seen_with_the_list_of_its_rows(tmp_path: Path) -> None:
    objects = '[\n  {"order": 1, "items": [{"sku": "A"}]},\n  {"order": 2,\n   "items": [{"sku": "B"}]}\n]\n'

    assert keys(tmp_path / "a.json", objects) == {"format": "jsonl", "rows_of": "items"}
    assert keys(tmp_path / "b.json", '[{"order": 1},{"order": 2}]') == {"format": "jsonl"}


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path: Path) -> None:
    assert keys(tmp_path / "a.csv", ROWS.replace(",", ";").replace(".", ",")) == {"delimiter": ";"}


def test_the_line_sep_names_the_delimiter_and_is_skipped_by_the_reader(tmp_path: Path) -> None:
    assert keys(tmp_path / "a.csv", "sep=;\n" + ROWS.replace(",", ";")) == {"delimiter": ";"}


@pytest.mark.parametrize(
    ("before", "behind", "expected"),
    [
        ("Sales report\nfrom,2024-01-01\n\n", "Total,,15.00\n", {"skip_lines": 3}),
        ("Sales report\n\n", "\n4 records\nshop 7\n", {"skip_lines": 2, "footer_lines": 2}),
        ("", ",,15.00\n", {"footer_lines": 1}),
    ],
)
def test_lines_before_the_header_and_behind_the_records_are_counted(
    tmp_path: Path, before: str, behind: str, expected: dict[str, int]
) -> None:
    assert keys(tmp_path / "a.csv", before + ROWS + behind) == expected


def test_quotes_that_break_records_and_are_needed_by_none_are_text(tmp_path: Path) -> None:
    content = ROWS.replace(",", "\t").replace("\tB", '\t"B').replace("\tC", '\t24" C')

    assert keys(tmp_path / "a.txt", content) == {"delimiter": "\t", "quote": "none"}
    assert "quote" not in keys(tmp_path / "a.csv", ROWS.replace("B", '"B, blue"'))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("cp1252", "Größe weiß"), ("gb18030", "连衣裙夏季新款"), ("cp932", "商品のサイズと色"), ("utf-16", "Größe weiß")],
)
def test_the_encoding_is_one_in_which_the_file_reads_as_words(tmp_path: Path, encoding: str, text: str) -> None:
    assert keys(tmp_path / "a.csv", ROWS.replace("B", text).encode(encoding)) == {"encoding": encoding}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\r\n  \n",
        b" ",
        codecs.BOM_UTF8,
        codecs.BOM_UTF16_LE,
        bytes(200),
        gzip.compress(b"", mtime=0),
        b",,,\n,,,\n",
    ],
)
def test_a_file_without_a_letter_or_a_digit_is_one_clear_message(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UserError, match="expected: a header and rows in a") as caught:
        keys(tmp_path / "a.csv", content)
    assert caught.value.fix.startswith("export the file again")


def test_json_lines_are_seen(tmp_path: Path) -> None:
    assert keys(tmp_path / "a.jsonl", '{"order": 1}\n{"order": 2}\n') == {"format": "jsonl"}
