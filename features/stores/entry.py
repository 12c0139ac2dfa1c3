"""An entry of an agenda as bytes; their order is that of time, then of key."""

BYTES_OF_A_TIME = 8
SHIFT = 1 << 63
"""Times before 1970 are negative; the shift makes them positive, so that they sort before the others."""


def start(at: int) -> bytes:
    """The first bytes of entries of a time (microseconds since 1970); all earlier entries sort before them."""
    return (at + SHIFT).to_bytes(BYTES_OF_A_TIME, "big")


def pack(at: int, key: bytes) -> bytes:
    """The bytes of an entry."""
    return start(at) + key


def unpack(entry: bytes) -> tuple[int, bytes]:
    """Time and key of an entry."""
    return int.from_bytes(entry[:BYTES_OF_A_TIME], "big") - SHIFT, entry[BYTES_OF_A_TIME:]
