"""Stores for tests by their address, the one for comparison among them."""

from pathlib import Path

from features.stores.address import open_store
from features.stores.store import Store
from tests.benchmarks.sqlite_store import SqliteStore

NAMESPACE = "shop"


def opened(address: str) -> Store:
    """The store at ``address``: one of `open_store`, or ``sqlite:FILE``, or ``loose:FOLDER``, which may lose its last.

    A Redis may be as slow as a busy machine.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "sqlite":
        return SqliteStore(Path(rest))
    if scheme == "loose":
        return open_store(f"lmdb:{rest}", NAMESPACE, may_lose_last=True)
    if scheme == "unix":
        from features.stores.shared import RedisStore  # noqa: PLC0415 - it takes long, in each process

        return RedisStore(address, NAMESPACE, timeout_seconds=10)
    return open_store(address, NAMESPACE)
