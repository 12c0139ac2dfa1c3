"""The request log: gives each request an id, logs one line of JSON, counts it, and answers uncaught exceptions.

Bodies, query strings, addresses and customer ids are never logged, nor are messages of exceptions, which may hold them.
"""

import re
import time
import traceback
from functools import partial
from random import Random
from typing import Any, Final

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.times import utc_now
from serving.http import trace_context
from serving.http.line_writer import LineWriter
from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import KEY, Exchange
from serving.http.telemetry import Telemetry
from serving.scoring.after_answer import after_answer

HEADER: Final = b"x-request-id"
VALID_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
CLIENT_GONE: Final = 499
"""The status that is logged where a client left before its answer; nginx uses it, too."""
UNMATCHED: Final = "unmatched"


class RequestLog:
    """The outermost layer of middleware.

    Parameters
    ----------
    writer
        Where the lines go; None: they are not logged.
    """

    def __init__(self, app: ASGIApp, telemetry: Telemetry, writer: LineWriter | None) -> None:
        self._app, self._telemetry, self._writer = app, telemetry, writer
        self._draw = Random()  # noqa: S311 - an id is to be unlike the others, and is no secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, even after an exception inside, and log it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = dict(scope["headers"])
        trace = trace_context.read(scope["headers"]) if trace_context.PARENT in headers else None
        exchange = scope[KEY] = Exchange(self._request_id(headers), headers, trace)
        failure: Exception | None = None
        try:
            failure = await self._answer(scope, receive, send, exchange)
        finally:
            after_answer(partial(self._note, scope, exchange, time.perf_counter() - started, failure))

    async def _answer(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> Exception | None:
        """Let the inner layers answer. After an exception there, answer 500, and return the exception for the log."""

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"].append((HEADER, exchange.request_id.encode()))
                if exchange.trace is not None:
                    message["headers"].extend(exchange.trace.headers())
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            return None  # nobody is left to be answered
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets an answer and the log a line
            if exchange.status:
                raise RuntimeError("an answer broke off") from None
            problem = ProblemError(ProblemKind.INTERNAL, "the request failed here; its id finds it in the log")
            await problem.response(exchange.request_id)(scope, receive, send_with_id)
            return error
        return None

    def _request_id(self, headers: dict[bytes, bytes]) -> str:
        """Take the caller's id where it is valid, else make a random one."""
        given = headers.get(HEADER)
        if given is not None and VALID_ID.fullmatch(given):
            return given.decode()
        return f"{self._draw.getrandbits(64):016x}"

    def _note(self, scope: Scope, exchange: Exchange, seconds: float, failure: Exception | None) -> None:
        route = getattr(scope.get("route"), "path_format", UNMATCHED)
        exchange.status = exchange.status or CLIENT_GONE
        self._telemetry.answered(route, exchange.status, seconds)
        if self._writer is not None:
            self._writer.write(_line(scope["method"], route, seconds, exchange, failure))


def _line(method: str, route: str, seconds: float, exchange: Exchange, failure: Exception | None) -> bytes:
    facts: dict[str, Any] = {
        "time": utc_now(),
        "request_id": exchange.request_id,
        "method": method,
        "route": route,
        "status": exchange.status,
        "ms": round(seconds * 1000, 3),
        "key": exchange.key,
        "lines": exchange.lines,
    }
    if exchange.shop is not None:
        facts["shop"] = exchange.shop
    if exchange.trace is not None:
        trace = exchange.trace
        facts |= {"trace_id": trace.trace_id, "span_id": trace.span_id, "parent_id": trace.parent_id}
    if exchange.degraded:
        facts["degraded"] = list(exchange.degraded)
    if failure is not None:
        facts |= {"error": type(failure).__name__, "at": _places(failure)}
    return orjson.dumps(facts, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _places(failure: Exception) -> list[str]:
    """The places of the traceback, innermost last; never the message, which may hold data."""
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(failure.__traceback__)[-6:]]
