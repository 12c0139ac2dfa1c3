"""Searches files for texts, byte by byte, also within what is packed: gzip, Zstandard, zip, Parquet and Arrow.

All texts are looked for in one pass, however many there are: a table of the first three bytes of each says where a text
may begin.
"""

import gzip
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from serving.privacy.traces import Trace

CHUNK: Final = 1 << 24
HEAD: Final = 3
"""The first bytes of a text that the table knows; a shorter one is filled with every byte that may follow."""
DEEPEST: Final = 4
"""Files within files are opened to this depth."""


@dataclass(frozen=True)
class Hit:
    """A text that was found in a file, ``times`` times; ``within``: how the file had to be opened for it."""

    file: Path
    trace: Trace
    times: int
    within: str = ""


class Searcher:
    """Looks for ``traces`` in bytes."""

    def __init__(self, traces: Iterable[Trace]) -> None:
        self._traces = [each for each in traces if len(each.text) > 0]
        self._longest = max((len(each.text) for each in self._traces), default=0)
        self._starts = np.zeros(1 << (8 * HEAD), dtype=bool)
        self._by_head: dict[int, dict[int, dict[bytes, Trace]]] = {}
        for trace in self._traces:
            for head in _heads(trace.text):
                self._starts[head] = True
                self._by_head.setdefault(head, {}).setdefault(len(trace.text), {})[trace.text] = trace

    def count(self, blocks: Iterable[bytes]) -> dict[Trace, int]:
        """Count each trace in the bytes that ``blocks`` together are; those that were not found are left out."""
        found: dict[Trace, int] = {}
        kept, before = b"", b""
        for block in (*blocks, b""):
            content = kept + block
            sure = len(content) if not block else max(len(content) - self._longest, 0)
            padded = content + bytes(HEAD)
            for trace in self._in(padded, content, sure, before):
                found[trace] = found.get(trace, 0) + 1
            before = content[:sure][-1:] or before
            kept = content[sure:]
        return found

    def _in(self, padded: bytes, content: bytes, sure: int, before: bytes) -> Iterator[Trace]:
        """Give the traces that begin before the place ``sure``."""
        if not sure:
            return
        signs = np.frombuffer(padded, dtype=np.uint8, count=sure + HEAD - 1).astype(np.uint32)
        heads = signs[:sure] | signs[1 : sure + 1] << 8 | signs[2 : sure + 2] << 16
        for place in np.flatnonzero(self._starts[heads]).tolist():
            for length, by_text in self._by_head[int(heads[place])].items():
                trace = by_text.get(content[place : place + length])
                if trace is not None and (not trace.alone or _stands_alone(content, place, length, before)):
                    yield trace


def _heads(text: bytes) -> Iterable[int]:
    first = text[:HEAD]
    free = HEAD - len(first)
    base = int.from_bytes(first, "little")
    return (base | rest << (8 * len(first)) for rest in range(1 << (8 * free)))


def _stands_alone(content: bytes, place: int, length: int, before: bytes) -> bool:
    left = content[place - 1 : place] if place else before
    right = content[place + length : place + length + 1]
    return not (left.isalnum() or right.isalnum())


def search(file: Path, searcher: Searcher) -> list[Hit]:
    """Search a file; `OSError` where it can't be read. What only looks like a packed file is searched as it is."""
    hits = [Hit(file, trace, times) for trace, times in searcher.count(_blocks(file.open("rb"))).items()]
    with file.open("rb") as stream:
        for within, count in _unpacked(stream, file.name, searcher, DEEPEST):
            hits += [Hit(file, trace, times, within) for trace, times in count.items()]
    return hits


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while block := stream.read(CHUNK):
            yield block


def _unpacked(stream: IO[bytes], name: str, searcher: Searcher, depth: int) -> Iterator[tuple[str, dict[Trace, int]]]:
    """Search what is packed in a stream."""
    head = stream.read(8)
    stream.seek(0)
    kind = next((each for each in _KINDS if head.startswith(each)), None)
    if kind is None or depth == 0:
        return
    how, unpack = _KINDS[kind]
    try:
        for inner, opened in unpack(stream):
            label = f"{how} {inner}".strip()
            if isinstance(opened, bytes):
                yield label, searcher.count([opened])
                yield from _unpacked(BytesIO(opened), name, searcher, depth - 1)
            else:
                yield label, searcher.count(opened)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, pa.ArrowException):
        return  # it begins like a packed file and is none: its own bytes were searched


Opened = Iterator[tuple[str, bytes | Iterable[bytes]]]


def _gzip(stream: IO[bytes]) -> Opened:
    yield "", gzip.GzipFile(fileobj=stream).read()


def _zstandard(stream: IO[bytes]) -> Opened:
    yield "", pa.CompressedInputStream(stream, "zstd").read()


def _zip(stream: IO[bytes]) -> Opened:
    with zipfile.ZipFile(stream) as packed:
        for each in packed.namelist():
            yield each, packed.read(each)


def _parquet(stream: IO[bytes]) -> Opened:
    source = pq.ParquetFile(stream)
    names = [field.name for field in source.schema_arrow if _is_text(field.type)]
    yield "metadata", repr(source.schema_arrow.metadata).encode()
    for number, batch in enumerate(source.iter_batches(batch_size=65_536, columns=names)):
        yield f"rows {number * 65_536}", _texts(batch.columns)


def _arrow(stream: IO[bytes]) -> Opened:
    reader = pa.ipc.open_file(stream)
    for number in range(reader.num_record_batches):
        batch = reader.get_batch(number)
        yield f"batch {number}", _texts([each for each in batch.columns if _is_text(each.type)])


def _is_text(dtype: Any) -> bool:
    inner = dtype.value_type if pa.types.is_dictionary(dtype) else dtype
    tests: list[Callable[[Any], bool]] = [
        pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary,
        pa.types.is_fixed_size_binary, pa.types.is_list, pa.types.is_struct,
    ]  # fmt: skip
    return any(test(inner) for test in tests)


def _texts(columns: Iterable[Any]) -> Iterator[bytes]:
    """The cells of columns, with a byte between them that is no letter."""
    for column in columns:
        cells = (each for each in column.to_pylist() if each is not None)
        texts = (each if isinstance(each, bytes) else str(each).encode("utf-8", "surrogatepass") for each in cells)
        yield b"\0" + b"\0".join(texts) + b"\0"


_KINDS: Final[dict[bytes, tuple[str, Callable[[IO[bytes]], Opened]]]] = {
    b"\x1f\x8b": ("gzip", _gzip),
    b"\x28\xb5\x2f\xfd": ("Zstandard", _zstandard),
    b"PK\x03\x04": ("zip", _zip),
    b"PAR1": ("Parquet", _parquet),
    b"ARROW1": ("Arrow", _arrow),
}
