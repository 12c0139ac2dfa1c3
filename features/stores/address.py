"""Opens a store by its address: ``memory:``, ``lmdb:FOLDER``, or the URL of a Redis."""

# ruff: noqa: PLC0415 - importing redis takes half a second, so only users of a Redis import it

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import UserError
from features.stores import lmdb_check
from features.stores.embedded import FILE, WRITE_TIMEOUT_SECONDS, LmdbStore
from features.stores.memory import MemoryStore
from features.stores.store import Store

REDIS = ("redis", "rediss", "unix")
NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""The form of a name that is valid as a folder and as a part of a key."""


def open_store(
    address: str,
    namespace: str,
    timeout_seconds: float | None = None,
    wait_seconds: float | None = None,
    *,
    may_lose_last: bool = False,
) -> Store:
    """Open the store at ``address``; states of different namespaces are separate.

    Parameters
    ----------
    address
        ``memory:`` is a new, empty store. ``lmdb:FOLDER`` has a subfolder for each namespace. ``redis://``, ``rediss://``
        and ``unix://`` are URLs in the form of redis-py.
    namespace
        Up to 64 letters, digits, ``.``, ``_`` and ``-``, the first of them a letter or digit.
    timeout_seconds
        The time-out of a Redis for one answer; None for the time-outs of `RedisStore`, which suit scoring.
    wait_seconds
        How long a change waits for another one, and for a Redis's answer; None for the times of the stores.
    may_lose_last
        Whether a power cut of this machine may undo the last changes, as `LmdbStore` says. Of a Redis, its own settings
        say this.

    Raises
    ------
    UserError
        The address or the namespace has another form.
    StoreError
        An LMDB file is damaged or locked. A Redis is contacted at its first use, not here.
    """
    if not NAMESPACE.fullmatch(namespace):
        raise UserError(
            expected="a namespace of 1 to 64 letters, digits, '.', '_' and '-' that starts with a letter or digit",
            found=repr(namespace),
            fix="choose such a name",
        )
    scheme, rest = _parts(address)
    if scheme == "memory":
        return MemoryStore()
    if scheme == "lmdb":
        folder, waits = Path(rest, namespace), WRITE_TIMEOUT_SECONDS if wait_seconds is None else wait_seconds
        return LmdbStore(folder, write_timeout_seconds=waits, may_lose_last=may_lose_last)
    from features.stores.shared import RedisStore

    try:
        times = {"timeout_seconds": timeout_seconds, "write_timeout_seconds": wait_seconds or timeout_seconds}
        return RedisStore(address, namespace, **{name: each for name, each in times.items() if each is not None})
    except ValueError:
        raise _unreadable(scheme) from None  # the cause may quote a password


def namespaces(address: str) -> list[str]:
    """The namespaces that exist at ``address``, sorted; an empty list for ``memory:``.

    Raises
    ------
    UserError
        ``address`` is not the address of a store.
    StoreError
        The Redis doesn't answer.
    """
    scheme, rest = _parts(address)
    if scheme == "memory":
        return []
    if scheme == "lmdb":
        return sorted(file.parent.name for file in Path(rest).glob(f"*/{FILE}"))
    from features.stores import shared

    try:
        return shared.namespaces(address)
    except ValueError:
        raise _unreadable(scheme) from None


def remove(address: str, namespace: str) -> None:
    """Remove a state and free its disk space; another process that has the state open gets ``gone``.

    Raises
    ------
    StoreError
        The store can't be written.
    """
    store = open_store(address, namespace)
    try:
        store.clear()
    finally:
        store.close()
    scheme, rest = _parts(address)
    if scheme == "lmdb":
        shutil.rmtree(Path(rest, namespace), ignore_errors=True)


def verify(address: str, namespace: str) -> None:
    """Check an LMDB file, as reading a damaged page may end the process; other stores report their own errors.

    Raises
    ------
    StoreError
        The file is damaged or absent.
    """
    scheme, rest = _parts(address)
    if scheme == "lmdb":
        lmdb_check.verify(Path(rest, namespace))


def _parts(address: str) -> tuple[str, str]:
    """Scheme and the rest, which may hold a password; `UserError` for another form of address."""
    scheme, colon, rest = address.partition(":")
    if scheme in REDIS and rest.startswith("//"):
        if not _readable(address):
            raise _unreadable(scheme)
    elif not ((scheme == "lmdb" and rest) or address == "memory:"):
        raise UserError(
            expected="memory:, lmdb:FOLDER, redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix://SOCKET",
            found=f"{scheme}:…" if colon else "an address without a scheme",
            fix="set the address of the store to one of these",
        )
    return scheme, rest


def _readable(url: str) -> bool:
    """Whether the URL is valid, and no part of a password with / ? or # would be read as a path."""
    try:
        _, _, path, query, fragment = urlsplit(url)
    except ValueError:
        return False
    return "@" not in path + query + fragment


def _unreadable(scheme: str) -> UserError:
    return UserError(
        expected="a URL such as "
        + ("unix:///run/redis.sock?db=0" if scheme == "unix" else f"{scheme}://localhost:6379/0"),
        found="a URL that can't be read (not shown, as it may hold a password)",
        fix="check that port and database are numbers, and write %-codes for @ : / ? # in the password",
    )
