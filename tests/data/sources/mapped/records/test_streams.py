"""Packed files: unpacked whatever their name, or one message where they can't be."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from data.errors import UserError
from data.sources.mapped.records import streams
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, many_rows, refusal

TEXT = b"line,order\nl1,o1\n"
FLAGS, METHOD = 8, 10
"""Places in the central directory of a zip file."""


def packed(place: int, byte: int) -> bytes:
    """A zip file with one byte of its directory changed, and the same one of its member's header."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("lines.csv", TEXT)
    content = bytearray(target.getvalue())
    content[content.index(b"PK\x01\x02") + place] = byte
    content[place - 2] = byte
    return bytes(content)


@pytest.mark.parametrize(("place", "byte", "found"), [(FLAGS, 1, "password"), (METHOD, 9, "compression")])
def test_a_zip_that_cannot_be_unpacked_is_one_clear_message(tmp_path: Path, place: int, byte: int, found: str) -> None:
    file = tmp_path / "lines.zip"
    file.write_bytes(packed(place, byte))
    with pytest.raises(UserError, match=found) as caught:
        list(streams.blocks(file))
    assert caught.value.fix.startswith("unpack it")


def test_a_zip_of_one_file_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(packed(FLAGS, 0))
    assert b"".join(streams.blocks(file)) == TEXT


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
