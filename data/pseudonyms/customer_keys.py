"""The customers' secrets: a small file in which each customer has one, and whose deletion is the customer's erasure.

A row's name is the keyed hash of the customer's normal text, and its content 16 random bytes. The pseudonym that
tables, state and logs hold is derived from these bytes. So the way from a customer's id to what is written about the
customer, and back, leads through this row alone. Once the row is destroyed, every copy of the pseudonym, in a backup or
wherever else it lies, is the number of a person whom nobody can name (crypto-shredding).

Deleted rows leave no bytes: SQLite overwrites them, its write-ahead log is emptied, and where a rest of a row that was
moved before is found all the same, the whole file is written anew.
"""

import hmac
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from data.errors import UserError
from data.identity import KEY_VARIABLE, IdKey
from data.logs import log

BUSY_SECONDS: Final = 5.0
"""How long a change waits for another one."""
RIGHTS: Final = 0o600
VERSION: Final = 1
SCHEMA: Final = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE customers (
        name BLOB PRIMARY KEY, secret BLOB NOT NULL, merged_into BLOB, due INTEGER, opted_out INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID""",
    "CREATE INDEX merged ON customers (merged_into) WHERE merged_into IS NOT NULL",
    "CREATE INDEX due ON customers (due) WHERE due IS NOT NULL",
)
SECRET_BYTES: Final = 16
_DERIVED: Final = b"return-risk pseudonym"
_AT_ONCE: Final = 500
PART: Final = 10_000
"""Rows that are read at once where all are."""
FEW: Final = 20
"""Up to so many rows are searched for after their deletion; for more, the file is written anew at once."""
TRIES: Final = 20
"""So often the write-ahead log is emptied anew where a reader holds it."""


class CustomerKeysError(UserError):
    """The file of the customers' secrets can't be used."""


def pseudonym_of(secret: bytes) -> str:
    """Derive a pseudonym, 32 hexadecimal digits, from the customer's secret: it does not lead back to the secret."""
    return hmac.digest(secret, _DERIVED, "sha256")[:16].hex()


class CustomerKeys:
    """The secrets in the SQLite file ``path``, whose rows are named by ``key``. For threads and processes.

    All methods raise `CustomerKeysError` where the file can't be used or belongs to another key. Reads never make it.
    """

    def __init__(self, path: Path, key: IdKey) -> None:
        self.path, self._key = path, key
        self._lock = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._store_id: str | None = None

    @property
    def fingerprint(self) -> str | None:
        """That of the key, and that of the file: another file gives other pseudonyms. None while there is no file."""
        with self._found() as database:
            return None if database is None else f"{self._key.fingerprint}-{self._store_id}"

    @property
    def key_fingerprint(self) -> str:
        """That of the key alone, by which pseudonyms were hashes in versions without secrets."""
        return self._key.fingerprint

    def find(self, forms: Sequence[str]) -> list[str | None]:
        """Give the pseudonym of each customer; None for one without a row, one who opted out, or was erased."""
        names = [self._name(form) for form in forms]
        with self._found() as database:
            found = {} if database is None else _secrets(database, names)
        return [pseudonym_of(found[name]) if found.get(name) else None for name in names]

    def make(self, forms: Sequence[str]) -> list[str | None]:
        """Give the pseudonym of each customer; new ones are on disk when this returns. None for one who opted out."""
        names = [self._name(form) for form in forms]
        with self._made() as database:
            found = _secrets(database, names)
            if new := [name for name in dict.fromkeys(names) if name not in found]:
                self._insert(database, new)
                found |= _secrets(database, new)
        return [pseudonym_of(found[name]) if found[name] else None for name in names]

    def adopt(self, hashes: Sequence[str]) -> list[str]:
        """Give the pseudonyms of customers whose keyed hashes stand in tables of an earlier version; make new ones."""
        names = [bytes.fromhex(each) for each in hashes]
        with self._made() as database:
            self._insert(database, names)
            found = _rows(database, names)
        return [pseudonym_of(found[name][0]) for name in names]

    def living(self) -> Iterator[str]:
        """Give the pseudonyms of all customers who have a row: every other one is that of somebody who was erased."""
        for some in self._parts():
            yield from (pseudonym_of(secret) for _, secret in some)

    def _parts(self) -> Iterator[list[tuple[bytes, bytes]]]:
        """Give name and secret of every row, some at a time; rows that are made meanwhile may be among them."""
        last = b""
        while True:
            with self._found() as database:
                query = "SELECT name, secret FROM customers WHERE name > ? ORDER BY name LIMIT ?"
                some = [] if database is None else database.execute(query, (last, PART)).fetchall()
            if not some:
                return
            last = some[-1][0]
            yield some

    def merge(self, form: str, into: str) -> None:
        """Note that two customers are one person, who is erased as one."""
        name, other = self._name(form), self._name(into)
        self.make([form, into])
        with self._made() as database, _transaction(database):
            if other not in _accounts(database, name):
                database.execute("UPDATE customers SET merged_into = ? WHERE name = ?", (other, _last(database, name)))

    def accounts_of(self, form: str) -> list[str]:
        """Give the pseudonyms of all accounts of the person with the account ``form``, whether opted out or not."""
        with self._found() as database:
            if database is None:
                return []
            found = _rows(database, _accounts(database, self._name(form)))
        return [pseudonym_of(secret) for secret, _ in found.values()]

    def own(self, form: str) -> str | None:
        """Give the pseudonym of a customer, also of one who opted out; None for one without a row."""
        with self._found() as database:
            found = {} if database is None else _rows(database, {self._name(form)})
        return next((pseudonym_of(secret) for secret, _ in found.values()), None)

    def destroy(self, form: str, at: int | None = None) -> None:
        """Destroy the rows of the person's accounts; nothing of them is left in the file when this returns.

        ``at``: a time (microseconds since 1970) at which `destroy_due` is to do it instead.
        """
        with self._found() as database:
            if database is None:
                return
            names = _accounts(database, self._name(form))
            if at is None:
                self._destroy(database, names)
            else:
                with _transaction(database):
                    database.executemany("UPDATE customers SET due = ? WHERE name = ?", [(at, each) for each in names])

    def destroy_all(self, forms: Collection[str]) -> None:
        """Destroy the rows of several persons at once."""
        with self._found() as database:
            if database is not None:
                self._destroy(database, {name for form in forms for name in _accounts(database, self._name(form))})

    def rows_of(self, pseudonyms: Collection[str]) -> dict[bytes, str]:
        """Give the names of the rows of all accounts of these persons, with the pseudonym of each.

        It goes through all secrets, since no pseudonym leads to its row.
        """
        wanted, names = set(pseudonyms), set[bytes]()
        for some in self._parts():
            own = [name for name, secret in some if pseudonym_of(secret) in wanted]
            with self._made() as database:
                names |= {each for name in own for each in _accounts(database, name)}
        with self._made() as database:
            return {name: pseudonym_of(secret) for name, (secret, _) in _rows(database, names).items()}

    def destroy_rows(self, names: Collection[bytes]) -> None:
        """Destroy rows by their names."""
        with self._made() as database:
            self._destroy(database, set(names))

    def destroy_due(self, now: int) -> int:
        """Destroy the rows whose time has come, and give their number."""
        with self._found() as database:
            if database is None:
                return 0
            names = {name for (name,) in database.execute("SELECT name FROM customers WHERE due <= ?", (now,))}
            self._destroy(database, names)
            return len(names)

    def opt_out(self, form: str, *, out: bool = True) -> None:
        """Have a customer scored and logged as a guest from now on, or no longer."""
        self.make([form])
        with self._made() as database, _transaction(database):
            database.execute("UPDATE customers SET opted_out = ? WHERE name = ?", (out, self._name(form)))

    def opted_out(self, form: str) -> bool:
        """Whether the customer opted out."""
        with self._found() as database:
            found = {} if database is None else _rows(database, {self._name(form)})
        return any(out for _, out in found.values())

    def traces(self, form: str) -> list[bytes]:
        """Give what the file holds of the person, as it stands there: to be searched for after the erasure."""
        with self._found() as database:
            names = {self._name(form)} if database is None else _accounts(database, self._name(form))
            found = {} if database is None else _rows(database, names)
        return [*sorted(names | {self._name(form)}), *(secret for secret, _ in found.values())]

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _insert(self, database: sqlite3.Connection, names: Collection[bytes]) -> None:
        """Make rows with new secrets; those that are there stay as they are."""
        rows = [(name, secrets.token_bytes(SECRET_BYTES)) for name in names]
        with _transaction(database):
            database.executemany("INSERT OR IGNORE INTO customers (name, secret) VALUES (?, ?)", rows)

    def _name(self, form: str) -> bytes:
        return bytes.fromhex(self._key.hash(form))

    def _destroy(self, database: sqlite3.Connection, names: Collection[bytes]) -> None:
        if not names:
            return
        texts = [*names, *(secret for secret, _ in _rows(database, names).values())]
        with _transaction(database):
            database.executemany("DELETE FROM customers WHERE name = ?", [(name,) for name in names])
            database.executemany("UPDATE customers SET merged_into = NULL WHERE merged_into = ?", [(n,) for n in names])
        _empty_log(database)
        if len(names) > FEW or self._holds(texts):
            database.execute("VACUUM")
            _empty_log(database)
        if (log_file := self._log_file).exists() and log_file.stat().st_size:
            raise CustomerKeysError(
                expected=f"nothing of a destroyed row in {self.path}",
                found="a rest of it, since another process reads the file all the time",
                fix="send the erasure again; where this comes again, restart the service",
            )

    def _holds(self, texts: Collection[bytes]) -> bool:
        """Whether the file, or its write-ahead log, has one of these texts."""
        return any(
            text in content
            for file in (self.path, self._log_file)
            if file.exists()
            for content in [file.read_bytes()]
            for text in texts
        )

    @property
    def _log_file(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    @contextmanager
    def _made(self) -> Iterator[sqlite3.Connection]:
        """Give the open file, which is made where there is none."""
        with self._lock, self._named_errors():
            yield self._opened()

    @contextmanager
    def _found(self) -> Iterator[sqlite3.Connection | None]:
        """Give the open file; None where there is none."""
        with self._lock, self._named_errors():
            yield self._opened() if self._database is not None or self.path.exists() else None

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise CustomerKeysError(
                expected=f"a file of the customers' secrets at {self.path}",
                found=f"{type(error).__name__}: {error}",
                fix="check the permissions and free space of its folder, or correct RETURN_RISK_CUSTOMER_KEYS",
            ) from error

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = self._open()
        return self._database

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=RIGHTS)
        database = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA secure_delete = ON")
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        if _version(database) == 0:
            database.execute("PRAGMA journal_mode = WAL")  # readers never wait for a change
            with _transaction(database):
                if _version(database) == 0:
                    for statement in SCHEMA:
                        database.execute(statement)
                    facts = {"id": secrets.token_hex(4), "key": self._key.fingerprint}
                    database.executemany("INSERT INTO about VALUES (?, ?)", facts.items())
                    database.execute(f"PRAGMA user_version = {VERSION}")
                    log.warning("made the file of the customers' secrets: %s; back it up as the shop's keys", self.path)
        if (found := _version(database)) != VERSION:
            raise CustomerKeysError(
                expected=f"customers' secrets of version {VERSION} in {self.path}",
                found=f"version {found}",
                fix="run the version of the code that wrote the file",
            )
        about = dict(database.execute("SELECT name, value FROM about").fetchall())
        if about["key"] != self._key.fingerprint:
            raise CustomerKeysError(
                expected=f"{KEY_VARIABLE} to be the key by which {self.path} finds customers ({about['key']})",
                found=f"a key with the fingerprint {self._key.fingerprint}",
                fix=f"export {KEY_VARIABLE} as it was, or name another file in RETURN_RISK_CUSTOMER_KEYS and run dvc"
                " repro --force",
            )
        self._store_id = about["id"]


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    with database:
        yield


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _rows(database: sqlite3.Connection, names: Collection[bytes]) -> dict[bytes, tuple[bytes, bool]]:
    """The secret of each row, and whether the customer opted out."""
    found: dict[bytes, tuple[bytes, bool]] = {}
    every = list(dict.fromkeys(names))
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        places = ", ".join("?" * len(some))
        query = f"SELECT name, secret, opted_out FROM customers WHERE name IN ({places})"
        found |= {name: (secret, bool(out)) for name, secret, out in database.execute(query, some)}
    return found


def _secrets(database: sqlite3.Connection, names: Sequence[bytes]) -> dict[bytes, bytes]:
    """The secret of each row; empty for a customer who opted out."""
    return {name: b"" if out else secret for name, (secret, out) in _rows(database, names).items()}


def _last(database: sqlite3.Connection, name: bytes) -> bytes:
    """The account that one was merged into, over any number of merges, or itself."""
    while True:
        row = database.execute("SELECT merged_into FROM customers WHERE name = ?", (name,)).fetchone()
        if row is None or row[0] is None:
            return name
        name = row[0]


def _accounts(database: sqlite3.Connection, name: bytes) -> set[bytes]:
    """The rows of all accounts of the person whose account ``name`` is."""
    found: set[bytes] = set()
    ahead = {_last(database, name)}
    while ahead:
        found |= ahead
        ahead = {
            each
            for one in ahead
            for (each,) in database.execute("SELECT name FROM customers WHERE merged_into = ?", (one,))
        } - found
    return found


def _empty_log(database: sqlite3.Connection) -> None:
    """Write the write-ahead log into the file, and cut it to nothing; a reader that holds it ends in a moment."""
    for _ in range(TRIES):
        with suppress(sqlite3.OperationalError):
            busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return


def fingerprint_of_store(fingerprint: str) -> str | None:
    """The part of a fingerprint that stands for the file of secrets; None for that of a keyed hash."""
    _, dash, store = fingerprint.partition("-")
    return store if dash else None
