"""The address that the workers share.

A single worker gets the socket that the supervisor holds: a client that connects while it is replaced waits for the new
worker. Several workers get a socket each, and the kernel spreads connections evenly among them (SO_REUSEPORT). With one
shared socket, the worker that wakes up first took 31 of 32 connections that a client opened at once. When a worker
dies, its socket closes, and new connections go to the others.
"""

import socket
from typing import Any

from data.errors import UserError


class Listener:
    """An address that is bound, and its sockets.

    Workers listen only once they are ready; until then, connections are refused instead of kept waiting.

    Parameters
    ----------
    shared
        Bind beside a service of the same user that listens at this address: both get connections until it ends.

    Raises
    ------
    UserError
        The address is taken, or isn't this machine's.
    """

    def __init__(self, host: str, port: int, workers: int, *, shared: bool = False) -> None:
        self._spread = workers > 1
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            self._family, address = found[0][0], found[0][4]
            if not shared:
                address = _exclusively(self._family, address)
            self._held = _bound(self._family, address)
            self.address: tuple[Any, ...] = self._held.getsockname()
        except OSError as error:
            raise UserError(
                expected=f"to listen at {host}, port {port}",
                found=error.strerror or str(error),
                fix="end the process that listens there, or choose another host and port in the settings",
            ) from None

    @property
    def port(self) -> int:
        """The port that is bound, also where the setting is 0 (any free port)."""
        return int(self.address[1])

    def for_worker(self) -> socket.socket:
        """Give a socket for one worker, which the caller closes."""
        return _bound(self._family, self.address) if self._spread else self._held.dup()

    def close(self) -> None:
        """Close the supervisor's socket; workers that still listen go on."""
        self._held.close()


def _exclusively(family: int, address: tuple[Any, ...]) -> tuple[Any, ...]:
    """Notice another service at the address, and give the address with its port where any is free."""
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind(address)
        found: tuple[Any, ...] = tried.getsockname()
    return found


def _bound(family: int, address: tuple[Any, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            made.setsockopt(socket.SOL_SOCKET, option, 1)
        made.bind(address)
    except BaseException:
        made.close()
        raise
    return made
