"""The service's own supervisor against gunicorn with uvicorn's worker, and granian: what each does about a fault.

``python -m tests.benchmarks.process_managers --rivals FOLDER`` needs the outputs of `make repro`, and an environment in
FOLDER with gunicorn, uvicorn-worker and granian that also finds the packages of the project. Each manager runs two
workers of the same application, and gets 30 baskets a second from clients that ask once more where a connection breaks.
Without ``--rivals``, only the service's own supervisor is measured.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.fault_clients import Baskets, Orders
from tests.benchmarks.fault_scene import Scene, describe
from tests.benchmarks.rival_app import WRITER_FILE
from tests.benchmarks.server_process import Server, running
from tests.workspace import TOP, environment

HELD_CONNECTIONS, MOST_HEAD_BYTES = 100, 32 << 20
HANG_SECONDS, HEAD_WAIT_SECONDS, RESTART_SECONDS = 45.0, 40.0, 40.0
RATE = 30.0
Seen = dict[str, str]


@dataclass
class Managed:
    """A running service: the process that manages it, its workers, and its event writer."""

    name: str
    scene: Scene
    pid: int
    writer: int
    restart: Callable[[], str] = field(default=lambda: "")

    def workers(self) -> list[int]:
        """The processes that answer, which the manager keeps."""
        return [pid for pid in _children(self.pid) if _comm(pid) not in OTHERS and b"tracker" not in _command(pid)]


OTHERS = ("event writer", "python -m servi", "model watch")


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        found = Path(f"/proc/{pid}/task").glob("*/children")
        return sorted({int(each) for file in found for each in file.read_text().split()} - _ended())
    return []


def _ended() -> set[int]:
    return {int(each.parent.name) for each in Path("/proc").glob("[0-9]*/stat") if _state(each) == "Z"}


def _state(stat: Path) -> str:
    with suppress(OSError):
        return stat.read_text().rsplit(")", 1)[1].split()[0]
    return ""


def _comm(pid: int) -> str:
    if b"model.watch" in _command(pid):
        return "model watch"
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _memory(pids: list[int]) -> float:
    """Proportional memory in MB: what is shared counts once."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return total / 1e3


@contextmanager
def _own(scene: Scene) -> Iterator[Managed]:
    scene.start()
    writer = next(pid for pid in scene.processes() if _comm(pid) == "event writer")
    managed = Managed("own supervisor", scene, scene.pid, writer)

    second = scene.beside()

    def restart() -> str:
        seconds = second.start()
        os.kill(scene.pid, signal.SIGTERM)
        managed.pid = second.pid
        return f"a second service beside it, ready after {seconds:.0f} s, and SIGTERM"

    managed.restart = restart
    try:
        yield managed
    finally:
        second.stop()
        scene.stop()


@contextmanager
def _rival(scene: Scene, name: str, command: list[str]) -> Iterator[Managed]:
    with ExitStack() as stack:
        metrics = stack.enter_context(tempfile.TemporaryDirectory())
        file = scene.folder / f"writer of {name}"
        variables = environment(
            **scene.variables, PROMETHEUS_MULTIPROC_DIR=metrics, **{WRITER_FILE: str(file)}
        )  # the threads of numeric libraries: as for our own
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.rival_app", str(file)], cwd=TOP, env=variables
        )
        stack.callback(writer.wait)
        stack.callback(writer.kill)
        while not file.exists():
            time.sleep(0.1)
        log = scene.folder / f"{name}.log"
        server = Server(command, TOP, variables, log, f"{scene.url}/readyz", patience=120, grace=20)
        pid = stack.enter_context(running(server))

        def restart() -> str:
            os.kill(pid, signal.SIGHUP)
            return "SIGHUP"

        yield Managed(name, scene, pid, writer.pid, restart)


def measure(managed: Managed) -> Iterator[tuple[str, str]]:
    """Each fault and what was seen; the last one ends the manager."""
    time.sleep(2)
    pids = [managed.pid, *managed.workers(), managed.writer]
    yield "memory of manager, two workers and writer, MB", f"{_memory(pids):.0f}"
    yield "32 connections at once: workers have", _spread(managed)
    yield "kill -9 of a worker", _replaced(managed, signal.SIGKILL, 20.0)
    yield "hung worker (SIGSTOP)", _replaced(managed, signal.SIGSTOP, HANG_SECONDS)
    yield f"{HELD_CONNECTIONS} half-written heads", _half_heads(managed)
    yield "head without end", _endless_head(managed)
    yield "restart with new code", _restarted(managed)
    yield "kill -9 of the event writer", _without_writer(managed)
    yield "kill -9 of the manager", _without_manager(managed)


def _spread(managed: Managed) -> str:
    port = int(managed.scene.url.rsplit(":", 1)[1])
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(32)]
    for each in held:
        each.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for each in held:
        each.recv(4096)
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    inodes = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
    found = Counter({pid: len(_sockets(pid) & inodes) for pid in managed.workers()})
    for each in held:
        each.close()
    return " and ".join(str(count) for count in found.values())


def _sockets(pid: int) -> set[str]:
    links = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            links.add(str(file.readlink()).removeprefix("socket:[").removesuffix("]"))
    return links


@contextmanager
def _load(managed: Managed, seen: list[str]) -> Iterator[None]:
    with Baskets(managed.scene.url, managed.scene.bodies, rate=RATE) as baskets:
        time.sleep(2)
        yield
        time.sleep(2)
    seen.append(describe(baskets.since(0)))


def _replaced(managed: Managed, number: signal.Signals, patience: float) -> str:
    seen: list[str] = []
    with _load(managed, seen):
        before = managed.workers()
        began = time.monotonic()
        os.kill(before[0], number)
        while before[0] in managed.workers() or len(managed.workers()) < len(before):
            if time.monotonic() - began > patience:
                seen.append(f"not replaced within {patience:g} s")
                break
            time.sleep(0.1)
        else:
            seen.append(f"replaced after {time.monotonic() - began:.1f} s")
        with suppress(ProcessLookupError):
            os.kill(before[0], signal.SIGKILL)
        time.sleep(12 if seen and "not" in seen[0] else 2)
    return "; ".join(seen)


def _half_heads(managed: Managed) -> str:
    seen: list[str] = []
    port = int(managed.scene.url.rsplit(":", 1)[1])
    with _load(managed, seen):
        began = time.monotonic()
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(HELD_CONNECTIONS)]
        for each in held:
            each.sendall(b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            each.setblocking(False)
        left = list(held)
        while left and time.monotonic() - began < HEAD_WAIT_SECONDS:
            left = [each for each in left if not _closed(each)]
            time.sleep(0.2)
        seconds = time.monotonic() - began
        for each in held:
            each.close()
    said = f"all closed after {seconds:.0f} s" if not left else f"{len(left)} still open after {seconds:.0f} s"
    return f"{said}; {seen[0]}"


def _closed(held: socket.socket) -> bool:
    try:
        return len(held.recv(4096)) >= 0
    except BlockingIOError:
        return False
    except OSError:
        return True


def _endless_head(managed: Managed) -> str:
    port, workers = int(managed.scene.url.rsplit(":", 1)[1]), managed.workers()
    before, sent, answer = _memory(workers), 0, b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as held:
        with suppress(OSError):
            held.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            held.settimeout(0.02)
            while sent < MOST_HEAD_BYTES and not answer:
                held.settimeout(5)
                held.sendall(b"a" * 65536)
                sent += 65536
                held.settimeout(0.001)
                with suppress(TimeoutError):
                    answer = held.recv(100) or b"closed"
        more = _memory(workers) - before
    said = answer.split(b"\r\n")[0].decode() or "closed or not refused"
    return f"{sent >> 10} KiB taken; {said}; {more:+.0f} MB"


def _restarted(managed: Managed) -> str:
    seen: list[str] = []
    with _load(managed, seen):
        before, began = set(managed.workers()), time.monotonic()
        how = managed.restart()
        while set(managed.workers()) & before and time.monotonic() - began < RESTART_SECONDS:
            time.sleep(0.1)
        time.sleep(12)
    return f"{how}: {seen[0]}"


def _without_writer(managed: Managed) -> str:
    writer = next((pid for pid in _children(managed.pid) if _comm(pid) == "event writer"), managed.writer)
    with Orders(managed.scene.url, managed.scene.bodies) as orders:
        time.sleep(2)
        acknowledged = len(orders.acknowledged)
        began = time.monotonic()
        os.kill(writer, signal.SIGKILL)
        time.sleep(0.5)
        known = len(orders.acknowledged)
        while len(orders.acknowledged) <= known + 2 and time.monotonic() - began < 10:
            time.sleep(0.05)
        seconds = time.monotonic() - began
        time.sleep(1)
    back = f"events again after {seconds:.1f} s" if seconds < 10 else "no events any more"
    return f"{back}; {acknowledged} before, {len(orders.acknowledged)} at the end; {dict(orders.answers)}"


def _without_manager(managed: Managed) -> str:
    workers = managed.workers()
    os.kill(managed.pid, signal.SIGKILL)
    began = time.monotonic()
    while (left := [pid for pid in workers if Path(f"/proc/{pid}").exists() and pid not in _ended()]) and (
        time.monotonic() - began < 15
    ):
        time.sleep(0.1)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    seconds = time.monotonic() - began
    return f"workers ended after {seconds:.1f} s" if not left else f"{len(left)} workers keep the port"


def managers(scene: Scene, rivals: Path | None) -> Iterator[Managed]:
    """Start one after the other; our own first, as it prepares state and model for the rest."""
    with _own(scene) as managed:
        yield managed
    if rivals is None:
        return
    port, app = scene.url.rsplit(":", 1)[1], "tests.benchmarks.rival_app:make"
    gunicorn = [
        *(str(rivals / "bin/gunicorn"), f"{app}()", "-k", "uvicorn_worker.UvicornWorker", "-w", "2"),
        *("-b", f"127.0.0.1:{port}", "--timeout", "30", "--graceful-timeout", "20", "--no-control-socket"),
    ]
    granian = [
        *(str(rivals / "bin/granian"), app, "--factory", "--interface", "asgi", "--workers", "2", "--no-ws"),
        *("--host", "127.0.0.1", "--port", port, "--respawn-failed-workers", "--workers-kill-timeout", "20"),
    ]
    for name, command in (("gunicorn", gunicorn), ("granian", granian)):
        with _rival(scene, name, command) as managed:
            yield managed


def main() -> None:
    """Measure, and print a line for each fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.process_managers", description=__doc__)
    parser.add_argument("--rivals", type=Path, metavar="FOLDER", help="environment of the other managers")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="return-risk-managers-") as name:
        scene = Scene(Path(name), workers=2, RETURN_RISK_PAST_TOLERANCE_SECONDS="1000000")
        for managed in managers(scene, given.rivals):
            for fault, seen in measure(managed):
                print(f"{managed.name} | {fault} | {seen}", flush=True)


if __name__ == "__main__":
    main()
