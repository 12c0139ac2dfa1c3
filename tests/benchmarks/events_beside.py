"""Events beside scores: ``python -m tests.benchmarks.events_beside``.

It serves the champion of this project's last run with one worker, and asks for baskets of 5 lines at a steady rate,
alone and while orders of 5 lines are sent as fast as they are written. Both are measured in turns, in one run of the
service, and the medians of the rounds are given.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from data.times import now_us, utc_now
from tests.benchmarks import figures
from tests.benchmarks.load import Result
from tests.benchmarks.serving import RATE, Service, baskets, scores, service
from tests.workspace import TOP

LINES = 5
ORDERS_AT_ONCE = (1, 10, 100)
IN_FLIGHT = {1: 64, 10: 16, 100: 4}
"""Requests of events under way, by their orders: so many that the writer always finds more to write."""
MOST_LINES_A_SECOND = 12_000
"""More than are written, so that the load does not run out of orders, which would be duplicates the second time."""
AHEAD_SECONDS = 1.0
"""Events begin so much before the scores that are measured beside them, and end as much later."""


@dataclass(frozen=True)
class Round:
    """What came of scores alone, and of scores and events beside each other."""

    alone: Result
    beside: Result
    events: Result


def orders(requests: int, at_once: int) -> Iterator[bytes]:
    """Bodies of events: ``at_once`` orders of five lines each, placed just now, each with ids of its own."""
    run_id, made = now_us(), baskets(LINES)
    for number in range(requests):
        yield json.dumps(
            {
                "events": [
                    _order(f"b{run_id}-{number}-{place}", made[(number * at_once + place) % len(made)])
                    for place in range(at_once)
                ]
            }
        ).encode()


def _order(name: str, basket: dict[str, Any]) -> dict[str, Any]:
    lines = [{**line, "line_id": f"{name}-{at}"} for at, line in enumerate(basket["lines"])]
    named = {"type": "order_placed", "event_id": name, "order_id": name, "ordered_at": utc_now().isoformat()}
    return {**basket, **named, "lines": lines}


def rounds(at: Service, at_once: int, seconds: float, count: int) -> list[Round]:
    """Measure ``count`` rounds with ``at_once`` orders a request."""
    found = []
    for _ in range(count):
        alone = scores(at, LINES, RATE, seconds)
        found.append(Round(alone, *_beside(at, at_once, seconds)))
    return found


def _beside(at: Service, at_once: int, seconds: float) -> tuple[Result, Result]:
    """Measure scores, and the events that another process sends meanwhile."""
    lasts = seconds * 1.2 + 2 * AHEAD_SECONDS
    requests = int(lasts * MOST_LINES_A_SECOND / LINES / at_once) + 1
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "orders.jsonl"
        bodies.write_bytes(b"\n".join(orders(requests, at_once)) + b"\n")
        command = [sys.executable, "-m", "tests.benchmarks.load", "--url", f"{at.url}/v1/events", "--rate", "max"]
        command += ["--seconds", str(lasts), "--count", str(requests), "--connections", str(IN_FLIGHT[at_once])]
        command += ["--bodies-file", str(bodies)]
        with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as sending:
            time.sleep(AHEAD_SECONDS)
            beside = scores(at, LINES, RATE, seconds)
            said, _ = sending.communicate()
    return beside, Result(**json.loads(said))


def table(found: dict[int, list[Round]]) -> Table:
    """Lay the medians of the rounds out, a row for each number of orders a request."""
    made = Table(
        title=f"scores of {LINES} lines, {RATE:g} a second, beside orders of {LINES} lines", box=box.SIMPLE_HEAD
    )
    columns = ("orders a request", "lines a second", "p50 of a request, ms", "scores alone: p50 / p99, ms", "beside")
    for name in (*columns, "p99 beside / alone", "not 2xx"):
        made.add_column(name, justify="right")
    for at_once, each in found.items():
        rate = statistics.median(one.events.rate for one in each) * at_once * LINES
        wrong = sum(_wrong(result) for one in each for result in (one.alone, one.beside, one.events))
        alone, beside = (_pair([getattr(one, name) for one in each]) for name in ("alone", "beside"))
        waited = statistics.median(one.events.p50_ms or 0.0 for one in each)
        cells = (f"{rate:.0f}", f"{waited:.0f}", _shown(alone), _shown(beside), f"{beside[1] / alone[1]:.2f}")
        made.add_row(str(at_once), *cells, str(wrong))
    return made


def limited(found: Sequence[Round]) -> dict[str, float]:
    """The figures that have a limit, of rounds with the most orders a request; medians."""
    alone, beside = (_pair([getattr(one, name) for one in found])[1] for name in ("alone", "beside"))
    lines = statistics.median(one.events.rate for one in found) * max(ORDERS_AT_ONCE) * LINES
    return {"p99 beside events, against alone": beside / alone, "lines of events beside scores": lines}


def _pair(results: Sequence[Result]) -> tuple[float, float]:
    return (
        statistics.median(one.p50_ms or 0.0 for one in results),
        statistics.median(one.p99_ms or 0.0 for one in results),
    )


def _shown(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.1f} / {pair[1]:.1f}"


def _wrong(result: Result) -> int:
    return sum(result.by_status.values()) - result.ok + sum(result.errors.values())


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.events_beside", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="return-risk-serve-") as folder, service(Path(folder), 1) as at:
        found = {each: rounds(at, each, given.seconds, given.rounds) for each in ORDERS_AT_ONCE}
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    console.print(table(found))
    figures.tell(console, limited(found[max(ORDERS_AT_ONCE)]))


if __name__ == "__main__":
    main()
