"""What a shop does while something breaks: it asks for baskets at a steady rate, and tells each order until it counts.

Both ask once more, or again and again, when a connection breaks: that much a client of any service must do.
"""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlsplit

from data.times import now_us, utc_now

Body = dict[str, Any]
TIMEOUT_SECONDS = 15.0
PAUSE_SECONDS = 0.05
"""Between two attempts: a process that dies lets go of its connections a moment before its address."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One basket: when (monotonic) it was asked and for how long, and what came of it.

    ``status``: 0 where no connection brought an answer, after ``broken`` of them broke.
    """

    at: float
    seconds: float
    status: int
    broken: int
    causes: tuple[str, ...] = ()
    version: str | None = None


class Caller:
    """A connection to the service, made anew after it broke."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def post(self, path: str, body: bytes) -> tuple[int, Any]:
        """Give status and answer; 0 and None where the connection broke."""
        try:
            self._connection.request("POST", path, body, {"Content-Type": "application/json"})
            with self._connection.getresponse() as answer:
                return answer.status, json.loads(answer.read())
        except (OSError, HTTPException):
            self._connection.close()
            return 0, None


class Client:
    """Threads that ask while the block runs."""

    def __init__(self, url: str, threads: int) -> None:
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with closing(Caller(self._url)) as caller:
            self._ask_on(caller)

    def _ask_on(self, caller: Caller) -> None:
        """Ask until `_stop` is set."""
        raise NotImplementedError


class Baskets(Client):
    """Asks for ``bodies`` at ``rate`` a second, each at its time, and once more where a connection broke."""

    def __init__(self, url: str, bodies: Sequence[Body], rate: float = 50.0, threads: int = 8) -> None:
        super().__init__(url, threads)
        self._rate = rate
        self._bodies = [json.dumps(body).encode() for body in bodies]
        self._numbers, self._start = itertools.count(), time.monotonic()
        self.asked: list[Asked] = []

    def since(self, at: float) -> list[Asked]:
        """What was asked at ``at`` (monotonic) or later and is answered by now, in the order of asking."""
        return sorted((one for one in list(self.asked) if one.at >= at), key=lambda one: one.at)

    def _ask_on(self, caller: Caller) -> None:
        while not self._stop.is_set():
            number = next(self._numbers)
            wait = self._start + number / self._rate - time.monotonic()
            if self._stop.wait(max(0.0, wait)):
                return
            self.asked.append(self._ask(caller, self._bodies[number % len(self._bodies)]))

    def _ask(self, caller: Caller, body: bytes) -> Asked:
        at = time.monotonic()
        status, answer = caller.post("/v1/score", body)
        broken = int(status == 0)
        if broken:
            self._stop.wait(PAUSE_SECONDS)
            status, answer = caller.post("/v1/score", body)
            broken += status == 0
        seconds = time.monotonic() - at
        if status != 200:
            return Asked(at, seconds, status, broken)
        causes = tuple(item["cause"] for item in answer["degraded"])
        return Asked(at, seconds, status, broken, causes, answer["model"]["version"])


class Orders(Client):
    """Tells orders of two lines, ``rate`` a second, each again until it is acknowledged.

    ``acknowledged`` are those, as they were sent; ``answers`` counts what was answered to all attempts: a status of an
    event, or of HTTP, or ``broken``.
    """

    def __init__(self, url: str, baskets: Sequence[Body], rate: float = 20.0, threads: int = 2) -> None:
        super().__init__(url, threads)
        self._pause, self._baskets = threads / rate, baskets
        self._numbers, self._name = itertools.count(), f"f{now_us()}"
        self.acknowledged: list[Body] = []
        self.answers: Counter[str] = Counter()
        self.given_up = 0
        self._counting = threading.Lock()

    def _ask_on(self, caller: Caller) -> None:
        while not self._stop.wait(self._pause):
            event = self._event(next(self._numbers))
            body = json.dumps({"events": [event]}).encode()
            while not (done := self._tell(caller, body)) and not self._stop.wait(PAUSE_SECONDS):
                pass
            with self._counting:
                if done:
                    self.acknowledged.append(event)
                else:
                    self.given_up += 1

    def _tell(self, caller: Caller, body: bytes) -> bool:
        status, answer = caller.post("/v1/events", body)
        said = answer["results"][0]["status"] if status in (200, 207) else str(status or "broken")
        with self._counting:
            self.answers[said] += 1
        return said in ("applied", "duplicate")

    def _event(self, number: int) -> Body:
        basket, name = self._baskets[number % len(self._baskets)], f"{self._name}-{number}"
        lines = [{**line, "line_id": f"{name}-{place}"} for place, line in enumerate(basket["lines"])]
        now = utc_now().isoformat()
        said = {"type": "order_placed", "event_id": name, "order_id": name, "ordered_at": now}
        return {**basket, "lines": lines, **said}


def send(url: str, events: Sequence[Body]) -> Counter[str]:
    """Tell all of ``events`` once more, and count what is said of them."""
    found = Counter[str]()
    with closing(Caller(url)) as caller:
        for event in events:
            status, answer = caller.post("/v1/events", json.dumps({"events": [event]}).encode())
            found[answer["results"][0]["status"] if status in (200, 207) else str(status or "broken")] += 1
    return found
