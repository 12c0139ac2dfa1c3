"""The real service in a folder of its own, to be broken: its processes, its files, its clients, and what was seen."""

import json
import shutil
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from features.stores.address import namespaces, open_store
from features.stores.store import Store
from tests.benchmarks import serving
from tests.benchmarks.fault_check import Held, Twin
from tests.benchmarks.fault_clients import Asked, Baskets, Orders, send
from tests.benchmarks.server_process import LOOK, Server, free_port, running
from tests.workspace import TOP, environment

BEFORE_SECONDS, RECOVERY_SECONDS = 2.0, 60.0
STEADY_ANSWERS = 30
"""So many whole answers in a row: the service has recovered."""
KNOWN_ANSWERS = {"applied", "duplicate", "503", "broken"}
"""And ``refused``, while the clock is wrong."""


CLOCK = """
import pathlib, time
back, real, real_ns = pathlib.Path(__file__).with_name("seconds_back"), time.time, time.time_ns
def seconds():
    try:
        return int(back.read_text())
    except OSError:
        return 0
time.time, time.time_ns = (lambda: real() - seconds()), (lambda: real_ns() - seconds() * 10**9)
"""
"""Python runs it as sitecustomize at the start of the service, whose workers are copies of that process."""


@dataclass(frozen=True)
class Row:
    """One fault and what was seen; ``wrong`` says what should have been otherwise, empty where all is well."""

    fault: str
    baskets: str
    events: str
    recovery: str
    wrong: tuple[str, ...]


class Scene:
    """The service with its files in ``folder``; ``variables`` set over the usual ones.

    ``project``: the checkout whose code and outputs it runs with.
    """

    def __init__(self, folder: Path, workers: int, project: Path = TOP, **variables: str) -> None:
        self.folder, self.pid, self._project, self._name = folder, 0, project, "serve"
        self.registry = folder / "registry" / "mlflow.db"
        self.registry.parent.mkdir()
        shutil.copy2(project / "mlflow.db", self.registry)
        self.address = variables.pop("RETURN_RISK_STATE", f"lmdb:{folder / 'state'}")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.models, self.predictions = folder / "models", folder / "predictions"
        self.variables = {
            "MLFLOW_TRACKING_URI": f"sqlite:///{self.registry}",
            "RETURN_RISK_PORT": str(port),
            "RETURN_RISK_WORKERS": str(workers),
            "RETURN_RISK_STATE": self.address,
            "RETURN_RISK_MODEL_DIR": str(self.models),
            "RETURN_RISK_PREDICTION_LOG": str(self.predictions),
            "RETURN_RISK_REGISTRY_POLL_SECONDS": "5",
            "RETURN_RISK_LOG_LEVEL": "warning",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(folder / "clock"),
            **variables,
        }
        self._set_up_clock()
        self._starts = 0
        self._running = ExitStack()

    def beside(self) -> "Scene":
        """Another service of this project on the same files, at the same port; not started yet."""
        other = copy(self)
        other._project, other._name, other._running = TOP, "beside", ExitStack()
        other.variables = {**self.variables, "RETURN_RISK_SHARE_PORT": "true"}
        return other

    def start(self, *, wait_for_model: bool = True) -> float:
        """Start the service, and give the seconds until it is ready."""
        self._starts += 1
        began, command = time.monotonic(), [sys.executable, "-m", "serving"]
        variables = environment(**self.variables)
        server = Server(command, self._project, variables, self._log, f"{self.url}/readyz", patience=240, grace=40)
        self.pid = self._running.enter_context(running(server))
        while not self.said("Serving "):  # where it shares its port, another service has answered until now
            time.sleep(LOOK)
        seconds = time.monotonic() - began
        while wait_for_model and self.ask("/v1/model")["version"] is None:
            time.sleep(0.2)
        return seconds

    def stop(self) -> None:
        """End it."""
        self._running.close()

    def ask(self, path: str) -> Any:
        """Get an answer outside the load."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def _set_up_clock(self) -> None:
        """Let the service's clock be set back by as many seconds as are in a file."""
        self.clock = self.folder / "clock" / "seconds_back"
        self.clock.parent.mkdir()
        (self.clock.parent / "sitecustomize.py").write_text(CLOCK)

    def said(self, words: str) -> bool:
        """Whether ``words`` are in what the service logged since its last start."""
        return words in self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.folder / f"{self._name}-{self._starts}.log"

    def processes(self, *, answering: bool = True) -> list[int]:
        """The processes that the supervisor keeps, as the kernel lists them; ``answering``: without the model watch."""
        found = [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return [pid for pid in found if not answering or b"model_watch" not in _command(pid)]

    def wait_for_workers(self) -> None:
        """Wait until every worker listens: each has a socket of its own, where there are several."""
        give_up = time.monotonic() + RECOVERY_SECONDS
        while self._listening() < int(self.variables["RETURN_RISK_WORKERS"]) and time.monotonic() < give_up:
            time.sleep(0.05)

    def _listening(self) -> int:
        port, listens = f":{int(self.variables['RETURN_RISK_PORT']):04X}", "0A"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[1].endswith(port) and row[3] == listens for row in rows)

    @property
    def namespace(self) -> str:
        """The one state, which is named by two digests."""
        (found,) = (name for name in namespaces(self.address) if "-" in name)
        return found

    @cached_property
    def file(self) -> Path:
        """The file of the state."""
        return self.folder / "state" / self.namespace / "data.mdb"

    @cached_property
    def twin(self) -> Twin:
        """What the state is held against."""
        return Twin()

    @cached_property
    def bodies(self) -> list[dict[str, Any]]:
        """Baskets of two lines."""
        return serving.baskets(2)

    def check(self, acknowledged: Sequence[dict[str, Any]]) -> Held:
        """Hold the state against its twin."""
        with self.opened() as store:
            return self.twin.compare(store, acknowledged)

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store of the service, beside it."""
        store = open_store(self.address, self.namespace)
        try:
            yield store
        finally:
            store.close()


@dataclass(frozen=True)
class Expected:
    """What a fault may cause.

    ``causes`` of degraded answers, of which one has to be seen; ``may``: more of them, that need not be. ``refused``:
    events get 503 meanwhile; ``answers``: what they may get besides. ``told_again``: what was acknowledged since a copy
    was made went with what it replaced.
    """

    causes: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    refused: bool = False
    answers: frozenset[str] = frozenset()
    told_again: bool = False


def observe(
    scene: Scene,
    fault: str,
    break_: Callable[[], object],
    mend: Callable[[], object],
    expected: Expected,
    seconds: float,
) -> Row:
    """Break something in the middle of a load, mend it after ``seconds``, and say what was seen."""
    wrong: list[str] = []
    baskets, orders = Baskets(scene.url, scene.bodies), Orders(scene.url, scene.bodies)
    with baskets, orders:
        time.sleep(BEFORE_SECONDS)
        broken_at = time.monotonic()
        break_()
        time.sleep(seconds)
        mended_at = time.monotonic()
        mend()
        recovery = recovered(baskets, mended_at)
        time.sleep(1)
    if recovery is None:
        wrong.append(f"answers are not whole {RECOVERY_SECONDS:g} s later")
    wrong += judge(baskets.since(0), expected.causes | expected.may)
    if expected.causes and not any(one.causes for one in baskets.since(broken_at)):
        wrong.append("the fault was not noticed")
    if expected.refused and not orders.answers["503"]:
        wrong.append("no event was refused")
    events = ""
    if expected.told_again:
        again = send(scene.url, orders.acknowledged)
        events = f"told again: {dict(again)}; "
    events += told(scene, orders, wrong, expected.answers)
    said = describe_recovery(baskets.since(broken_at), mended_at)
    return Row(fault, describe(baskets.since(0)), events, said, tuple(wrong))


def told(scene: Scene, orders: Orders, wrong: list[str], allowed: frozenset[str] = frozenset()) -> str:
    """Say what became of the orders, and add to ``wrong`` what should not have."""
    held = scene.check(orders.acknowledged)
    if not held.well:
        wrong.append(str(held))
    if unknown := set(orders.answers) - KNOWN_ANSWERS - allowed:
        wrong.append(f"events were answered with {sorted(unknown)}")
    return f"{_counts(orders.answers)}; {held}"


def judge(asked: Sequence[Asked], causes: frozenset[str]) -> list[str]:
    """Say what is wrong with answers that may be degraded by ``causes``."""
    wrong = [f"{count} baskets with {status}" for status, count in _statuses(asked).items() if status != "200"]
    others = {cause for one in asked for cause in one.causes} - causes
    return wrong + ([f"degraded by {sorted(others)}"] if others else [])


def recovered(baskets: Baskets, since: float) -> float | None:
    """Wait until answers are whole again; the seconds from ``since``, None where they stay degraded."""
    give_up = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < give_up:
        last = baskets.since(since)[-STEADY_ANSWERS:]
        if len(last) == STEADY_ANSWERS and not any(one.causes or one.status != 200 for one in last):
            return time.monotonic() - since
        time.sleep(0.1)
    return None


def describe(asked: Sequence[Asked]) -> str:
    """Count what baskets got."""
    causes = Counter(cause for one in asked for cause in one.causes)
    slowest = max((one.seconds for one in asked), default=0.0)
    broken = sum(one.broken for one in asked)
    return (
        f"{_counts(_statuses(asked))}; degraded: {_counts(causes) or 'none'}; "
        f"{broken} connections broke; slowest {slowest * 1e3:.0f} ms"
    )


def describe_recovery(asked: Sequence[Asked], mended_at: float) -> str:
    """When the last answer was given that was not whole, after the mending."""
    late = [one.at + one.seconds - mended_at for one in asked if one.causes or one.status != 200]
    return "-" if not late else f"{max(0.0, *late, 0.0):.1f} s"


def _statuses(asked: Sequence[Asked]) -> Counter[str]:
    return Counter(str(one.status or "no answer") for one in asked)


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b"model_watch"  # it has just ended: nobody's worker
