"""The loop from events to training, whole: a service takes events while ``make retrain`` runs beside it.

``python -m tests.benchmarks.loop`` makes a small shop whose tables end now, in a copy of the project, and takes about
eight minutes. It prints what was answered, what was lost, and which models scored.
"""

import json
import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from data import tables
from data.schema import ORDER_LINES, RETURNS
from data.times import iso, now_us, utc_now
from tests.benchmarks.fault_clients import Caller
from tests.benchmarks.server_process import Server, free_port, running
from tests.workspace import SMALL_SHOP, commit, copy_project, environment, set_params

PAUSE_SECONDS = 0.1
SNAPSHOT = Path("data/snapshots/simulated")


@dataclass
class Shop:
    """Asks for a score, orders, delivers and takes back, one after the other, until it is stopped."""

    url: str
    products: list[str]
    customers: list[str]
    lines: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send events until `stopped`; an event that is not answered is sent again."""
        self._caller, self._random, number = Caller(self.url), random.Random(1), 0
        while not self.stopped.is_set():
            number += 1
            self._order(f"LIVE{number:06}")
            if number > 1 and self._random.random() < 0.5:
                self._line(f"LIVE{self._random.randint(1, number - 1):06}-0", number)
            time.sleep(PAUSE_SECONDS)
        self._caller.close()

    def _order(self, order_id: str) -> None:
        lines = [
            {
                "line_id": f"{order_id}-{place}",
                "product_id": self._random.choice(self.products),
                "quantity": 1,
                "price_minor": self._random.randint(500, 9000),
            }
            for place in range(self._random.randint(1, 3))
        ]
        order: dict[str, Any] = {"customer_id": self._random.choice(self.customers), "lines": lines}
        status, answer = self._caller.post("/v1/score", json.dumps(order).encode())
        known = answer if status == 200 else {}
        self.answers[f"score {status}"] += 1
        self.answers[f"scored by version {known.get('model', {}).get('version')}"] += 1
        self.answers["degraded scores"] += bool(known.get("degraded"))
        self._tell("order_placed", f"e{order_id}", order_id=order_id, ordered_at=iso(now_us()), **order)
        self.lines.update(str(line["line_id"]) for line in lines)

    def _line(self, line_id: str, number: int) -> None:
        self._tell("line_delivered", f"d{number}", line_id=line_id, delivered_at=iso(now_us()))
        if line_id not in self.returned:
            self._tell("line_returned", f"r{number}", line_id=line_id, returned_at=iso(now_us()), reason="COLOR")
            self.returned.add(line_id)

    def _tell(self, kind: str, event_id: str, **facts: Any) -> None:
        body = json.dumps({"events": [{"type": kind, "event_id": event_id, **facts}]}).encode()
        while True:
            status, answer = self._caller.post("/v1/events", body)
            self.answers[f"event {status}"] += 1
            if status in (200, 207):
                self.answers[f"event {answer['results'][0]['status']}"] += 1
                return
            time.sleep(PAUSE_SECONDS)


def main() -> None:
    """Run the loop, and print the figures."""
    with tempfile.TemporaryDirectory(prefix="return-risk-loop-") as name:
        project = copy_project(
            Path(name) / "project", SMALL_SHOP | {"simulator.end": str((utc_now() + timedelta(days=1)).date())}
        )
        commit(project)
        _run(project, "dvc", "repro")
        _run(project, "python", "-m", "training.champion", "challenge")
        port = free_port()
        variables = environment(
            RETURN_RISK_PORT=str(port), RETURN_RISK_REGISTRY_POLL_SECONDS="2", OMP_NUM_THREADS="1",
            RETURN_RISK_LOG_LEVEL="warning",
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        server = Server(
            ["python", "-m", "serving"], project, variables, Path(name) / "log", f"{url}/readyz", patience=240, grace=40
        )
        with running(server):
            _loop(project, url)


def _loop(project: Path, url: str) -> None:
    before = tables.read(ORDER_LINES, project / tables.VALIDATED)
    products, customers = (sorted(set(before[key].drop_null().to_pylist())) for key in ("product_id", "customer_id"))
    shop = Shop(url, products[:60], customers[:200])
    sender = threading.Thread(target=shop.run)
    sender.start()
    time.sleep(10)
    _run(project, "python", "-m", "serving.tables")
    set_params(project, {"data.source": "events", "data.path": str(SNAPSHOT)})
    _run(project, "python", "-m", "serving.tables", "--to-train")
    _run(project, "dvc", "repro")
    _run(project, "python", "-m", "training.champion", "challenge")
    _run(project, "python", "-m", "serving.renew")
    time.sleep(10)
    shop.stopped.set()
    sender.join()
    _run(project, "python", "-m", "serving.tables")
    lines, returns = (
        set(tables.read(each, project / SNAPSHOT)["line_id"].to_pylist()) for each in (ORDER_LINES, RETURNS)
    )
    print(*(f"{name}: {count}" for name, count in sorted(shop.answers.items())), sep="\n")
    print(f"lines that were answered: {len(shop.lines)}, and are not in the tables: {len(shop.lines - lines)}")
    print(
        f"returns that were answered: {len(shop.returned)}, and are not in the tables: {len(shop.returned - returns)}"
    )
    _run(project, "python", "-m", "serving.outcomes")


def _run(project: Path, *command: str) -> None:
    began = time.monotonic()
    done = subprocess.run(command, cwd=project, env=environment(OMP_NUM_THREADS="1"), capture_output=True, text=True)  # noqa: PLW1510
    said = (done.stderr or done.stdout).strip().splitlines()
    print(f"{' '.join(command)}: {time.monotonic() - began:.0f} s: {said[-1] if said else ''}", flush=True)
    if done.returncode:
        raise SystemExit("\n".join(said[-40:]))


if __name__ == "__main__":
    main()
