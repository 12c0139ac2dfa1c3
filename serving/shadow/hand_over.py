"""The side of a worker: hands what was scored to the shadow, and never waits for it.

The socket's own buffer is the queue. What does not fit is dropped and counted: a shadow that is slow, or away, costs a
worker nothing.
"""

import contextlib
import os
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from features.online_state.order import Order
from serving.model.folder import Challenger
from serving.process.frames import pack
from serving.shadow.handed import Handed, as_bytes

LOOK_SECONDS: Final = 1.0
"""Time between two looks for a version in shadow, and between two attempts to connect."""
BUFFER_BYTES: Final = 1 << 18
"""About 200 baskets of five lines: more would be late by the time that they are scored."""


class HandOver:
    """Hands orders to the shadow at the socket ``path`` while ``model_dir`` points to a version in shadow.

    `dropped`: baskets that were not handed over since the start.
    """

    def __init__(self, path: Path, model_dir: Path) -> None:
        self._path, self._pointer = path, Challenger.path(model_dir)
        self._look_at = self._connect_at = float("-inf")
        self._wanted = False
        self._socket: socket.socket | None = None
        self._rest = b""  # of a frame that was sent in part
        self.dropped = 0

    def __call__(self, orders: Sequence[Order], request_id: str, now: int, first: int) -> None:
        """Hand over the orders of one call of the scorer."""
        if not self._is_wanted():
            return
        try:
            sent = self._send(pack(0, as_bytes(Handed(tuple(orders), request_id, now, first))))
        except (OSError, TypeError):  # the shadow is gone; or an attribute has a value that JSON has not
            self._leave()
            sent = False
        if not sent:
            self.dropped += len(orders)

    def close(self) -> None:
        """Leave the shadow."""
        self._leave()

    def _is_wanted(self) -> bool:
        now = time.monotonic()
        if now - self._look_at > LOOK_SECONDS:
            self._look_at, self._wanted = now, self._pointer.exists()
            if not self._wanted:
                self._leave()
        return self._wanted

    def _send(self, frame: bytes) -> bool:
        """Send a frame, or nothing of it; where a part of it fits, the rest is sent before the next one."""
        connection = self._connected()
        if connection is None or not self._finish(connection):
            return False
        try:
            sent = connection.send(frame)
        except BlockingIOError:
            return False
        self._rest = frame[sent:]
        return True

    def _finish(self, connection: socket.socket) -> bool:
        """Send the rest of the frame before; False where there still is one."""
        if self._rest:
            with contextlib.suppress(BlockingIOError):
                self._rest = self._rest[connection.send(self._rest) :]
        return not self._rest

    def _connected(self) -> socket.socket | None:
        now = time.monotonic()
        if self._socket is None and now - self._connect_at > LOOK_SECONDS:
            self._connect_at = now
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            try:
                made.connect(os.fspath(self._path))
            except OSError:  # as many connections wait as the socket's queue takes, or it is gone
                made.close()
            else:
                self._socket = made
        return self._socket

    def _leave(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""
