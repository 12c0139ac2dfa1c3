"""Clients for tests: in this process, or over a socket to a real server with its own event loop."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
import uvicorn
from fastapi import FastAPI

from serving.app import create_app
from serving.http.protocol import GuardedProtocol
from serving.ports import Ports
from serving.settings import Settings
from tests.serving.fakes import FakeParts

HERE = "http://127.0.0.1"
BASKET = {"lines": [{"product_id": "P-1", "quantity": 1, "price_minor": 250}]}


@dataclass
class Asker:
    """Sends requests to an application in this process, one after another."""

    app: FastAPI
    runner: asyncio.Runner

    @classmethod
    @contextmanager
    def of(cls, fakes: FakeParts, **settings: Any) -> Iterator[Self]:
        """An application over ``fakes``, from its start to its end."""
        with cls.over(fakes.parts(), **settings) as asker:
            yield asker

    @classmethod
    @contextmanager
    def over(cls, parts: Ports, **settings: Any) -> Iterator[Self]:
        """An application over ``parts``, from its start to its end."""
        with cls.of_app(create_app(Settings(**{"log_level": "error", **settings}), parts)) as asker:
            yield asker

    @classmethod
    @contextmanager
    def of_app(cls, app: FastAPI) -> Iterator[Self]:
        """An application, from its start to its end."""
        with asyncio.Runner() as runner:
            lifespan = app.router.lifespan_context(app)
            runner.run(_enter(lifespan))
            try:
                yield cls(app, runner)
            finally:
                runner.run(lifespan.__aexit__(None, None, None))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = BASKET, **options: Any) -> httpx.Response:
        """POST ``body`` as JSON, or as it is where it is bytes."""
        if isinstance(body, bytes):
            options["headers"] = {"Content-Type": "application/json", **options.get("headers", {})}
            return self.ask("POST", path, content=body, **options)
        return self.ask("POST", path, json=body, **options)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.together((method, path, options))[0]

    def together(self, *requests: tuple[str, str, dict[str, Any]]) -> list[httpx.Response]:
        """Send several requests at once."""
        return self.runner.run(self._all(requests))

    async def _all(self, requests: tuple[tuple[str, str, dict[str, Any]], ...]) -> list[httpx.Response]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            asked = [client.request(method, path, **options) for method, path, options in requests]
            return await asyncio.gather(*asked)


async def _enter(lifespan: Any) -> None:
    await lifespan.__aenter__()


@contextmanager
def listening(fakes: FakeParts, **settings: Any) -> Iterator[int]:
    """A server over ``fakes`` as in operation, but in a thread of this process; yields its port."""
    with listening_over(fakes.parts(), **settings) as port:
        yield port


@contextmanager
def listening_over(parts: Ports, **settings: Any) -> Iterator[int]:
    """A server over ``parts`` as in operation, but in a thread of this process; yields its port."""
    app = create_app(Settings(**{"log_level": "error", **settings}), parts)
    config = uvicorn.Config(
        app, port=0, loop="uvloop", http=GuardedProtocol, ws="none", lifespan="on", log_config=None, access_log=False,
        timeout_keep_alive=1, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
