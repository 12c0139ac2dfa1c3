"""The side of the process that writes events: takes bodies from workers, and answers each once it is durable."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from data.logs import log
from serving.http.problems import ProblemError, ProblemKind
from serving.http.writer.messages import NOTICE, Notice, write_answer, write_notice, write_problem
from serving.ports import EventWriting
from serving.process.frames import Unpacker, pack

NOTICE_SECONDS: Final = 0.5


class WriterServer:
    """Answers workers by ``writing``; ``notice`` says how it is, which workers learn when they connect, and regularly.

    ``beat`` is called from the event loop with each notice.
    """

    def __init__(self, writing: EventWriting, notice: Callable[[], Notice], beat: Callable[[], None]) -> None:
        self._writing, self._notice, self._beat = writing, notice, beat
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone = asyncio.Event()
        self._alone.set()

    async def serve(self, listening: socket.socket, ended: asyncio.Event, patience: float) -> None:
        """Answer until ``ended`` is set and no worker is connected any more; after that ``patience`` seconds at most.

        Workers still take requests for a while when the service ends: they leave after their last one.
        """
        server = await asyncio.get_running_loop().create_unix_server(lambda: _Connection(self), sock=listening)
        noticing = asyncio.create_task(self._keep_noticing())
        try:
            await ended.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._alone.wait(), patience)
        finally:
            server.close()
            noticing.cancel()
        await asyncio.gather(*self._tasks)

    async def _keep_noticing(self) -> None:
        while True:
            self._beat()
            for connection in self._connections:
                connection.notify(self._notice())
            await asyncio.sleep(NOTICE_SECONDS)

    def opened(self, connection: "_Connection") -> None:
        """Note a worker that has connected, and let it know that it may ask."""
        self._connections.add(connection)
        self._alone.clear()
        connection.notify(self._notice())

    def closed(self, connection: "_Connection") -> None:
        """Forget a worker that has left: what it asked is still applied."""
        self._connections.discard(connection)
        if not self._connections:
            self._alone.set()

    def asked(self, connection: "_Connection", number: int, body: bytes) -> None:
        """Begin to answer a body."""
        task = asyncio.create_task(self._answer(connection, number, body))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, connection: "_Connection", number: int, body: bytes) -> None:
        try:
            answer = write_answer(await self._writing.write(body))
        except ProblemError as problem:
            answer = write_problem(problem)
        except Exception:  # a bug with this body: the worker is told, and the others are answered
            log.exception("a request of events failed")
            detail = "the request failed here; the log of the service has the error"
            answer = write_problem(ProblemError(ProblemKind.INTERNAL, detail))
        connection.send(number, answer)


class _Connection(asyncio.Protocol):
    """The connection of one worker."""

    def __init__(self, server: WriterServer) -> None:
        self._server, self._unpacker = server, Unpacker()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream
        self._server.opened(self)

    def data_received(self, data: bytes) -> None:
        for number, body in self._unpacker.feed(data):
            self._server.asked(self, number, body)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._server.closed(self)

    def notify(self, notice: Notice) -> None:
        """Send a notice."""
        self.send(NOTICE, write_notice(notice))

    def send(self, number: int, content: bytes) -> None:
        """Send a frame, unless the worker has left."""
        if self._transport is not None:
            self._transport.write(pack(number, content))
