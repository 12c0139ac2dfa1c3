"""Limits on the size, time and number of requests, so that no caller can use up the service.

They are plain ASGI middleware: they see a request before its body arrives, and cost a few microseconds each.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.problems import ProblemError, ProblemKind, overloaded, unavailable
from serving.http.request_context import Exchange, exchange_of

T = TypeVar("T")


class BodyLimit:
    """Refuses a body that is longer than ``most`` bytes, whatever its header says.

    An answer before the end of a long body closes the connection, so that the service does not wait for the rest.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse to read on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = exchange_of(scope)
        announced = _announced(exchange.headers)
        exchange.body_complete = announced == 0
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            if message["type"] == "http.request":
                size += len(message.get("body", b""))
                if size > self._most:
                    raise self._too_large()
                exchange.body_complete = not message.get("more_body", False)
            return message

        async def closing(message: Message) -> None:
            long = announced is None or announced > self._most
            if message["type"] == "http.response.start" and long and not exchange.body_complete:
                message["headers"].append((b"connection", b"close"))
            await send(message)

        if announced is not None and announced > self._most:
            await self._too_large().response(exchange.request_id)(scope, receive, closing)
            return
        await self._app(scope, counted, closing)

    def _too_large(self) -> ProblemError:
        return ProblemError(ProblemKind.TOO_LARGE, f"at most {self._most} bytes are read; split the request")


def _announced(headers: dict[bytes, bytes]) -> int | None:
    """The length of the body as the headers say; None where they don't."""
    if b"transfer-encoding" in headers:
        return None
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() and len(length) < 20 else None


class TimeLimit:
    """Ends requests after ``seconds``: 408 while the body is still coming, 503 while the answer is.

    It works as `asyncio.timeout`, in about half of the time.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in time, or with the problem of a timeout."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange, task = exchange_of(scope), asyncio.current_task()
        exchange.patience = asyncio.get_running_loop().call_later(self._seconds, _expire, exchange, task)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not exchange.expired or task is None or task.uncancel():
                raise  # another cause ends the task, such as a server that stops
            await _too_slow(body_complete=exchange.body_complete).response(exchange.request_id)(scope, receive, send)
        finally:
            exchange.patience.cancel()


def allow_more_time(exchange: Exchange, seconds: float) -> None:
    """Let the current request, whose body is there, take ``seconds`` from now on."""
    if exchange.patience is not None:
        exchange.patience.cancel()
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        exchange.patience = loop.call_later(seconds, _expire, exchange, task)


def _expire(exchange: Exchange, task: asyncio.Task[None] | None) -> None:
    if task is not None and not exchange.status:
        exchange.expired = True
        task.cancel()


def _too_slow(*, body_complete: bool) -> ProblemError:
    if body_complete:
        return unavailable("the answer took too long; what was sent may be sent again")
    return ProblemError(ProblemKind.TIMEOUT, "the body took too long to arrive", headers={"Connection": "close"})


class InFlightLimit:
    """Load shedding: answers at most ``most`` requests to one path at a time, and refuses more at once.

    Each path has a count of its own, so that events that wait for a slow store take no place from scores. ``paths``
    are the limited ones; health checks are not limited.
    """

    def __init__(self, app: ASGIApp, most: int, paths: frozenset[str]) -> None:
        self._app, self._most, self._paths = app, most, paths
        self._running: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or turn away."""
        if scope["type"] != "http" or (path := scope["path"]) not in self._paths:
            await self._app(scope, receive, send)
            return
        if self._running[path] >= self._most:
            problem = overloaded("too many requests at once; wait a little")
            await problem.response(exchange_of(scope).request_id)(scope, receive, send)
            return
        self._running[path] += 1
        try:
            # Scoring never awaits. Without this turn of the event loop, each request would end before the next one is
            # counted, and a queue of hundreds would not reach the limit.
            await asyncio.sleep(0)
            await self._app(scope, receive, send)
        finally:
            self._running[path] -= 1


async def while_asked(receive: Receive, answer: Awaitable[T]) -> T:
    """Wait for an answer that takes long; `ClientDisconnect` where the client leaves before, and the work ends.

    The body has been read: all that ``receive`` still tells is that the client left.
    """
    making, leaving = asyncio.ensure_future(answer), asyncio.ensure_future(receive())
    try:
        await asyncio.wait((making, leaving), return_when=asyncio.FIRST_COMPLETED)
        if making.done():
            return making.result()
        raise ClientDisconnect
    finally:
        making.cancel()
        leaving.cancel()
        await asyncio.wait((making, leaving))


async def read_body(receive: Receive) -> bytes:
    """Read a whole body; `ClientDisconnect` where the client leaves before its end."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            return b"".join((*parts, body)) if parts else body
        parts.append(body)
