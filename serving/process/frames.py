"""Frames: messages over a stream socket between processes of the service, each with a number.

A frame is its length (4 bytes), its number (8 bytes), both little-endian, and its content. An answer has the number of
its question, so that many questions share a connection and are answered in any order.
"""

import struct
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 1 << 28
"""The longest content, in bytes. The other end is of the same version: more means that the stream is broken."""

_HEAD: Final = struct.Struct("<IQ")


def pack(number: int, content: bytes) -> bytes:
    """Make a frame."""
    return _HEAD.pack(len(content), number) + content


class Unpacker:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._left = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Give number and content of each frame that ``data`` completes.

        Raises
        ------
        ValueError
            A frame is longer than `LONGEST`.
        """
        self._left += data
        while len(self._left) >= _HEAD.size:
            length, number = _HEAD.unpack_from(self._left)
            if length > LONGEST:
                raise ValueError(f"a frame of {length} bytes")
            end = _HEAD.size + length
            if len(self._left) < end:
                return
            content = bytes(memoryview(self._left)[_HEAD.size : end])
            del self._left[:end]
            yield number, content
