"""What a version in shadow costs the service: ``python -m tests.benchmarks.shadow``.

It serves the champion of this project's last run with one worker, and asks for baskets of 5 lines at a steady rate,
without and with the same bundle in shadow. Both are measured in turns, in one run of the service, and the medians of
the rounds are given, with what the process of the shadow computed meanwhile.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from data.times import utc_now
from features.online_state.order import Order, OrderLine
from serving.model.folder import Challenger, Pointer, ShadowStatus
from serving.process.private_listener import PrivateListener
from serving.shadow.hand_over import HandOver
from serving.shadow.process import STATUS_SECONDS
from tests.benchmarks.load import Result
from tests.benchmarks.serving import RATE, Service, scores, service
from training.registry.alias_history import ShadowRole

LINES = 5
SETTLED_SECONDS = 3.0
"""By then workers and shadow have seen that a version came or went."""
PATIENCE_SECONDS = 180.0
"""It loads with what others leave of a core."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Turn:
    """What came of the load, and the seconds that the process of the shadow computed, of ``seconds``."""

    load: Result
    computed: float
    seconds: float


@dataclass(frozen=True)
class Round:
    """A turn without a version in shadow, and one with it."""

    alone: Turn
    beside: Turn


def rounds(at: Service, models: Path, seconds: float, count: int, rate: float) -> list[Round]:
    """Measure ``count`` rounds, in turns."""
    shadow, found = _process(at.pid, "shadow"), []
    for _ in range(count):
        Challenger.path(models).unlink(missing_ok=True)
        alone = _turn(at, shadow, seconds, rate)
        _put_into_shadow(models)
        found.append(Round(alone, _turn(at, shadow, seconds, rate)))
    return found


def _put_into_shadow(models: Path) -> None:
    """Point to the champion's bundle, under a version of its own, and wait until it is loaded.

    No poll of the registry comes between.
    """
    current = Pointer.read(models)
    if current is None:
        raise RuntimeError("no model is served")
    content = current.model_dump() | {"version": current.version + 1}
    entered_at = utc_now()
    Challenger(**content, role=ShadowRole.CHALLENGER, entered_at=entered_at).write(models)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        status = ShadowStatus.read(models)
        if status is not None and status.at > entered_at:
            return
        time.sleep(0.5)
    raise RuntimeError("the shadow was not ready in time")


def _turn(at: Service, shadow: int, seconds: float, rate: float) -> Turn:
    time.sleep(SETTLED_SECONDS)
    computed, began = _computed(shadow), time.monotonic()
    load = scores(at, LINES, rate, seconds)
    return Turn(load, _computed(shadow) - computed, time.monotonic() - began)


def _process(parent: int, name: str) -> int:
    """The process of this name that the supervisor ``parent`` started."""
    for each in Path("/proc").glob("[0-9]*"):
        head, _, rest = (each / "stat").read_text().rpartition(") ")
        if head.partition("(")[2] == name and int(rest.split()[1]) == parent:
            return int(each.name)
    raise RuntimeError(f"the service has no process {name}")


def _computed(pid: int) -> float:
    """The seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _dropped(url: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("return_risk_shadow_dropped_total"))


def hand_over_us(baskets: int = 3000) -> tuple[float, float]:
    """Measure what a worker spends on handing a basket over, in microseconds: the median, and the 99th percentile."""
    lines = tuple(OrderLine(f"p{place}", 1, 2000, 2500, "m", "red", line_id=f"l{place}") for place in range(LINES))
    order, spent = Order("c1", 0, lines, payment_method="card", channel="web", basket_id="b"), []
    with PrivateListener("shadow") as listener, tempfile.TemporaryDirectory() as name:
        Challenger.path(Path(name)).touch()
        hand, listening = HandOver(listener.path, Path(name)), listener.for_server()
        hand([order], "request", 0, 0)
        connection, _ = listening.accept()
        for _ in range(baskets):
            began = time.perf_counter()
            hand([order], "request", 0, 0)
            spent.append((time.perf_counter() - began) * 1e6)
            connection.recv(1 << 16)
        hand.close()
        connection.close()
        listening.close()
    return statistics.median(spent), statistics.quantiles(spent, n=100)[-1]


def table(found: Sequence[Round], rate: float) -> Table:
    """Lay the medians of the rounds out, a row for each way."""
    made = Table(title=f"scores of {LINES} lines, {rate:g} a second", box=box.SIMPLE_HEAD)
    for name in ("", "p50, ms", "p99, ms", "not 2xx", "the shadow computes, of a core"):
        made.add_column(name, justify="right")
    for name, turns in (("alone", [each.alone for each in found]), ("shadow", [each.beside for each in found])):
        p50, p99 = (
            statistics.median(value or 0.0 for value in values)
            for values in ([turn.load.p50_ms for turn in turns], [turn.load.p99_ms for turn in turns])
        )
        wrong = sum(sum(each.load.by_status.values()) - each.load.ok + sum(each.load.errors.values()) for each in turns)
        share = statistics.median(each.computed / each.seconds for each in turns)
        made.add_row(name, f"{p50:.2f}", f"{p99:.2f}", str(wrong), f"{share:.1%}")
    return made


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.shadow", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=RATE, help="baskets a second")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="return-risk-serve-") as name:
        folder = Path(name)
        settings = {
            "RETURN_RISK_SHADOW_EVERY_SECONDS": "0",
            "RETURN_RISK_QUALITY": str(folder / "quality"),
            "RETURN_RISK_QUALITY_EVERY_SECONDS": "0",
            "RETURN_RISK_REGISTRY_POLL_SECONDS": "3600",
        }
        with service(folder, 1, **settings) as at:
            found = rounds(at, folder / "models", given.seconds, given.rounds, given.rate)
            time.sleep(STATUS_SECONDS + SETTLED_SECONDS)  # the status of the end
            dropped, status = _dropped(at.url), ShadowStatus.read(folder / "models")
    Console(width=None if sys.stdout.isatty() else 150, highlight=False).print(table(found, given.rate))
    print("a worker hands a basket over in {:.0f} µs (99th percentile: {:.0f})".format(*hand_over_us()))
    if status is not None:
        print(f"in shadow: {status.scored} lines scored, {status.late} too late, {dropped:g} baskets not handed over")


if __name__ == "__main__":
    main()
