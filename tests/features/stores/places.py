"""Stores for tests by their address, the one for comparison among them."""

from pathlib import Path

from features.stores.address import open_store
from features.stores.store import Store
from tests.benchmarks.sqlite_store import SqliteStore

NAMESPACE = "shop"


def opened(address: str) -> Store:
    """The store at ``address``: one of `open_store`, or ``sqlite:FILE``."""
    scheme, _, rest = address.partition(":")
    return SqliteStore(Path(rest)) if scheme == "sqlite" else open_store(address, NAMESPACE)
