"""The contract on each store."""

import pytest

from tests.features.stores.contract import SharedStoreContract, StoreContract


class TestMemory(StoreContract):
    @pytest.fixture
    def address(self, memory_address: str) -> str:
        return memory_address


class TestLmdb(SharedStoreContract):
    @pytest.fixture
    def address(self, lmdb_address: str) -> str:
        return lmdb_address


class TestLmdbThatMayLoseItsLast(SharedStoreContract):
    """Only a power cut may undo changes of it: all else of the contract holds."""

    @pytest.fixture
    def address(self, lmdb_address: str) -> str:
        return lmdb_address.replace("lmdb:", "loose:")


class TestRedis(SharedStoreContract):
    @pytest.fixture
    def address(self, redis_url: str) -> str:
        return redis_url


class TestSqlite(SharedStoreContract):
    """The store for comparison in benchmarks; the contract holds for it, too."""

    @pytest.fixture
    def address(self, sqlite_address: str) -> str:
        return sqlite_address
