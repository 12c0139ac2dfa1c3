"""The address that the workers share.

A single worker is given the socket that the supervisor holds: who comes while it is started again waits for its
successor. Several get a socket each, among which the kernel spreads connections evenly (SO_REUSEPORT): at one socket
the worker that wakes up first would take nearly all of the connections that a client opens at once, as many as 31 of 32
when this was tried. The socket of a worker that dies goes with it, and new connections to the others.
"""

import socket
from typing import Any

from data.errors import UserError


class Listener:
    """An address that was taken, and the sockets for it.

    Workers listen on them once they are ready, so that until then nobody waits for a service that starts.

    Raises
    ------
    UserError
        The address is taken, or isn't this machine's.
    """

    def __init__(self, host: str, port: int, workers: int) -> None:
        self._spread = workers > 1
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            self._family, address = found[0][0], found[0][4]
            self._held = _bound(self._family, address)  # alone, whatever is shared later: another service is noticed
            self.address: tuple[Any, ...] = self._held.getsockname()
            if self._spread:
                self._held.close()
                self._held = self._another()
        except OSError as error:
            raise UserError(
                expected=f"to listen at {host}, port {port}",
                found=error.strerror or str(error),
                fix="end what listens there, or choose another host and port in the settings",
            ) from None

    @property
    def port(self) -> int:
        """The port, also where any that is free was asked for."""
        return int(self.address[1])

    def for_worker(self) -> socket.socket:
        """Give a socket for one worker, which the caller closes."""
        return self._another() if self._spread else self._held.dup()

    def close(self) -> None:
        """Let go of the address; workers that still listen go on."""
        self._held.close()

    def _another(self) -> socket.socket:
        return _bound(self._family, self.address, socket.SO_REUSEPORT)


def _bound(family: int, address: tuple[Any, ...], *options: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in (socket.SO_REUSEADDR, *options):
            made.setsockopt(socket.SOL_SOCKET, option, 1)
        made.bind(address)
    except BaseException:
        made.close()
        raise
    return made
