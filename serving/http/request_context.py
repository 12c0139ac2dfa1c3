"""The context of one request, which limits, routes and the request log share."""

from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Final, cast

from starlette.types import Scope

from serving.http.trace_context import Trace

KEY: Final = "return_risk.exchange"
"""Key of the exchange in the ASGI scope."""


@dataclass(slots=True)
class Exchange:
    """One request and the state of its answer.

    ``headers``: by lower-case name; of repeated ones, the last. ``status``: of the answer, 0 until it begins.
    ``body_complete``: all of the body was read, or there is none. ``expired``: the time limit has passed. ``key``: the
    name of the API key. ``shop``: the shop of this key, which alone the request may read and change; None for the only
    shop, and before the key is admitted. ``trace``: the caller's trace, None without one. ``lines``, ``degraded``
    (causes): for the request log. ``patience``: ends the request at its time limit.
    """

    request_id: str
    headers: dict[bytes, bytes]
    trace: Trace | None = None
    status: int = 0
    body_complete: bool = False
    expired: bool = False
    key: str | None = None
    shop: str | None = None
    lines: int = 0
    degraded: tuple[str, ...] = ()
    patience: TimerHandle | None = None


def exchange_of(scope: Scope) -> Exchange:
    """Give the exchange of a request; `serving.http.request_log` puts it there."""
    return cast("Exchange", scope[KEY])
