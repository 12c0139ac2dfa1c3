"""The side of the shadow: scores what workers hand over, within its share of a core, at the lowest priority."""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from data.logs import log
from data.times import now_us
from serving.process.frames import Unpacker
from serving.shadow.handed import Handed, from_bytes

LATE_SECONDS: Final = 2.0
"""A basket that waited longer is dropped: the state may know facts by now that it did not know when it was answered."""
READ_BYTES: Final = 1 << 16
LONGEST_PAUSE_SECONDS: Final = 0.25


class Scores(Protocol):
    """Scores with the version in shadow."""

    def __call__(self, handed: Handed, /) -> bool:
        """Score what was handed over; False where that can't be done now."""


@dataclass
class Counts:
    """Lines since the start: ``scored``, and those that came too ``late``."""

    scored: int = 0
    late: int = 0


class ShadowServer:
    """Reads from the listening socket ``listener``, which it closes at the end, and scores by ``score``.

    Parameters
    ----------
    cores
        Share of a core that this process takes in the mean: after each score it rests for as long as that needs.
    """

    def __init__(self, listener: socket.socket, score: Scores, cores: float, clock: Callable[[], int] = now_us) -> None:
        self._listener, self._score, self._cores, self._clock = listener, score, cores, clock
        self._selector = selectors.DefaultSelector()
        self._owed = 0.0
        self.counts = Counts()
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)

    def turn(self, seconds: float) -> None:
        """Wait for what workers hand over, for so long at most, and score it; the time of rest is part of it."""
        began = time.process_time()
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._listener:
                self._accept()
            else:
                self._read(key.fileobj, key.data)
        self._rest(time.process_time() - began)

    def close(self) -> None:
        """Leave the workers."""
        for key in list(self._selector.get_map().values()):
            self._end(key.fileobj)
        self._selector.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            self._selector.register(connection, selectors.EVENT_READ, Unpacker())

    def _read(self, connection: Any, unpacker: Unpacker) -> None:
        try:
            content = connection.recv(READ_BYTES)
            for _, each in unpacker.feed(content):
                self._take(from_bytes(each))
        except BlockingIOError:
            return
        except (OSError, ValueError) as error:
            log.warning("a worker left the shadow: %s", error)
            content = b""
        if not content:
            self._end(connection)

    def _take(self, handed: Handed) -> None:
        lines = sum(len(order.lines) for order in handed.orders)
        if self._clock() - handed.now > LATE_SECONDS * 1e6:
            self.counts.late += lines
        elif self._score(handed):
            self.counts.scored += lines

    def _rest(self, used: float) -> None:
        """Rest for so long that the share of a core is kept; a long rest goes on in the next turns."""
        self._owed += used * (1 / self._cores - 1)
        pause = min(self._owed, LONGEST_PAUSE_SECONDS)
        if pause > 1e-3:
            time.sleep(pause)
            self._owed -= pause

    def _end(self, connection: Any) -> None:
        self._selector.unregister(connection)
        connection.close()
