"""A socket at which processes of the service reach one of them, and nobody else does.

The supervisor holds it: while the process that answers there is started anew, connections wait in the socket's queue.
"""

import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Self

from data.errors import UserError

QUEUE = 128
"""The most connections that wait: the service has at most 64 workers."""


class PrivateListener:
    """A Unix socket at ``path``, in a new folder that only this user may enter; removed by `remove`.

    Parameters
    ----------
    name
        Of the socket in its folder.

    Raises
    ------
    UserError
        The socket can't be made.
    """

    def __init__(self, name: str = "events") -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="return-risk-"))
        self.path = self._folder / name
        self._held = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._held.bind(os.fspath(self.path))
            self._held.listen(QUEUE)
        except OSError as error:
            self.remove()
            raise UserError(
                expected=f"to make a socket in the folder for temporary files, {self._folder.parent}",
                found=str(error),
                fix="name a folder with a short path in TMPDIR",
            ) from None

    def __enter__(self) -> Self:
        """Give the listener."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it."""
        self.remove()

    def for_server(self) -> socket.socket:
        """Give the socket for the process that answers, which closes it."""
        return self._held.dup()

    def close(self) -> None:
        """Close the copy of a process that only asks."""
        self._held.close()

    def remove(self) -> None:
        """Close the socket, and remove its folder."""
        self._held.close()
        shutil.rmtree(self._folder, ignore_errors=True)
