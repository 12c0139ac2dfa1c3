from pathlib import Path

import pytest

from data.errors import UserError
from features.stores.address import namespaces, open_store, remove, verify
from features.stores.embedded import LmdbStore
from features.stores.memory import MemoryStore
from features.stores.shared import RedisStore
from features.stores.store import StoreError


def test_an_address_names_the_kind_of_store(tmp_path: Path) -> None:
    lmdb = open_store(f"lmdb:{tmp_path}/state", "shop")
    found = [open_store("memory:", "shop"), lmdb, open_store("redis://127.0.0.1:1/2", "shop")]
    lmdb.close()

    assert [type(store) for store in found] == [MemoryStore, LmdbStore, RedisStore]
    assert isinstance(open_store("rediss://127.0.0.1:1", "shop"), RedisStore)
    assert isinstance(open_store("unix:///nowhere", "shop"), RedisStore)


def test_each_namespace_of_a_folder_is_a_folder_in_it(tmp_path: Path) -> None:
    address = f"lmdb:{tmp_path / 'state'}"
    assert namespaces(address) == []

    for name in ("b", "a-1.2_x"):
        open_store(address, name).close()

    assert namespaces(address) == ["a-1.2_x", "b"]
    assert (tmp_path / "state" / "b").is_dir()


def test_each_namespace_of_a_redis_is_known_once_it_holds_something(redis_url: str) -> None:
    one, other = open_store(redis_url, "one"), open_store(redis_url, "other")
    one.write(lambda change: change.put(b"a", b"1"))

    assert namespaces(redis_url) == ["one"]
    other.load([(b"a", b"2")], [])
    assert namespaces(redis_url) == ["one", "other"]
    one.close()
    other.close()


def test_a_file_is_looked_through_and_other_stores_are_not(tmp_path: Path) -> None:
    open_store(f"lmdb:{tmp_path}", "shop").close()
    verify(f"lmdb:{tmp_path}", "shop")
    verify("memory:", "shop")
    verify("redis://127.0.0.1:1", "shop")

    (tmp_path / "shop" / "data.mdb").write_bytes(b"garbage" * 4096)

    with pytest.raises(StoreError, match="corrupt"):
        verify(f"lmdb:{tmp_path}", "shop")


def test_memory_has_no_namespaces() -> None:
    assert namespaces("memory:") == []


@pytest.mark.parametrize("address", ["", "memory", "memory:x", "lmdb:", "redis:x", "postgresql://u:s3cret@h/x", "/a/b"])
def test_any_other_address_is_refused_with_those_that_are_fine(address: str) -> None:
    for ask in (lambda: open_store(address, "shop"), lambda: namespaces(address)):
        with pytest.raises(UserError, match="lmdb:FOLDER") as refused:
            ask()

        assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "redis://:s3cret@127.0.0.1:port/0",
        "redis://:p#s3cret@127.0.0.1/0",
        "redis://:p/s3cret@127.0.0.1/0",
        "redis://:1/s3cret@127.0.0.1/0",
        "unix://:p/s3cret@/run/redis.sock",
        "redis://[s3cret",
    ],
)
def test_an_address_that_cant_be_read_is_not_shown(address: str) -> None:
    with pytest.raises(UserError, match="can't be read") as refused:
        open_store(address, "shop")

    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize("namespace", ["", ".", "..", "a/b", "a:b", "-a", "ä", "a\n", "a" * 65])
def test_a_namespace_is_a_plain_name(namespace: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a namespace of"):
        open_store(f"lmdb:{tmp_path}", namespace)


def test_a_removed_state_takes_no_disk_space(tmp_path: Path) -> None:
    address = f"lmdb:{tmp_path}"
    open_store(address, "old").close()

    remove(address, "old")

    assert (namespaces(address), list(tmp_path.iterdir())) == ([], [])
