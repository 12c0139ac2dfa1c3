"""A small HTTP server in a thread that answers as a test says."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

ENDS = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)


class ScriptedServer:
    """``script`` gives what is written back for a request, byte by byte as given; None hangs up.

    It is called with the server, the number of the request (from 0) and its body. A body longer than ``limit`` is not
    read, nor what follows it. ``bodies`` and ``heads`` keep what came over so many ``connections``.
    """

    def __init__(
        self, script: Callable[["ScriptedServer", int, bytes], Awaitable[bytes | None]], limit: int = 10**9
    ) -> None:
        self.bodies: list[bytes] = []
        self.heads: list[bytes] = []
        self.connections = 0
        self.url = ""
        self._script, self._limit = script, limit
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(5)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def die(self) -> None:
        """Stop to listen and hang up on everybody; to be called by the script."""
        self._listening.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End all connections, and listen on; to be called by the script."""
        for writer in self._writers:
            writer.transport.abort()

    async def _open(self) -> None:
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listening.sockets[0].getsockname()[1]}/v1/score"

    async def _close(self) -> None:
        self.die()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except ENDS:
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        sizes = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
        size = int(sizes[0].split()[1]) if sizes else 0
        body = await reader.readexactly(size) if size <= self._limit else b""
        number = len(self.bodies)
        self.bodies.append(body)
        self.heads.append(head)
        answer = await self._script(self, number, body)
        if answer is not None:
            writer.write(answer)
            await writer.drain()
        if size > self._limit:
            await asyncio.Event().wait()
        return answer is not None


def answer(status: int = 200, body: bytes = b"{}", *headers: str) -> bytes:
    """An answer with a length."""
    lines = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} Any", *headers, f"Content-Length: {len(body)}"))
    return f"{lines}\r\n".encode() + body
