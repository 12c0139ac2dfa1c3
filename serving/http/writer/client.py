"""The side of a worker: hands the bodies of requests to the process that writes events.

So a worker spends nothing on events but to pass them on, and scores don't wait for them.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from data.logs import log
from serving.http.problems import ProblemError, unavailable
from serving.http.writer.messages import NOTICE, Notice, read_answer, read_notice
from serving.ports import Written
from serving.process.frames import Unpacker, pack
from serving.scores import Degraded

AWAY: Final = "the process that writes events is being started"
CONNECT_SECONDS: Final = 0.1
"""Time between two attempts to connect."""
START_SECONDS: Final = 5.0
"""Longest time that the start of a worker waits for the writer."""


class WriterClient:
    """A `serving.ports.EventWriting` by way of the writer at the socket ``path``.

    ``known``: called with the name of the state that was written to; it returns once this process reads that state.
    """

    def __init__(self, path: Path, known: Callable[[str], Awaitable[None]]) -> None:
        self._path, self._known = path, known
        self._connection: _Connection | None = None
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def trouble(self) -> Degraded | None:
        """Why events can't be written now; None while they can."""
        connection = self._connection
        if connection is None or connection.notice is None:
            return Degraded("events_away", AWAY)
        cause = connection.notice.cause
        return None if cause is None else Degraded(f"events_{cause}", connection.notice.detail)

    async def start(self) -> None:
        """Connect, and stay connected; return once the writer is ready, or after `START_SECONDS`."""
        self._task = asyncio.create_task(self._stay_connected())
        try:
            await asyncio.wait_for(self._ready.wait(), START_SECONDS)
        except TimeoutError:
            log.warning("the process that writes events is not ready yet: events are refused until it is")

    async def stop(self) -> None:
        """Leave the writer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._connection is not None:
            self._connection.leave()

    async def write(self, body: bytes) -> Written:
        """Hand the body over, and wait for the answer.

        Raises
        ------
        ProblemError
            What the writer raised; or 503 where it is away, or ended before it answered.
        """
        connection = self._connection
        if connection is None or connection.notice is None:
            raise unavailable(f"{AWAY}; none of these events was taken")
        written = read_answer(await connection.ask(body))
        if written.state is not None:
            await self._known(written.state)
        return written

    async def _stay_connected(self) -> None:
        reached = True
        while True:
            connection = _Connection(self._ready.set)
            try:
                await asyncio.get_running_loop().create_unix_connection(lambda: connection, os.fspath(self._path))  # noqa: B023
            except OSError as error:
                if reached:
                    log.error("the process that writes events can't be reached: %s", error)  # noqa: TRY400 - no bug
                reached = False
            else:
                reached, self._connection = True, connection
                await connection.lost
            await asyncio.sleep(CONNECT_SECONDS)


class _Connection(asyncio.Protocol):
    """One connection. ``notice``: the latest one; None until the writer has taken the connection."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self._ready, self._unpacker = ready, Unpacker()
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._number = NOTICE
        self._transport: asyncio.Transport | None = None
        self.notice: Notice | None = None
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ask(self, body: bytes) -> bytes:
        """Send a body, and give what the writer answers."""
        if self._transport is None:
            raise _gone()
        self._number += 1
        number, answer = self._number, asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._transport.write(pack(number, body))
        try:
            content: bytes = await answer
        finally:
            self._waiting.pop(number, None)  # nobody waits any more, also where the request ran out of time
        return content

    def leave(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream

    def data_received(self, data: bytes) -> None:
        for number, content in self._unpacker.feed(data):
            if number == NOTICE:
                self.notice = read_notice(content)
                self._ready()
            elif (answer := self._waiting.get(number)) is not None and not answer.done():
                answer.set_result(content)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport, self.notice = None, None
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(_gone())
        if not self.lost.done():
            self.lost.set_result(None)


def _gone() -> ProblemError:
    detail = "the process that writes events ended before it answered: none of these events counts as acknowledged"
    return unavailable(detail)
