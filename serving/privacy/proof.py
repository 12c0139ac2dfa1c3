"""The proof of an erasure: a search of every file of a shop for what leads to the customer.

Three kinds of files hold a pseudonym. The live ones (state, caps, logs, secrets) must not hold it any more. The tables
and what is made of them, their copies in DVC's cache and backups hold it as the number of somebody whom nobody can
name. And space that a store has freed holds bytes of before until the store writes over them. So the id, its hash and
the secret are looked for in every byte of every file, and the pseudonym in logs, secrets and the records of stores.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import lmdb

from serving.privacy.byte_search import Hit, Searcher, search
from serving.privacy.traces import Trace

SKIPPED: Final = frozenset({".venv", ".git", "__pycache__", "node_modules", ".mypy_cache", ".ruff_cache"})
"""Folders of tools, in which no stage and no service writes."""
LMDB_FILE: Final = "data.mdb"
DATABASES: Final = 64


@dataclass(frozen=True)
class Proof:
    """What a search found. ``hits``: what must not be there, by file. ``files``, ``size``: what was searched.

    ``sealed``: files outside the live places that hold a pseudonym, which names nobody any more. ``freed``: stores with
    bytes of a pseudonym in space that they freed. ``unread``: files that could not be read, with why.
    """

    hits: list[Hit] = field(default_factory=list)
    sealed: list[Path] = field(default_factory=list)
    freed: list[Path] = field(default_factory=list)
    unread: list[tuple[Path, str]] = field(default_factory=list)
    files: int = 0
    size: int = 0

    @property
    def holds(self) -> bool:
        """Whether nothing was found, and everything could be read."""
        return not self.hits and not self.unread


def prove(traces: Sequence[Trace], places: Iterable[Path], live: Iterable[Path]) -> Proof:
    """Search for ``traces`` in all files under ``places`` and ``live``, where no pseudonym may be either."""
    living = [each.resolve() for each in live]
    searcher = Searcher(traces)
    hits: list[Hit] = []
    sealed: list[Path] = []
    freed: list[Path] = []
    unread: list[tuple[Path, str]] = []
    number = size = 0
    for file in files_of([*places, *living]):
        try:
            found = search(file, searcher)
            number, size = number + 1, size + file.stat().st_size
        except FileNotFoundError:
            continue  # removed meanwhile, as the oldest files of a log are
        except OSError as error:
            unread.append((file, error.strerror or str(error)))
            continue
        of_persons = [each for each in found if each.trace.living]
        hits += [each for each in found if not each.trace.living]
        if not any(file.is_relative_to(each) for each in living):
            sealed += [file] if of_persons else []
        elif file.name == LMDB_FILE:
            records = _in_records(file, searcher) if of_persons else []
            hits += records
            freed += [file] if of_persons and not records else []
        else:
            hits += of_persons
    return Proof(hits, sealed, freed, unread, number, size)


def files_of(places: Iterable[Path]) -> Iterator[Path]:
    """Give every file under ``places`` once; links to folders are followed once."""
    seen: set[tuple[int, int]] = set()
    for place in places:
        for file in [place] if place.is_file() else _walk(place, seen):
            try:
                known = file.stat()
            except OSError:
                continue
            if not file.is_file() or (known.st_dev, known.st_ino) in seen:
                continue
            seen.add((known.st_dev, known.st_ino))
            yield file.resolve()


def _walk(place: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    for folder, folders, names in os.walk(place, followlinks=True):
        here = os.stat(folder)  # noqa: PTH116 - as os.walk gives it
        if (here.st_dev, here.st_ino) in seen:
            folders.clear()
            continue
        seen.add((here.st_dev, here.st_ino))
        folders[:] = sorted(each for each in folders if each not in SKIPPED)
        yield from (Path(folder, name) for name in sorted(names))


def _in_records(file: Path, searcher: Searcher) -> list[Hit]:
    """Search the records of an LMDB file, which a service may have open: what they hold, not what was freed."""
    copy = lmdb.open(str(file), subdir=False, readonly=True, lock=False, max_dbs=DATABASES)
    try:
        with copy.begin() as outer:
            names = [bytes(key) for key, _ in outer.cursor()]
            blocks = (block for name in names for block in _records(copy, name))
            counted = searcher.count(blocks)
    finally:
        copy.close()
    return [Hit(file, trace, times, "records") for trace, times in counted.items() if trace.living]


def _records(env: "lmdb.Environment", name: bytes) -> Iterator[bytes]:
    database = env.open_db(name, create=False)
    with env.begin(database) as txn:
        some: list[bytes] = []
        for key, value in txn.cursor():
            some += (bytes(key), bytes(value))
            if len(some) > 20_000:
                yield b"\0" + b"\0".join(some) + b"\0"
                some = []
        yield b"\0" + b"\0".join(some) + b"\0"
