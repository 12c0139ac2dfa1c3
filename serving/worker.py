"""One worker: uvicorn on the socket that the supervisor opened; ``python -m serving.worker`` is started by it alone."""

import argparse
import gc
import signal
import socket
import sys
from types import FrameType
from typing import Final

import uvicorn

from serving import lifeline, logs
from serving.lifeline import Lifeline

APP: Final = "serving.app:create_app"
TURN_SECONDS: Final = 0.0001
"""How long a thread may keep the interpreter's lock when another one wants it.

With Python's 5 ms, a score that gives the lock up three times waits for the writer of events as often: while events of
0.4 ms were applied without a pause, scores of 0.6 ms took 13 ms at p99, with 0.1 ms less than 2, at the same rate of
events. Nothing is lost while one thread works alone.
"""
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than load balancers keep an idle connection, so that it is never closed under a request on its way."""
TICKS_PER_BEAT: Final = 10


class _Server(uvicorn.Server):
    """Gives a sign of life from the event loop itself, each second while it serves."""

    def __init__(self, config: uvicorn.Config, line: Lifeline) -> None:
        super().__init__(config)
        self._line, self._tick = line, 0

    async def on_tick(self, counter: int) -> bool:
        if self._tick == 0:
            # What was imported stays: without this, each full collection looks through it again, for 90 ms.
            gc.collect()
            gc.freeze()
        if self._tick % TICKS_PER_BEAT == 0:
            self._line.beat()
        self._tick += 1
        return await super().on_tick(counter)


def main() -> None:
    """Serve until SIGTERM, or until the supervisor is gone; requests that came in are finished first."""
    given = _arguments()
    logs.set_up(given.log_level)
    signal.signal(signal.SIGTERM, _end)  # uvicorn takes it over while it serves, and raises it again when it has ended
    line = Lifeline(given.lifeline)
    line.end_with_supervisor()
    sys.setswitchinterval(TURN_SECONDS)
    config = uvicorn.Config(
        given.app,
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=given.shutdown_seconds,
    )
    try:
        _Server(config, line).run([socket.socket(fileno=given.socket)])
    finally:
        gc.unfreeze()  # what is never freed is reported as leaked by libraries that count


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m serving.worker", description=__doc__)
    parser.add_argument("--app", default=APP, help="module:function that makes the application")
    parser.add_argument("--socket", type=int, required=True, metavar="FD", help="the socket to take requests from")
    parser.add_argument("--shutdown-seconds", type=int, required=True, help="time for what is in flight at the end")
    parser.add_argument("--log-level", default="info", help="from which level on messages are logged")
    lifeline.add_argument(parser)
    return parser.parse_args()


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
