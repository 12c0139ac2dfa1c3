"""One worker: uvicorn at the service's address, in a process that the supervisor forked."""

import gc
import math
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from serving.http.protocol import GuardedProtocol
from serving.process.lifeline import Lifeline
from serving.process.listener import Listener

KEEP_ALIVE_SECONDS: Final = 75
"""Longer than load balancers keep an idle connection, so that no connection is closed while a request arrives."""
TICKS_PER_BEAT: Final = 5
COLLECT_AFTER: Final = (20_000, 20, 50)
"""Thresholds of the garbage collector. An explained basket makes some thousands of objects, none of them in a cycle.
With Python's 700, the collector searches them several times, which takes a twelfth of the time of the basket."""


class _Server(uvicorn.Server):
    """Gives a sign of life from the event loop itself, twice a second while it serves."""

    def __init__(self, config: uvicorn.Config, line: Lifeline) -> None:
        super().__init__(config)
        self._line, self._tick = line, 0

    async def on_tick(self, counter: int) -> bool:
        if self._tick == 0:
            # Freeze the objects of the start: else each full collection searches them again, for up to 90 ms.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECT_AFTER)
        if self._tick % TICKS_PER_BEAT == 0:
            self._line.beat()
        self._tick += 1
        return await super().on_tick(counter)


def serve(app: str | Callable[[], ASGIApp], listener: Listener, shutdown_seconds: float, line: Lifeline) -> None:
    """Serve until SIGTERM, or until the supervisor is gone; requests that came in are finished first.

    Parameters
    ----------
    app
        What makes the application: a function, or its name as ``module:function``.
    shutdown_seconds
        Time for the requests that are in flight at the end.
    """
    line.end_with_supervisor()
    config = uvicorn.Config(
        app,
        factory=True,
        loop="uvloop",
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(shutdown_seconds),
    )
    own = listener.for_worker()
    listener.close()  # the inherited copy, which would stay open as long as this process
    _Server(config, line).run([own])
