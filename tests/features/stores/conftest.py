"""An empty place for each kind of store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from features.stores.lmdb_check import verify
from tests.features.stores.places import NAMESPACE
from tests.redis_server import redis_server


@pytest.fixture
def memory_address() -> str:
    return "memory:"


@pytest.fixture
def lmdb_address(tmp_path: Path) -> Iterator[str]:
    """After the test the file must be undamaged."""
    yield f"lmdb:{tmp_path}"
    verify(tmp_path / NAMESPACE)


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'store.sqlite'}"


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server that tests share."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(shared_redis: str) -> str:
    """The URL of the same server, without content."""
    with redis.Redis.from_url(shared_redis) as client:
        client.flushall()
    return shared_redis
