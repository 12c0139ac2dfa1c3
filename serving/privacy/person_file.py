"""All that is known of a person, as the command `serving.rights.export` writes it, from a process of its own.

It reads whole logs. A worker that did so would keep the scores of others waiting.
"""

import asyncio
import contextlib
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Final

from data.logs import log
from serving.ports import EXPORT_SECONDS, ExportError
from serving.shops import Shop

COMMAND: Final = "serving.rights.export"
"""The command reads the customer from its standard input, so that no list of processes shows the id."""
NICE: Final = 10
"""A low priority: a tenth of a core that is busy, as the service scores beside it."""
MOST_BYTES: Final = 2**26
BUSY_SECONDS: Final = 5
_PIECE: Final = 2**16


class PersonFiles:
    """Makes the documents of a shop's customers, one at a time.

    Parameters
    ----------
    form
        Gives the normal text of a customer's key; None for a guest.
    most_bytes
        The longest document that is answered.
    """

    def __init__(self, shop: Shop, form: Callable[[str], str | None], most_bytes: int = MOST_BYTES) -> None:
        (self._command, self._environment), self._folder = shop.module(COMMAND), shop.folder
        self._form, self._most_bytes, self._turn = form, most_bytes, asyncio.Lock()

    async def of(self, customer: str) -> bytes | None:
        """Give the document of a customer, by the shop's key, as `serving.ports.Ports.export`."""
        if self._form(customer) is None:
            return None
        if self._turn.locked():
            raise ExportError("another customer's data are read now; wait a little", BUSY_SECONDS)
        async with self._turn:
            return await self._made(customer)

    async def _made(self, customer: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, cwd=self._folder, env=self._environment
        )
        with contextlib.suppress(ProcessLookupError):  # before it has even loaded its modules
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        try:
            async with asyncio.timeout(EXPORT_SECONDS):
                return await self._answer(process, customer)
        except TimeoutError:
            raise ExportError(f"reading took more than {EXPORT_SECONDS:g} s; use the command") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _answer(self, process: Process, customer: str) -> bytes:
        await _send(process, customer)
        found = bytearray()
        while process.stdout is not None and (piece := await process.stdout.read(_PIECE)):
            found += piece
            if len(found) > self._most_bytes:
                raise ExportError(f"the data are longer than {self._most_bytes} bytes; use the command")
        if await process.wait():
            log.error("the export ended with exit code %s; its own message stands before", process.returncode)
            raise ExportError("state, tables or logs can't be read now: the service's log says why")
        return bytes(found)


async def _send(process: Process, customer: str) -> None:
    if process.stdin is not None:
        with contextlib.suppress(ConnectionError):  # it ended already, and its exit code says so
            process.stdin.write(customer.encode("utf-8", "surrogatepass"))
            await process.stdin.drain()
        process.stdin.close()
