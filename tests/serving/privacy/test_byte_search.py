"""The search finds a text wherever it stands, however the file is packed, and nothing else."""

import gzip
import zipfile
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.privacy import byte_search
from serving.privacy.byte_search import Searcher, search
from serving.privacy.traces import Trace, _written

TEXT = b"customer-17"


def counts(texts: list[bytes], blocks: list[bytes]) -> dict[bytes, int]:
    return {trace.text: times for trace, times in Searcher([Trace("t", each) for each in texts]).count(blocks).items()}


@settings(max_examples=40)
@given(
    texts=st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=6, unique=True),
    content=st.binary(max_size=60),
    inserted=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=4),
    cuts=st.lists(st.integers(0, 100), max_size=5),
)
def test_every_place_of_every_text_is_found_however_the_bytes_come(
    texts: list[bytes], content: bytes, inserted: list[tuple[int, int]], cuts: list[int]
) -> None:
    for which, place in inserted:
        text = texts[which % len(texts)]
        content = content[:place] + text + content[place:]
    places = sorted({min(cut, len(content)) for cut in (0, *cuts, len(content))})
    blocks = [content[start:end] for start, end in pairwise(places)]

    def places_of(text: bytes) -> list[int]:
        return [at for at in range(len(content)) if content.startswith(text, at)]

    def alone(at: int, text: bytes) -> bool:
        around = content[max(at - 1, 0) : at], content[at + len(text) : at + len(text) + 1]
        return len(text) >= 8 or not any(each.isalnum() for each in around)

    expected = {text: len([at for at in places_of(text) if alone(at, text)]) for text in texts}
    assert counts(texts, blocks) == {text: times for text, times in expected.items() if times}


def table_of(text: bytes) -> pa.Table:
    return pa.table({"name": ["a", text.decode(), None], "key": [b"x", text + b"y", None], "number": [1, 2, 3]})


def write_packed(kind: str, file: Path) -> None:
    match kind:
        case "gzip":
            file.write_bytes(gzip.compress(b"a" + TEXT))
        case "gzip in gzip":
            file.write_bytes(gzip.compress(gzip.compress(b"a" + TEXT)))
        case "zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                packed.writestr("inner", b"a" + TEXT)
        case "Zstandard":
            with pa.CompressedOutputStream(str(file), "zstd") as stream:
                stream.write(b"a" + TEXT * 50)
        case "Arrow":
            with (
                pa.OSFile(str(file), "wb") as sink,
                pa.ipc.new_file(
                    sink, table_of(TEXT).schema, options=pa.ipc.IpcWriteOptions(compression="zstd")
                ) as writer,
            ):
                writer.write_table(table_of(TEXT))
        case _:
            pq.write_table(table_of(TEXT), file, compression="zstd", use_dictionary=kind.endswith("dictionary"))


@pytest.mark.parametrize(
    "kind", ["gzip", "gzip in gzip", "zip", "Zstandard", "Arrow", "Parquet", "Parquet with a dictionary"]
)
def test_what_is_packed_is_searched_within(kind: str, tmp_path: Path) -> None:
    write_packed(kind, tmp_path / "packed")
    found = search(tmp_path / "packed", Searcher([Trace("the id", TEXT), Trace("another", b"customer-18")]))
    assert {hit.trace.text for hit in found} == {TEXT}
    assert all(hit.within.startswith(kind.split(maxsplit=1)[0]) for hit in found if hit.within)


def test_what_only_begins_like_a_packed_file_is_searched_as_it_is(tmp_path: Path) -> None:
    for head in byte_search._KINDS:
        (tmp_path / "file").write_bytes(head + b"no such file " + TEXT)
        assert [hit.times for hit in search(tmp_path / "file", Searcher([Trace("the id", TEXT)]))] == [1]


def test_an_id_is_looked_for_in_all_its_writings() -> None:
    assert set(_written("jö@x")) == {
        "jö@x".encode(), "jö@x".encode("utf-16-le"), rb"j\u00f6@x", b"j%C3%B6%40x",
    }  # fmt: skip
