"""A store by its address: ``memory:``, ``lmdb:FOLDER``, or the URL of a Redis."""

# ruff: noqa: PLC0415 - the import of redis takes half a second, which those without one would pay

import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import UserError
from features.stores import lmdb_check
from features.stores.embedded import FILE, LmdbStore
from features.stores.memory import MemoryStore
from features.stores.store import Store

REDIS = ("redis", "rediss", "unix")
NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A name that can be a folder as well as a part of a key."""


def open_store(address: str, namespace: str, timeout_seconds: float | None = None) -> Store:
    """Open the store at ``address``; states of different namespaces know nothing of each other.

    Parameters
    ----------
    address
        ``memory:`` is empty each time; ``lmdb:FOLDER`` has a subfolder for each namespace; ``redis://``, ``rediss://``
        and ``unix://`` are URLs as redis-py takes them.
    namespace
        Up to 64 letters, digits, ``.``, ``_`` and ``-``, the first of them a letter or digit.

    timeout_seconds
        What a Redis gets for one answer; None: what is right for scoring.

    Raises
    ------
    UserError
        The address or the namespace is none of these.
    StoreError
        An LMDB file is broken, or locked. A Redis is first asked when it is used.
    """
    if not NAMESPACE.fullmatch(namespace):
        raise UserError(
            expected="a namespace of 1 to 64 letters, digits, '.', '_' and '-' that starts with a letter or digit",
            found=repr(namespace),
            fix="name it so",
        )
    scheme, rest = _parts(address)
    if scheme == "memory":
        return MemoryStore()
    if scheme == "lmdb":
        return LmdbStore(Path(rest, namespace))
    from features.stores.shared import RedisStore

    try:
        if timeout_seconds is None:
            return RedisStore(address, namespace)
        return RedisStore(address, namespace, timeout_seconds, timeout_seconds)
    except ValueError:
        raise _unreadable(scheme) from None  # the cause may quote a password


def namespaces(address: str) -> list[str]:
    """The namespaces that exist at ``address``, sorted; none for ``memory:``.

    Raises
    ------
    UserError
        It is no address of a store.
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
    """Remove a state and what it takes of the disk; who has it open finds it gone.

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
    """Look through a file that a broken page could make fatal to read; other stores say themselves what is wrong.

    Raises
    ------
    StoreError
        The file is broken, or not there.
    """
    scheme, rest = _parts(address)
    if scheme == "lmdb":
        lmdb_check.verify(Path(rest, namespace))


def _parts(address: str) -> tuple[str, str]:
    """Scheme and the rest, which may hold a password; `UserError` where they are no address of a store."""
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
    """Whether all of a password is where passwords are: one with / ? or # in it would be taken for a path."""
    try:
        _, _, path, query, fragment = urlsplit(url)
    except ValueError:
        return False
    return "@" not in path + query + fragment


def _unreadable(scheme: str) -> UserError:
    return UserError(
        expected="a URL such as "
        + ("unix:///run/redis.sock?db=0" if scheme == "unix" else f"{scheme}://localhost:6379/0"),
        found="one that can't be read (not shown: it may hold a password)",
        fix="look for a port or database that is no number, and write %-codes for @ : / ? # in the password",
    )
