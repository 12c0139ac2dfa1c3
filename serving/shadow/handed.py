"""What a worker hands to the shadow: the orders of one call of the scorer, as JSON in a frame."""

from dataclasses import dataclass
from typing import Final

import orjson
from pydantic import TypeAdapter

from features.online_state.order import Order


@dataclass(frozen=True, slots=True)
class Handed:
    """The arguments of `serving.scoring.logged_scoring.LoggedScoring.score`."""

    orders: tuple[Order, ...]
    request_id: str
    now: int
    first: int


_READ: Final = TypeAdapter(Handed)


def as_bytes(handed: Handed) -> bytes:
    """Write it, in some microseconds."""
    return orjson.dumps(handed)


def from_bytes(content: bytes) -> Handed:
    """Read it; `ValueError` where it is of another version of the code."""
    return _READ.validate_json(content)
