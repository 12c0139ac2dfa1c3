"""Sessions of browsers, and logins that failed; one file, which all workers of a machine share.

The cookie is a random id of 256 bits. The file keeps its hash alone, with the name and the hash of the key: whoever
reads the file can't log in, and a session ends with its key. Wrong keys are counted by the address that they came from;
from the fourth within a quarter of an hour on, the next one has to wait, up to a minute (exponential backoff).
"""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.errors import UserError
from data.times import now_us
from serving.settings import is_address, variable
from serving.sqlite_file import SqliteFile

SESSION_SECONDS: Final = 30 * 24 * 3600
FREE_TRIES: Final = 3
FORGET_SECONDS: Final = 15 * 60
LONGEST_WAIT_SECONDS: Final = 60
_IPV6_NETWORK: Final = 64
"""Bits of the network that one household or office has; the rest of an IPv6 address is theirs to choose."""
_SECOND: Final = 1_000_000
_VERSION: Final = 1
_SCHEMA: Final = (
    """
    CREATE TABLE sessions (
        id_sha256 TEXT PRIMARY KEY,
        key_name TEXT NOT NULL,
        key_sha256 TEXT NOT NULL,
        until_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE TABLE tries (address TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT",
    "CREATE INDEX tries_by_address ON tries (address, at_us)",
)


class SessionsError(UserError):
    """The file of sessions can't be used; ``expected``, ``found`` and ``fix`` give the cause and the remedy."""


@dataclass(frozen=True)
class Session:
    """The key that a session was begun with: its name, and the hash of its secret."""

    key_name: str
    key_sha256: str


class Sessions:
    """The sessions in one file, which the first call creates. Each method raises `SessionsError` without the file."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, "sessions", variable("sessions"), _SCHEMA, _VERSION, SessionsError)

    def begin(self, key_name: str, key_sha256: str) -> str:
        """Begin a session, and give its id, which is stored nowhere."""
        session_id, now = secrets.token_urlsafe(32), now_us()
        with self._file.transaction("IMMEDIATE") as database:
            database.execute("DELETE FROM sessions WHERE until_us <= ?", (now,))
            database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)",
                (_digest(session_id), key_name, key_sha256, now + SESSION_SECONDS * _SECOND),
            )
        return session_id

    def find(self, session_id: str) -> Session | None:
        """Give a session; None where it has ended, or never began."""
        with self._file.transaction("DEFERRED") as database:
            found = database.execute(
                "SELECT key_name, key_sha256 FROM sessions WHERE id_sha256 = ? AND until_us > ?",
                (_digest(session_id), now_us()),
            ).fetchone()
        return None if found is None else Session(*found)

    def end(self, session_id: str) -> None:
        """End a session, for all workers at once."""
        with self._file.transaction("IMMEDIATE") as database:
            database.execute("DELETE FROM sessions WHERE id_sha256 = ?", (_digest(session_id),))

    def try_login(self, address: str) -> int:
        """Count one try to log in from an address, and give 0; or give the whole seconds to wait, and count nothing."""
        now, source = now_us(), _source(address)
        with self._file.transaction("IMMEDIATE") as database:
            database.execute("DELETE FROM tries WHERE at_us <= ?", (now - FORGET_SECONDS * _SECOND,))
            tries, latest = database.execute(
                "SELECT count(*), coalesce(max(at_us), 0) FROM tries WHERE address = ?", (source,)
            ).fetchone()
            wait = latest + _pause(tries) * _SECOND - now
            if wait > 0:
                return int(-(-wait // _SECOND))
            database.execute("INSERT INTO tries VALUES (?, ?)", (source, now))
        return 0

    def forget_tries(self, address: str) -> None:
        """Forget the tries of an address, as its last key was right."""
        with self._file.transaction("IMMEDIATE") as database:
            database.execute("DELETE FROM tries WHERE address = ?", (_source(address),))


def _pause(tries: int) -> int:
    """Give the least seconds between the last of some wrong tries and the next one."""
    return 0 if tries < FREE_TRIES else min(LONGEST_WAIT_SECONDS, int(2 ** min(tries - FREE_TRIES, 10)))


def _source(address: str) -> str:
    """Give what tries are counted by: an IPv4 address, or the network of an IPv6 address."""
    if is_address(address) and isinstance(ipaddress.ip_address(address), ipaddress.IPv6Address):
        plain = address.partition("%")[0]
        return str(ipaddress.IPv6Network((plain, _IPV6_NETWORK), strict=False))
    return address


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
