"""Ask a server on this machine at a set rate and measure how long it takes: ``python -m tests.benchmarks.load --help``.

Open loop: requests are due at times fixed beforehand, and latency runs from that time, so that a request which had to
wait because earlier ones were slow counts with its wait (no coordinated omission). Closed loop (``--rate max``): each
connection asks again as soon as it has its answer.

The loop is `select`'s, whose timer is fine to microseconds; those of epoll and uvloop round to milliseconds, which is
more than a score takes.
"""

import argparse
import gc
import ipaddress
import json
import math
import select
import socket
import sys
import time
from array import array
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from data.errors import UserError
from tests.benchmarks.connection import Answer, BrokenError, Connection

MOST_SECONDS, MOST_REQUESTS, MOST_CONNECTIONS = 3600.0, 10_000_000, 500
REST = 0.02
"""Seconds that a connection rests after it failed, so that a dead server isn't asked as fast as it can refuse."""
DEGRADED, NOT_DEGRADED = b'"degraded":[', b'"degraded":[]'


@dataclass(frozen=True)
class Load:
    """What to ask, and how much of it.

    ``bodies`` are sent by POST one after the other, from the first again after the last; none: GET. ``rate`` is in
    requests a second; None: closed loop. It ends after ``seconds``, or once ``count`` requests are through; what is
    under way then gets ``timeout`` more seconds, as every request does. ``count_degraded``: look into each answer for
    a score that had to fall back.
    """

    url: str
    bodies: tuple[bytes, ...] = ()
    rate: float | None = None
    seconds: float = 10.0
    connections: int = 8
    count: int = MOST_REQUESTS
    timeout: float = 10.0
    headers: tuple[tuple[str, str], ...] = ()
    count_degraded: bool = False


@dataclass(frozen=True)
class Result:
    """What came of a load; every request that was due is in ``by_status``, ``errors`` or ``unsent``.

    Times are milliseconds, over answers of status 2xx, from when the request was due; None when there was none.
    ``late_p99_ms``: how long after that a request left, for want of a free connection or of a faster generator.
    ``degraded``: answers of status 2xx that fell back; None when not counted.
    """

    sent: int
    unsent: int
    ok: int
    by_status: Mapping[str, int]
    errors: Mapping[str, int]
    degraded: int | None
    seconds: float
    rate: float
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    p999_ms: float | None
    max_ms: float | None
    late_p99_ms: float | None


def run(load: Load) -> Result:
    """Put ``load`` on its server and wait for the end of it.

    Raises
    ------
    UserError
        The address is not one of this machine, or a number is out of its range.
    """
    _check(load)
    collecting = gc.isenabled()
    gc.disable()  # a collection would look like a slow answer
    try:
        return _Run(load).result()
    finally:
        if collecting:
            gc.enable()


@dataclass
class _Tally:
    sent: int = 0
    ok: int = 0
    degraded: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    late: "array[float]" = field(default_factory=lambda: array("d"))


class _Run:
    """One run: ``_next`` is the number of the request that is sent next, due at ``_intended``."""

    def __init__(self, load: Load) -> None:
        self._load, self._tally = load, _Tally()
        self._requests = _requests(load)
        self._connections = [Connection(_address(load), keep_body=load.count_degraded) for _ in range(load.connections)]
        self._free, self._resting = deque(self._connections), deque[Connection]()
        self._next = 0
        self._total = load.count if load.rate is None else min(load.count, math.ceil(load.rate * load.seconds))

    def result(self) -> Result:
        try:
            self._connect()
            self._start = self._now = time.perf_counter()
            self._end = self._start + self._load.seconds
            while self._under_way():
                self._send()
                self._turn()
            seconds = self._now - self._start
            self._tally.errors += Counter(timeout=sum(connection.busy for connection in self._connections))
        finally:
            for connection in self._connections:
                connection.close()
        return _summary(self._load, self._tally, seconds, unsent=self._unsent())

    def _connect(self) -> None:
        """Connect all beforehand; what fails is tried again by the request that needs it, and counts there."""
        for connection in self._connections:
            try:
                connection.connect()
            except BrokenError:
                continue
        select.select([], [one for one in self._connections if one.fileno() >= 0], [], self._load.timeout)

    def _under_way(self) -> bool:
        if self._now >= self._end + self._load.timeout:
            return False
        return self._more() or any(connection.busy for connection in self._connections)

    def _more(self) -> bool:
        return self._next < self._total and (self._load.rate is not None or self._now < self._end)

    def _intended(self) -> float:
        return self._now if self._load.rate is None else self._start + self._next / self._load.rate

    def _unsent(self) -> int:
        if self._load.rate is None:
            return 0
        return self._total - self._tally.sent

    def _send(self) -> None:
        """Send what is due, as far as connections are free; they take turns, so that all workers of a server do."""
        while self._resting and self._resting[0].rested <= self._now:
            self._free.append(self._resting.popleft())
        while self._free and self._more() and self._intended() <= self._now:
            connection, intended = self._free.popleft(), self._intended()
            request = self._requests[self._next % len(self._requests)]
            self._next += 1
            self._tally.sent += 1
            self._tally.late.append(self._now - intended)
            try:
                connection.send(request, intended, self._now + self._load.timeout)
            except BrokenError as error:
                self._fail(connection, str(error))
            self._now = time.perf_counter()

    def _turn(self) -> None:
        """Wait for the next thing to happen, and do it."""
        reading = [one for one in self._connections if one.fileno() >= 0]
        writing = [one for one in reading if one.wants_to_write]
        readable, writable, _ = select.select(reading, writing, [], self._patience())
        self._now = time.perf_counter()
        for connection in writable:
            try:
                connection.write()
            except BrokenError as error:
                self._fail(connection, str(error))
        for connection in readable:
            self._read(connection)
        for connection in self._connections:
            if connection.busy and connection.deadline <= self._now:
                connection.close()
                self._fail(connection, "timeout")

    def _patience(self) -> float:
        """Seconds until something has to be done though nothing comes."""
        until = [one.deadline for one in self._connections if one.busy]
        if self._more():
            until += [self._intended()] if self._free else []
            until += [self._resting[0].rested] if self._resting else []
        return max(0.0, min([*until, self._end + self._load.timeout]) - time.perf_counter())

    def _read(self, connection: Connection) -> None:
        try:
            answer = connection.read()
        except BrokenError as error:
            self._fail(connection, str(error))
            return
        if answer is not None:
            self._now = time.perf_counter()
            self._count(answer, self._now - connection.intended)
            self._free.append(connection)

    def _count(self, answer: Answer, latency: float) -> None:
        self._tally.statuses[str(answer.status)] += 1
        if 200 <= answer.status < 300:
            self._tally.ok += 1
            self._tally.latencies.append(latency)
            body = answer.body
            if self._load.count_degraded:
                whole = body.count(NOT_DEGRADED)
                self._tally.degraded += not whole or whole < body.count(DEGRADED)

    def _fail(self, connection: Connection, why: str) -> None:
        self._tally.errors[why] += 1
        connection.rested = self._now + REST
        self._resting.append(connection)


def _check(load: Load) -> None:
    address = ipaddress.ip_address(_address(load)[0])
    if not address.is_loopback:
        raise _wrong("the address of a server on this machine", load.url, "name 127.0.0.1, localhost or [::1]")
    for name, value, most in (
        ("seconds", load.seconds, MOST_SECONDS),
        ("timeout", load.timeout, MOST_SECONDS),
        ("connections", load.connections, MOST_CONNECTIONS),
        ("count", load.count, MOST_REQUESTS),
        ("rate", 1 if load.rate is None else load.rate, MOST_REQUESTS),
    ):
        if not 0 < value <= most:
            raise _wrong(f"{name} above 0 and up to {most:,}", str(value), f"set {name}")


def _address(load: Load) -> tuple[str, int]:
    parts = urlsplit(load.url)
    refusal = _wrong("an address such as http://127.0.0.1:8000/v1/score", load.url, "set url")
    if parts.scheme != "http" or not parts.hostname:
        raise refusal
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise refusal from error
    return str(found[0][4][0]), int(found[0][4][1])


def _requests(load: Load) -> list[bytes]:
    parts = urlsplit(load.url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {"Host": parts.netloc, "Content-Type": "application/json"} | dict(load.headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    if not load.bodies:
        return [f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()]
    head = f"POST {path} HTTP/1.1\r\n{lines}Content-Length: "
    return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in load.bodies]


def _summary(load: Load, tally: _Tally, seconds: float, *, unsent: int) -> Result:
    latencies, late = sorted(tally.latencies), sorted(tally.late)
    return Result(
        sent=tally.sent,
        unsent=unsent,
        ok=tally.ok,
        by_status=dict(sorted(tally.statuses.items())),
        errors=dict(sorted(tally.errors.items())),
        degraded=tally.degraded if load.count_degraded else None,
        seconds=round(seconds, 3),
        rate=round(tally.ok / seconds, 1) if seconds else 0.0,
        p50_ms=_milliseconds(latencies, 0.5),
        p90_ms=_milliseconds(latencies, 0.9),
        p99_ms=_milliseconds(latencies, 0.99),
        p999_ms=_milliseconds(latencies, 0.999),
        max_ms=_milliseconds(latencies, 1.0),
        late_p99_ms=_milliseconds(late, 0.99),
    )


def _milliseconds(ascending: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` of all don't exceed: a measured one, not one between two."""
    if not ascending:
        return None
    return round(ascending[max(0, math.ceil(share * len(ascending)) - 1)] * 1e3, 3)


def _wrong(expected: str, found: str, fix: str) -> UserError:
    return UserError(expected=expected, found=found, fix=fix)


def _arguments() -> Load:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--rate", required=True, help="requests a second, or max for a closed loop")
    parser.add_argument("--seconds", type=float, default=Load.seconds)
    parser.add_argument("--count", type=int, default=Load.count, help="requests at the most")
    parser.add_argument("--connections", type=int, default=Load.connections)
    parser.add_argument("--timeout", type=float, default=Load.timeout, help="seconds for one answer")
    parser.add_argument("--header", action="append", default=[], metavar="NAME:VALUE")
    parser.add_argument("--count-degraded", action="store_true", help="count scores that fell back")
    bodies = parser.add_mutually_exclusive_group()
    bodies.add_argument("--body-file", type=Path, help="the one body that is sent; without a body: GET")
    bodies.add_argument("--bodies-file", type=Path, help="a body a line, sent in turns")
    given = parser.parse_args()
    headers = tuple((name.strip(), value.strip()) for name, _, value in (one.partition(":") for one in given.header))
    return Load(
        url=given.url,
        bodies=_bodies(given.body_file, given.bodies_file),
        rate=None if given.rate == "max" else float(given.rate),
        seconds=given.seconds,
        connections=given.connections,
        count=given.count,
        timeout=given.timeout,
        headers=headers,
        count_degraded=given.count_degraded,
    )


def _bodies(one: Path | None, lines: Path | None) -> tuple[bytes, ...]:
    if one is not None:
        return (one.read_bytes(),)
    if lines is not None:
        return tuple(line for line in lines.read_bytes().splitlines() if line.strip())
    return ()


def main() -> int:
    """Return the exit code."""
    try:
        result = run(_arguments())
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(asdict(result)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
