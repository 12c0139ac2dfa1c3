"""Routes without parameters are answered past FastAPI's layers, as these would; all else reaches them."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from serving.http.direct import Direct
from serving.http.endpoint import Route
from serving.http.problems import ProblemError, ProblemKind
from serving.http.request_context import KEY, Exchange


async def say(_: Request, name: str = "nobody") -> Response:
    return Response(f"to {name}")


async def refuse(_: Request) -> Response:
    raise ProblemError(ProblemKind.NOT_FOUND, "there is none")


ROUTES = [Route("/said", say), Route("/said/{name}", say), Route("/refused", refuse, methods=["POST"])]


def ask(method: str, path: str) -> tuple[bool, list[Any]]:
    """Whether FastAPI's layers were asked, and what was sent."""
    asked, sent = [False], list[Message]()

    async def fastapi(_scope: Scope, _receive: Receive, _send: Send) -> None:
        asked[0] = True

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], KEY: Exchange("r1", {})}
    asyncio.run(Direct(fastapi, ROUTES)(scope, receive, send))
    return asked[0], sent


def test_a_route_without_parameters_is_answered_the_short_way() -> None:
    asked, sent = ask("GET", "/said")

    assert not asked
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"to nobody")


def test_a_problem_is_answered_with_the_id_of_the_request() -> None:
    asked, sent = ask("POST", "/refused")

    assert not asked
    assert sent[0]["status"] == 404
    assert b'"request_id":"r1"' in sent[1]["body"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/said/Ada"), ("GET", "/refused"), ("GET", "/said/"), ("GET", "/")]
)
def test_all_else_is_left_to_fastapi(method: str, path: str) -> None:
    assert ask(method, path) == (True, [])
