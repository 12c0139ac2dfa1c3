"""The store that several machines share: Redis, one server (with or without replicas), not a cluster.

All records are fields of one hash, so that one command reads any number of them at one moment. The field ``""``, which
is never a key, holds the version: a token that every change replaces. Each agenda is a sorted set. Its members are
entries as bytes, all with the same score, so that Redis sorts them by their bytes.
"""

import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from features.stores import entry
from features.stores.pending import Pending
from features.stores.redis_errors import log_what_may_lose_changes, store_errors
from features.stores.redis_scripts import CLEAR, COMMIT, DUE, RELEASE, commands, scored
from features.stores.store import Agenda, Entry, Snapshot, StoreError, Transaction

T = TypeVar("T")
Client = Any
"""A `redis.Redis`; typed as Any, as its type hints allow an awaitable for each answer."""

NAMESPACES = "return-risk:namespaces"
VERSION = b""
ATTEMPTS = 20
"""The most attempts of a read with several queries; it starts again when a change came between two queries."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.001, 0.02
SCANNED_AT_ONCE = 500
"""The number of records that a search for keys looks at with one command, for which reads wait: with 10,000 some reads
beside it took longer than their 50 ms, with 500 at most 6 ms (750,000 records)."""
_GLOB = re.compile(rb"[*?\[\]\\^-]")
BATCH = 1000
"""The number of records that `RedisStore.load` sends at a time."""


class ChangedMeanwhileError(Exception):
    """A change came between two queries of one read."""


def _patterns(prefixes: Sequence[bytes]) -> list[bytes]:
    """Patterns of the keys that begin with one of ``prefixes``, and of few others: each is a pass through all records.

    Keys of one customer differ in the kind of record that they begin with, so what all prefixes end with tells them.
    """
    backwards = [each[::-1] for each in prefixes]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*backwards, strict=False))
    ends = bytes(letters[0] for letters in same)[::-1]
    if len(prefixes) > 1 and ends:
        return [b"*" + _literal(ends) + b"*"]
    return [_literal(each) + b"*" for each in prefixes]


def _literal(text: bytes) -> bytes:
    return _GLOB.sub(rb"\\\g<0>", text)


@dataclass(frozen=True)
class RedisKeys:
    """The keys of a namespace."""

    namespace: str

    @property
    def lock(self) -> str:
        """The lock: the token of the change under way."""
        return f"return-risk:{self.namespace}:lock"

    @property
    def records(self) -> str:
        """The hash of all records."""
        return f"return-risk:{self.namespace}:records"

    def agenda(self, agenda: Agenda) -> str:
        """The sorted set of an agenda."""
        return f"return-risk:{self.namespace}:{agenda}"

    @property
    def all(self) -> list[str]:
        """All keys, in the order of `COMMIT`."""
        return [self.lock, NAMESPACES, self.records, *map(self.agenda, Agenda)]


class RedisView:
    """A snapshot: all queries see the same version, or `ChangedMeanwhileError` is raised."""

    def __init__(self, client: Client, due: Callable[..., Any], names: RedisKeys) -> None:
        self._client, self._due, self._names = client, due, names
        self._version: tuple[bytes | None] | None = None

    def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Give the value of each key."""
        found: list[bytes | None] = self._client.execute_command("HMGET", self._names.records, VERSION, *keys)
        self._compare(found[0])
        return found[1:]

    def due(self, agenda: Agenda, before: int, limit: int, since: Entry | None = None) -> list[Entry]:
        """Give the first entries before a time."""
        keys = [self._names.records, self._names.agenda(agenda)]
        first = b"-" if since is None else b"[" + entry.pack(*since)
        version, found = self._due(keys, [b"(" + entry.start(before), limit, first], self._client)
        self._compare(version)
        return [entry.unpack(member) for member in found]

    def _compare(self, version: bytes | None) -> None:
        if self._version is None:
            self._version = (version,)
        elif self._version != (version,):
            raise ChangedMeanwhileError


class RedisStore:
    """A `features.stores.store.Store` under ``namespace`` of the Redis at ``url``.

    A change that failed with ``slow`` or ``unreachable`` may have been applied. A warning is logged for a server that
    can lose changes, because it evicts keys or keeps no append-only file.

    Parameters
    ----------
    url
        ``redis://``, ``rediss://`` or ``unix://``; a password in it is never shown. An invalid URL raises
        `ValueError`.
    namespace
        The part of the names of all keys that separates states.
    timeout_seconds
        The time-out for connecting and for each answer to a read.
    write_timeout_seconds
        The time-out for each answer to a change, and for waiting for other changes. After half of this time the lock of
        a change expires: another change may begin, and the first is refused as ``slow``.
    """

    def __init__(
        self, url: str, namespace: str, timeout_seconds: float = 0.05, write_timeout_seconds: float = 2.0
    ) -> None:
        self._names, self._timeout = RedisKeys(namespace), write_timeout_seconds
        self._reader, self._writer = client(url, timeout_seconds), client(url, write_timeout_seconds)
        commit, clear, due, release = map(self._writer.register_script, (COMMIT, CLEAR, DUE, RELEASE))
        self._commit, self._clear, self._due, self._release = commit, clear, due, release
        self._writing, self._warned = threading.Lock(), False

    def read(self, ask: Callable[[Snapshot], T]) -> T:
        """Call ``ask``, and call it again where a change came between two of its queries."""
        for _ in range(ATTEMPTS):
            with suppress(ChangedMeanwhileError), store_errors(self._reader):
                return ask(RedisView(self._reader, self._due, self._names))
        raise StoreError("slow", f"changes came between two queries of one read, {ATTEMPTS} times")

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Call ``change`` under the lock, then apply its writes by one script."""
        with self._alone() as token:
            pending = Pending(RedisView(self._writer, self._due, self._names))
            result = change(pending)
            arguments = [token, self._names.namespace, *commands(pending)]
            if not self._commit(keys=self._names.all, args=arguments):
                raise ChangedMeanwhileError
            return result

    def keys(self, prefixes: Sequence[bytes]) -> list[bytes]:
        """Give the keys that begin with one of ``prefixes``: Redis goes through all records, a part at a time."""
        with store_errors(self._writer):
            scans = (
                self._writer.hscan_iter(self._names.records, each, SCANNED_AT_ONCE) for each in _patterns(prefixes)
            )
            found = {key for scan in scans for key, _ in scan}
        return sorted(key for key in found if key != VERSION and key.startswith(tuple(prefixes)))

    def load(self, records: Iterable[tuple[bytes, bytes]], agenda: Iterable[tuple[Agenda, int, bytes]]) -> None:
        """Fill an empty store, `BATCH` records at a time."""
        with store_errors(self._writer):
            self._warn()
            self._writer.sadd(NAMESPACES, self._names.namespace)
            version, source = uuid.uuid4().bytes, iter(records)
            while batch := list(islice(source, BATCH)):
                pairs = chain.from_iterable(batch)
                self._writer.execute_command("HSET", self._names.records, VERSION, version, *pairs)
            entries = iter(agenda)
            while some := list(islice(entries, BATCH)):
                pipeline = self._writer.pipeline(transaction=False)
                for name in Agenda:
                    if members := [entry.pack(at, key) for other, at, key in some if other is name]:
                        pipeline.execute_command("ZADD", self._names.agenda(name), *scored(members))
                pipeline.execute()

    def clear(self) -> None:
        """Remove all keys of the namespace."""
        with store_errors(self._writer):
            self._clear(keys=self._names.all, args=[self._names.namespace])

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
        self._writer.close()

    @property
    def _lock_seconds(self) -> float:
        """The time after which a lock expires; others wait longer than this."""
        return self._timeout / 2

    @contextmanager
    def _alone(self) -> Iterator[bytes]:
        """Hold the lock and give its token; the block must end with its release (`COMMIT` does so)."""
        token = uuid.uuid4().bytes
        deadline = time.monotonic() + self._timeout
        if not self._writing.acquire(timeout=self._timeout):
            raise StoreError("locked", f"another thread has been changing the store for {self._timeout:g} s")
        try:
            with store_errors(self._writer):
                self._warn()
                self._take(token, deadline)
                with self._released_on_error(token):
                    yield token
        except ChangedMeanwhileError as error:
            raise StoreError(
                "slow", f"a change took longer than {self._lock_seconds:g} s and was not applied"
            ) from error
        finally:
            self._writing.release()

    @contextmanager
    def _released_on_error(self, token: bytes) -> Iterator[None]:
        """Release the lock after any error but one of Redis; after an error of Redis the lock expires by itself."""
        try:
            yield
        except redis.RedisError:
            raise
        except BaseException:
            with suppress(redis.RedisError):
                self._release(keys=[self._names.lock], args=[token])
            raise

    def _take(self, token: bytes, deadline: float) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._writer.set(self._names.lock, token, nx=True, px=max(1, int(self._lock_seconds * 1000))):
            if time.monotonic() >= deadline:
                raise StoreError("locked", f"others have been changing the store for {self._timeout:g} s")
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _warn(self) -> None:
        if not self._warned:
            log_what_may_lose_changes(self._writer)
            self._warned = True


def namespaces(url: str) -> list[str]:
    """The namespaces with content; `StoreError` when the server doesn't answer."""
    server = client(url, timeout_seconds=2.0)
    try:
        with store_errors(server):
            members: Any = server.smembers(NAMESPACES)
            return sorted(member.decode() for member in members)
    finally:
        server.close()


def client(url: str, timeout_seconds: float) -> Client:
    """A client without retries and without driver information; it connects at its first use."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,
    )
