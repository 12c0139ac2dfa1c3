"""Faults of a Redis, and the errors of the store."""

import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from features.stores.redis_errors import store_errors
from features.stores.shared import ATTEMPTS, RedisStore, namespaces
from features.stores.store import Agenda, Snapshot, StoreError, Transaction
from tests.redis_server import RedisServer, running

HASTY = {"timeout_seconds": 5, "write_timeout_seconds": 0.6}
"""Waits only briefly for other changes, with long time-outs for answers, as the machine may be busy."""
PATIENT = {"timeout_seconds": 5, "write_timeout_seconds": 10}
LOCK = "return-risk:shop:lock"


def put_one(change: Transaction) -> None:
    change.put(b"a", b"1")
    change.schedule(Agenda.CLOSE, 1, b"a")


def first(view: Snapshot) -> list[bytes | None]:
    return view.get([b"a"])


def both(view: Snapshot) -> list[bytes | None]:
    return view.get([b"a"]) + view.get([b"b"])


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisStore]:
    store = RedisStore(redis_url, "shop", **HASTY)
    yield store
    store.close()


@pytest.fixture
def other(redis_url: str) -> Iterator[RedisStore]:
    """The same state, opened again as by another machine."""
    store = RedisStore(redis_url, "shop", **PATIENT)
    yield store
    store.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    """Another client of the server."""
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that a test may stop."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def its_store(server: RedisServer) -> Iterator[RedisStore]:
    """A store on this server, with one record."""
    store = RedisStore(server.url, "shop", **PATIENT)
    store.write(put_one)
    yield store
    store.close()


def causes(*calls: Callable[[], object]) -> list[str]:
    """The cause of each call's error."""
    found = []
    for call in calls:
        with pytest.raises(StoreError) as failed:
            call()
        found.append(failed.value.cause)
    return found


@pytest.mark.usefixtures("its_store")
def test_a_server_that_hangs_is_slow_and_its_late_answer_is_not_taken_for_the_next(server):
    hurried = RedisStore(server.url, "shop", timeout_seconds=0.5, write_timeout_seconds=0.5)
    hurried.read(first)
    server.process.send_signal(signal.SIGSTOP)
    try:
        found = causes(lambda: hurried.read(first), lambda: hurried.write(put_one))
    finally:
        server.process.send_signal(signal.SIGCONT)

    assert found == ["slow"] * 2
    assert hurried.read(lambda view: view.get([b"b", b"a"])) == [None, b"1"]
    hurried.close()


def test_a_server_that_was_killed_is_unreachable_until_it_is_there_again_with_all_that_was_acknowledged(
    server, its_store
):
    server.stop()

    found = causes(
        lambda: its_store.read(first),
        lambda: its_store.write(put_one),
        its_store.clear,
        lambda: its_store.load([(b"a", b"")], []),
        lambda: namespaces(server.url),
    )

    assert found == ["unreachable"] * 5
    server.start()
    assert its_store.read(first) == [b"1"]
    assert its_store.read(lambda view: view.due(Agenda.CLOSE, 2, 9)) == [(1, b"a")]


def test_a_server_that_is_killed_in_the_middle_of_a_change_has_none_of_it(server, its_store):
    def change(transaction: Transaction) -> None:
        transaction.put(b"a", b"half")
        transaction.get([b"b"])
        server.stop()

    assert causes(lambda: its_store.write(change)) == ["unreachable"]

    server.start()
    assert its_store.read(first) == [b"1"]


def test_a_server_without_memory_refuses_a_change_as_a_whole_and_is_read_and_cleared_all_the_same(server, its_store):
    def change(transaction: Transaction) -> None:
        transaction.put(b"a", b"x" * 1000)
        transaction.delete(b"b")
        transaction.unschedule(Agenda.CLOSE, 1, b"a")

    with redis.Redis.from_url(server.url) as client:
        its_store.read(first)
        client.config_set("maxmemory", "1")
        found = causes(lambda: its_store.write(change), lambda: its_store.load([(b"b", b"")], []))
        values = its_store.read(lambda view: (view.get([b"a", b"b"]), view.due(Agenda.CLOSE, 2, 9)))
        its_store.clear()
        client.config_set("maxmemory", "0")

    assert found == ["full"] * 2
    assert values == ([b"1", None], [(1, b"a")])
    assert its_store.read(first) == [None]


def test_a_change_that_outlives_its_lock_is_refused_and_the_later_one_stays(store, other, client):
    def change(transaction: Transaction) -> None:
        transaction.put(b"a", b"too late")
        while client.exists(LOCK):
            pass
        other.write(lambda later: later.put(b"a", b"later"))

    assert causes(lambda: store.write(change)) == ["slow"]

    assert store.read(first) == [b"later"]
    assert not client.exists(LOCK)


def test_a_change_that_lost_its_lock_and_reads_on_doesnt_mix_two_moments(store, other, client):
    def change(transaction: Transaction) -> None:
        transaction.get([b"a"])
        while client.exists(LOCK):
            pass
        other.write(put_one)
        transaction.get([b"b"])
        pytest.fail("read from another moment")

    assert causes(lambda: store.write(change)) == ["slow"]


def test_a_change_that_lost_its_lock_doesnt_release_the_lock_of_another(store, client):
    def change(_: Transaction) -> None:
        client.set(LOCK, b"another's")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(change)

    assert client.get(LOCK) == b"another's"


def test_a_lock_that_is_not_released_in_time_stops_writers_but_no_reader(store, client):
    store.write(put_one)
    client.set(LOCK, b"another's")

    assert causes(lambda: store.write(put_one)) == ["locked"]
    assert store.read(first) == [b"1"]


def test_an_exception_in_a_change_releases_the_lock(store, client):
    with pytest.raises(ZeroDivisionError):
        store.write(lambda _: 1 // 0)

    assert not client.exists(LOCK)


def test_a_read_of_two_queries_starts_again_when_a_change_came_between(store, other):
    found: list[list[bytes | None]] = []

    def ask(view: Snapshot) -> list[bytes | None]:
        before = view.get([b"a"])
        if not found:
            other.write(put_one)
        found.append(before)
        return before + [key for _, key in view.due(Agenda.CLOSE, 2, 9)]

    assert store.read(ask) == [b"1", b"a"]
    assert found == [[None], [b"1"]]


def test_a_read_is_slow_when_changes_always_come_between_its_queries(store, other):
    found: list[list[bytes | None]] = []

    def ask(view: Snapshot) -> None:
        found.append(view.get([b"a"]))
        other.write(put_one)
        view.get([b"b"])

    assert causes(lambda: store.read(ask)) == ["slow"]
    assert len(found) == ATTEMPTS


def test_clearing_one_namespace_leaves_no_key_of_it_and_all_of_others(store, redis_url, client):
    neighbour = RedisStore(redis_url, "shop:2", **PATIENT)
    neighbour.write(put_one)
    store.write(put_one)
    assert namespaces(redis_url) == ["shop", "shop:2"]

    store.clear()

    assert namespaces(redis_url) == ["shop:2"]
    assert all(key == b"return-risk:namespaces" or key.startswith(b"return-risk:shop:2:") for key in client.scan_iter())
    assert neighbour.read(first) == [b"1"]
    neighbour.close()


def test_a_change_under_way_is_refused_when_all_is_cleared(store, other):
    def change(transaction: Transaction) -> None:
        put_one(transaction)
        other.clear()

    assert causes(lambda: store.write(change)) == ["slow"]

    assert store.read(first) == [None]


def test_a_change_of_nothing_leaves_nothing(store, client):
    store.write(lambda change: change.get([b"a"]))

    assert client.keys() == []


def test_no_error_shows_a_password(server):
    with redis.Redis.from_url(server.url) as client:
        client.config_set("requirepass", "right")
    store = RedisStore(f"unix://:s3cret@{server.socket}?db=0", "shop")

    with pytest.raises(StoreError) as failed:
        store.read(first)

    assert failed.value.cause == "unreachable"
    assert str(server.socket) in str(failed.value)
    assert "s3cret" not in "".join(traceback.format_exception(failed.value))


def test_a_server_that_may_lose_changes_is_logged_once(server, caplog):
    store = RedisStore(server.url, "shop", **PATIENT)
    store.write(put_one)
    assert not caplog.messages

    with redis.Redis.from_url(server.url) as client:
        client.config_set("appendonly", "no")
        client.config_set("maxmemory", "1gb")
        client.config_set("maxmemory-policy", "allkeys-lru")
    again = RedisStore(server.url, "shop", **PATIENT)
    again.write(put_one)
    again.write(put_one)

    first_warning, second_warning = caplog.messages
    assert "no append-only file" in first_warning
    assert "may evict" in second_warning


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (redis.TimeoutError("Timeout reading from socket"), "slow"),
        (redis.ConnectionError("Connection refused"), "unreachable"),
        (redis.BusyLoadingError("Redis is loading the dataset in memory"), "unreachable"),
        (redis.ReadOnlyError("You can't write against a read only replica."), "unreachable"),
        (redis.ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), "full"),
        (redis.ResponseError("BUSY Redis is busy running a script."), "slow"),
        (redis.ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"), "corrupt"),
    ],
)
def test_an_error_of_the_server_becomes_a_cause(redis_url, error, cause):
    with redis.Redis.from_url(redis_url) as client, pytest.raises(StoreError) as failed, store_errors(client):
        raise error

    assert failed.value.cause == cause
