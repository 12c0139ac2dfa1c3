"""Hours of a shop's life at 100 times its speed, while the service is killed, upgraded and given another model.

``python -m tests.benchmarks.hour`` serves what the last `make repro` left, in a temporary folder. Workers and the event
writer are killed, a new champion is registered, and a second service starts beside the first, on the same store and
port, and the first one ends. Then the state is held against one that got each acknowledged event once, in order, and
against the bulk import of the tables that it amounts to. ``--before FOLDER`` starts with the code of another checkout,
which needs the outputs of the same run.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from data.times import now_us
from tests.benchmarks import serving
from tests.benchmarks.fault_clients import PAUSE_SECONDS, Caller
from tests.benchmarks.fault_scene import Scene
from tests.benchmarks.faults import new_champion, touch
from tests.benchmarks.hour_check import Verdict, check
from tests.benchmarks.shop_hours import HOUR, KINDS, Body, ShopHours
from tests.workspace import TOP

SPEED = 100
SECONDS_AN_HOUR = HOUR / 1_000_000 / SPEED
TELLERS, BUYERS, BASKETS_A_SECOND = 4, 2, 20.0
SETTINGS = {"RETURN_RISK_PAST_TOLERANCE_SECONDS": "1000000", "RETURN_RISK_REGISTRY_POLL_SECONDS": "2"}
"""The tables of a simulated shop may end later today."""


@dataclass
class Told:
    """What was told and answered; an event is acknowledged when it has a status other than refused."""

    acknowledged: list[Body] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    scores: Counter[str] = field(default_factory=Counter)
    score_seconds: list[float] = field(default_factory=list)
    versions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    lag: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class ShopAtSpeed:
    """Tells ``events`` when they are due, each until it is answered, and asks for baskets beside them."""

    def __init__(self, url: str, events: list[tuple[int, Body]], start: int) -> None:
        self.told, self._url, self._start = Told(), url, start
        self._events, self._next = events, iter(events)
        self._ended = threading.Event()
        self._bodies = [json.dumps(each).encode() for each in serving.baskets(3)]

    def run(self) -> None:
        """Live through the hours, and return when every event is answered."""
        self._began = time.monotonic()
        tellers = [threading.Thread(target=self._tell_all) for _ in range(TELLERS)]
        buyers = [threading.Thread(target=self._buy, args=(number,)) for number in range(BUYERS)]
        for thread in (*tellers, *buyers):
            thread.start()
        for thread in tellers:
            thread.join()
        self._ended.set()
        for thread in buyers:
            thread.join()

    def _tell_all(self) -> None:
        with closing(Caller(self._url)) as caller:
            while (event := self._take()) is not None:
                at, body = event
                wait = self._began + (at - self._start) / 1e6 / SPEED - time.monotonic()
                time.sleep(max(0.0, wait))
                self._tell(caller, body, max(0.0, -wait))

    def _take(self) -> tuple[int, Body] | None:
        with self.told.lock:
            return next(self._next, None)

    def _tell(self, caller: Caller, event: Body, lag: float) -> None:
        body, began = json.dumps({"events": [event]}).encode(), time.monotonic()
        while True:
            status, answer = caller.post("/v1/events", body)
            said = answer["results"][0] if answer is not None and status in (200, 207) else None
            with self.told.lock:
                self.told.answers[str(status or "connection broke") if said is None else said["status"]] += 1
                if said is not None:
                    self._answered(event, said, time.monotonic() - began, lag)
                    return
                if status not in (0, 503):
                    self.told.refusals[f"{status}: {answer}"[:200]] += 1
                    return
            time.sleep(PAUSE_SECONDS)

    def _answered(self, event: Body, said: Body, seconds: float, lag: float) -> None:
        told = self.told
        told.kinds[event["type"]] += 1
        told.seconds.append(seconds)
        told.lag = max(told.lag, lag)
        if said["status"] == "refused":
            told.refusals[f"{event['type']}: {said['detail']}"[:160]] += 1
        else:
            told.acknowledged.append(event)

    def _buy(self, number: int) -> None:
        with closing(Caller(self._url)) as caller:
            while not self._ended.wait(BUYERS / BASKETS_A_SECOND):
                number += BUYERS
                began = time.monotonic()
                body = self._bodies[number % len(self._bodies)]
                status, answer = caller.post("/v1/score", body)
                if not status:
                    with self.told.lock:
                        self.told.scores["sent again, as the connection broke"] += 1
                    time.sleep(PAUSE_SECONDS)
                    status, answer = caller.post("/v1/score", body)
                with self.told.lock:
                    known = answer if answer is not None and status == 200 else {}
                    self.told.scores[str(status or "no answer")] += 1
                    self.told.scores["degraded"] += bool(known.get("degraded"))
                    self.told.versions[str(known.get("model", {}).get("version"))] += 1
                    self.told.score_seconds.append(time.monotonic() - began)


class Events:
    """What is done to the service, each with its second."""

    def __init__(self, first: Scene, second: Scene, seconds: float) -> None:
        self._first, self._second, self._seconds = first, second, seconds
        self._now = first
        self.done: list[str] = []
        self._began = time.monotonic()

    def run(self) -> None:
        """Do all of it; the second service needs some seconds to start."""
        for at, what in self._plan():
            time.sleep(max(0.0, self._began + at - time.monotonic()))
            self._note(what())

    def _plan(self) -> Iterator[tuple[float, Callable[[], str]]]:
        yield 3.0, lambda: self._kill("worker")
        yield 5.0, lambda: self._kill("event writer")
        yield 7.0, self._new_champion
        yield 9.0, self._upgrade
        yield 0.0, lambda: self._kill("worker")
        yield self._seconds - 5.0, lambda: self._kill("event writer")
        yield self._seconds - 3.0, lambda: self._kill("worker")

    def _note(self, what: str) -> None:
        self.done.append(f"{time.monotonic() - self._began:.0f} s: {what}")

    def _kill(self, name: str) -> str:
        self._now.wait_for_workers()
        for pid in self._now.processes(answering=False):
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                os.kill(pid, signal.SIGKILL)
                return f"kill -9 of {name} {pid}"
        return f"no {name} runs"

    def _new_champion(self) -> str:
        new_champion(self._first, touch)
        return "a new champion is registered"

    def _upgrade(self) -> str:
        began = time.monotonic()
        self._second.start()
        os.kill(self._first.pid, signal.SIGTERM)
        self._now = self._second
        return f"a second service took over, {time.monotonic() - began:.0f} s after its start; the first gets SIGTERM"


def main() -> int:
    """Return the exit code: 1 where something is lost or differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hour", description=__doc__)
    parser.add_argument("--hours", type=int, default=1, help="a second service takes 10 to 40 s to start")
    parser.add_argument("--orders", type=int, default=720, help="new orders within an hour")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--before", type=Path, default=TOP, metavar="FOLDER", help="checkout that serves first")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="return-risk-hour-") as name, ExitStack() as stack:
        folder = Path(name)
        first = Scene(folder, workers=2, project=given.before, **SETTINGS)
        second = first.beside()
        for scene in (first, second):
            stack.callback(scene.stop)
        first.start()
        start = now_us() - given.hours * HOUR
        events = ShopHours(TOP / "data/validated", start, given.hours, given.orders, Random(given.seed)).events()
        shop, faults = ShopAtSpeed(first.url, events, start), Events(first, second, given.hours * SECONDS_AN_HOUR)
        breaking = threading.Thread(target=faults.run)
        began = time.monotonic()
        breaking.start()
        shop.run()
        lived = time.monotonic() - began
        breaking.join()
        second.wait_for_workers()
        model = second.ask("/v1/model")["version"]
        second.stop()
        first.stop()
        log = folder / "told.json"
        log.write_text(json.dumps(shop.told.acknowledged))
        shutil.rmtree(folder / "models")
        verdict = check(second, shop.told.acknowledged, folder)
    _report(shop.told, faults.done, lived, len(events), verdict)
    print(f"the second service serves version {model}")
    lost = len(events) != sum(shop.told.kinds.values())
    return int(lost or not verdict.well or bool(set(KINDS) - set(shop.told.kinds)))


def _report(told: Told, done: list[str], lived: float, events: int, verdict: Verdict) -> None:
    print(*done, sep="\n")
    print(f"{events} events told in {lived:.0f} s, at most {told.lag:.1f} s late: {_counts(told.kinds)}")
    print(f"answers: {_counts(told.answers)}; {_times(told.seconds)}")
    print(f"scores: {_counts(told.scores)}; by model version {_counts(told.versions)}; {_times(told.score_seconds)}")
    print(*(f"refused {count} times: {why}" for why, count in told.refusals.most_common(10)), sep="\n")
    print(verdict)


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))


def _times(seconds: list[float]) -> str:
    p50, p99, most = np.percentile(np.array(seconds) * 1e3, [50, 99, 100])
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {most:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
