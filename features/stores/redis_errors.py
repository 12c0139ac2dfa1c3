"""Turns the errors of Redis into `StoreError`, and warns of server settings that may lose changes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis

from data.logs import log
from features.stores.store import StoreError

BY_CODE = {
    "OOM": "full",
    "MISCONF": "full",  # the server can't write to its disk and refuses changes
    "BUSY": "slow",
    "WRONGTYPE": "corrupt",
}
"""Causes by the first word of an answer; any other refusal counts as ``unreachable``."""


@contextmanager
def store_errors(client: "redis.Redis") -> Iterator[None]:
    """Raise errors of Redis in the block as a `StoreError` that shows no password."""
    try:
        yield
    except redis.TimeoutError as error:
        raise StoreError("slow", f"{where(client)}: {error}") from error
    except redis.ConnectionError as error:
        # The message of redis-py may quote the URL.
        raise StoreError("unreachable", f"{where(client)}: {type(error).__name__}") from error
    except redis.RedisError as error:
        code = "OOM" if isinstance(error, redis.OutOfMemoryError) else str(error).partition(" ")[0]
        cause = BY_CODE.get(code, "unreachable")
        raise StoreError(cause, f"{where(client)}: {type(error).__name__} {code}") from error


def where(client: "redis.Redis") -> str:
    """The address of the server, without user and password."""
    known: dict[str, Any] = client.connection_pool.connection_kwargs
    place = known.get("path") or f"{known.get('host', 'localhost')}:{known.get('port', 6379)}"
    return f"Redis at {place}, database {known.get('db', 0)}"


def log_what_may_lose_changes(client: "redis.Redis") -> None:
    """Log a warning for each setting of the server that may lose an acknowledged change."""
    facts: dict[str, Any] = {}
    with suppress(redis.ResponseError):  # not every user may call INFO
        facts = client.info("persistence", "memory")
    if facts.get("aof_enabled") == 0:
        log.warning(
            "%s keeps no append-only file: when it stops, changes are lost. Set appendonly yes, appendfsync always",
            where(client),
        )
    if facts.get("maxmemory") and str(facts.get("maxmemory_policy")).startswith("allkeys"):
        log.warning("%s may evict the whole state to make room. Set maxmemory-policy noeviction", where(client))
