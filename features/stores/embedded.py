"""The store in a file on this machine: LMDB. Any number of processes read while one of them writes.

The file is mapped into memory, so that reading a key takes about twice as long as in a dictionary of the same size.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, TypeVar

import lmdb

from features.stores import entry
from features.stores.file_lock import locked
from features.stores.lmdb_check import verify
from features.stores.lmdb_errors import store_error, store_errors
from features.stores.store import Agenda, Entry, Snapshot, StoreError, Transaction

T = TypeVar("T")

FILE, LOCK_FILE = "data.mdb", "lock.mdb"
MAX_BYTES = 1 << 36
"""The size of the map, in address space; disk and memory are used only when needed."""
MAX_READERS = 1024
"""The most read transactions at one moment, over all processes."""
LOCK_BYTES = 64 * (MAX_READERS + 64)
"""The size of the lock file, with one cache line for each reader."""
BATCH = 20_000
"""The number of records that `LmdbStore.load` writes at a time."""
WRITE_TIMEOUT_SECONDS = 2.0
"""How long a change waits for another one, unless told otherwise."""
RECORDS = b"records"

Database = Any
"""A named database; typed as Any, as its type in LMDB is private."""


class LmdbView:
    """A read transaction."""

    __slots__ = ("_agendas", "_txn")

    def __init__(self, txn: "lmdb.Transaction[bytes]", agendas: dict[Agenda, Database]) -> None:
        self._txn, self._agendas = txn, agendas

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the value of each key."""
        get = self._txn.get
        return [get(key) for key in keys]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        """Give the first entries before a time."""
        end = entry.start(before)
        found: list[Entry] = []
        with self._txn.cursor(self._agendas[agenda]) as cursor:
            if since is not None and not cursor.set_range(entry.pack(*since)):
                return found
            for key in islice(cursor.iternext(keys=True, values=False), limit):
                if key >= end:
                    break
                found.append(entry.unpack(key))
        return found

    def beginning(self, prefix: bytes) -> list[bytes]:
        """Give the keys that begin with ``prefix``."""
        with self._txn.cursor() as cursor:
            cursor.set_range(prefix)
            return list(takewhile(lambda key: key.startswith(prefix), cursor.iternext(keys=True, values=False)))


class LmdbChange(LmdbView):
    """The write transaction."""

    __slots__ = ()

    def put(self, key: bytes, value: bytes) -> None:
        """Write a value."""
        self._txn.put(key, value)

    def delete(self, key: bytes) -> None:
        """Remove a key."""
        self._txn.delete(key)

    def schedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Put an entry on an agenda."""
        self._txn.put(entry.pack(at, key), b"", db=self._agendas[agenda])

    def unschedule(self, agenda: Agenda, at: int, key: bytes) -> None:
        """Take an entry off an agenda."""
        self._txn.delete(entry.pack(at, key), db=self._agendas[agenda])


class LmdbStore:
    """A `features.stores.store.Store` in ``folder``, which is created where absent.

    A process can open a folder only once at a time. After a `StoreError` with the cause ``gone`` or ``corrupt``: close
    the store, delete the folder, build the state again, and open the store again.

    Parameters
    ----------
    folder
        The folder of the file, on a disk of this machine: LMDB can't be shared over a network.
    max_bytes
        The largest size of the file; the same in all processes.
    write_timeout_seconds
        How long a change waits for another change to end, in this process or another.
    may_lose_last
        Whether a power cut may undo the last changes, which halves the waits for the disk: the file stays whole, and
        the end of a process loses nothing.

    Raises
    ------
    StoreError
        ``corrupt``: the file is not an LMDB file, or is truncated; ``unreachable``: the folder can't be opened or
        created; ``locked``: this process has the folder open already.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int = MAX_BYTES,
        write_timeout_seconds: float = WRITE_TIMEOUT_SECONDS,
        *,
        may_lose_last: bool = False,
    ) -> None:
        self._path, self._timeout = str(folder / FILE), write_timeout_seconds
        self._writing = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _make_room(folder / LOCK_FILE)
            with store_errors(self._path, otherwise="locked"):
                self._env = lmdb.open(
                    str(folder),
                    map_size=max_bytes,
                    max_dbs=1 + len(Agenda),
                    max_readers=MAX_READERS,
                    max_spare_txns=1,
                    metasync=not may_lose_last,
                )
            self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise store_error(error, self._path) from error
        try:
            self._open_databases()
        except BaseException:
            self.close()
            raise

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Call ``ask`` with a read transaction."""
        return self._read(ask)

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Call ``change`` with the write transaction, and commit it to the disk."""
        with self._changing() as txn:
            return change(LmdbChange(txn, self._agendas))

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Give the keys that begin with one of ``prefixes``."""
        return self._read(lambda view: sorted({key for prefix in prefixes for key in view.beginning(prefix)}))

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Fill an empty store, `BATCH` records at a time; `ValueError` where the records don't ascend by key."""
        source = iter(records)
        while batch := list(islice(source, BATCH)):
            with self._changing() as txn:
                _, written = txn.cursor(self._records).putmulti(batch, append=True)
                if written < len(batch):
                    raise ValueError("the records don't ascend by key, or the store isn't empty")
        entries = iter(agenda)
        while some := list(islice(entries, BATCH)):
            with self._changing() as txn:
                change = LmdbChange(txn, self._agendas)
                for name, at, key in some:
                    change.schedule(name, at, key)

    def clear(self) -> None:
        """Remove all records and entries; the file keeps its size, and its pages are used again."""
        with self._changing() as txn:
            for database in (self._records, *self._agendas.values()):
                txn.drop(database, delete=False)

    def close(self) -> None:
        """Close the file."""
        with self._writing:
            self._env.close()
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _open_databases(self) -> None:
        opened = os.fstat(self._file)
        self._identity, self._size = (opened.st_dev, opened.st_ino), opened.st_size
        self._records: Database = None
        with store_errors(self._path):
            self._page = self._env.stat()["psize"]
            if self._size < self._length():
                # The file is truncated, or a process ended before it extended the file.
                verify(Path(self._path).parent)
        with self._changing() as txn:
            # LMDB keeps no database handle of a read transaction, so this takes the write lock like a change.
            self._agendas = {agenda: self._env.open_db(agenda.encode(), txn=txn) for agenda in Agenda}
            self._records = self._env.open_db(RECORDS, txn=txn)

    def _read(self, ask: Callable[[LmdbView], T]) -> T:
        self._check()
        try:
            with self._env.begin(self._records) as txn:
                return ask(LmdbView(txn, self._agendas))
        except lmdb.Error as error:
            raise store_error(error, self._path) from error

    @contextmanager
    def _changing(self) -> Iterator["lmdb.Transaction[bytes]"]:
        """The write transaction, which is committed at the end.

        LMDB itself would wait for another process without a time-out; the lock before it has one.
        """
        with locked(self._writing, self._file, self._timeout), store_errors(self._path):
            self._check()
            self._env.reader_check()
            with self._env.begin(self._records, write=True) as txn:
                yield txn
            self._extend()
            # A change to a file that was deleted meanwhile must not be acknowledged.
            self._check()

    def _length(self) -> int:
        return (self._env.info()["last_pgno"] + 1) * self._page

    def _extend(self) -> None:
        """Extend the file to the length in its header: LMDB leaves out free pages at the end.

        So a file that is shorter when it is opened may be damaged.
        """
        if os.fstat(self._file).st_size < (length := self._length()):
            with suppress(OSError):  # the change is on disk already
                os.ftruncate(self._file, length)

    def _check(self) -> None:
        """Raise where the file is not the opened one, or has shrunk: LMDB never shrinks it.

        Reading a page that is no longer in the file would end the process.
        """
        try:
            found = os.stat(self._path)  # noqa: PTH116 - a Path takes twice as long, and every score comes here
        except OSError as error:
            raise StoreError("gone", f"{self._path}: {error.strerror}") from error
        if (found.st_dev, found.st_ino) != self._identity:
            raise StoreError("gone", f"{self._path} is not the file that was opened")
        if found.st_size < self._size:
            raise StoreError("corrupt", f"{self._path} has {found.st_size} bytes and had {self._size}")
        self._size = found.st_size


def _make_room(lock_file: Path) -> None:
    """Allocate the blocks of a new lock file: LMDB maps it, and on a full disk its first use would end the process.

    An existing lock file is left alone: opening and closing it would drop LMDB's own locks on it.
    """
    if lock_file.exists():
        return
    made = lock_file.with_suffix(f".{os.getpid()}")
    try:
        made.write_bytes(bytes(LOCK_BYTES))
        with suppress(FileExistsError):  # another process was faster
            lock_file.hardlink_to(made)
    finally:
        made.unlink(missing_ok=True)
