"""W3C Trace Context (https://www.w3.org/TR/trace-context/): a request's place in the caller's trace.

The service is one span of the trace: the log names it, and the answer gives it back.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PARENT: Final = b"traceparent"
STATE: Final = b"tracestate"
_PARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_STATE: Final = re.compile(rb"[\x20-\x7e]{1,512}")
_FIRST_VERSION, _NO_VERSION = b"00", b"ff"

RawHeaders = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace of a request: the ids of the trace, of the caller's span and of ours, as hexadecimal digits.

    ``flags`` are the caller's; ``state`` is the caller's `tracestate` as it came, None without one.
    """

    trace_id: str
    parent_id: str
    span_id: str
    flags: str
    state: bytes | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the answer."""
        parent = f"00-{self.trace_id}-{self.span_id}-{self.flags}".encode()
        return [(PARENT, parent)] + ([] if self.state is None else [(STATE, self.state)])


def read(headers: RawHeaders) -> Trace | None:
    """Read the trace from the headers of a request; None without a valid one, as the standard has it."""
    given = list(headers)
    parents = [value for name, value in given if name == PARENT]
    found = _PARENT.fullmatch(parents[0]) if len(parents) == 1 else None
    if found is None:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    if version == _NO_VERSION or (version == _FIRST_VERSION and more) or not (int(trace_id, 16) and int(parent_id, 16)):
        return None
    state = b",".join(value for name, value in given if name == STATE)
    valid = state if _STATE.fullmatch(state) else None
    return Trace(trace_id.decode(), parent_id.decode(), secrets.token_hex(8), flags.decode(), valid)
