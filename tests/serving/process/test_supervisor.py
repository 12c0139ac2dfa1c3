import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from serving.process import supervisor
from serving.process.listener import Listener

TOP = Path(supervisor.__file__).parents[2]
PATIENCE_SECONDS = 120
"""As long as a process may take to start where other programs want the cores."""

STUB = """
import asyncio, os
from pathlib import Path

def create():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": message["type"] + ".complete"})
                if message["type"] == "lifespan.shutdown":
                    Path(f"ended-{os.getpid()}").touch()
                    return
        path, body = scope["path"], str(os.getpid()).encode()
        if path == "/slow":
            Path("slow-began").touch()
            while not Path("slow-may-end").exists():
                await asyncio.sleep(0.01)
        if path == "/hang":
            import time
            time.sleep(600)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})
    return app

def broken():
    from data.errors import UserError
    raise UserError(expected="a key", found="none", fix="make one")
"""

SCENE = """
import functools, json, logging, os, sys
from pathlib import Path
from serving.http import worker
from serving.process.child import Role
from serving.process import supervisor
from serving.process.listener import Listener
from serving.process.supervisor import Supervisor
sys.path.insert(0, os.getcwd())
logging.basicConfig(level="INFO", stream=sys.stderr)
given = json.loads(sys.argv[1])
supervisor.TWICE_SECONDS = given["twice_seconds"]
listener = Listener("127.0.0.1", 0, given["workers"])
role = Role("a worker", functools.partial(worker.serve, "stub:" + given["app"], listener, 20),
            hung_seconds=given["hung_seconds"])
def announce():
    Path("port.partial").write_text(str(listener.port))
    Path("port.partial").rename("port")
def died(pid):
    Path(f"died-{pid}").touch()
Supervisor([role] * given["workers"], listener, given["end_seconds"], announce, died).run()
"""


class Service:
    """A supervisor that runs in a process of its own, in ``folder``."""

    def __init__(self, folder: Path, **given: Any) -> None:
        self.folder = folder
        given = {"app": "create", "workers": 1, "hung_seconds": 60, "end_seconds": 20, "twice_seconds": 0.5} | given
        (folder / "stub.py").write_text(STUB)
        path = os.pathsep.join([str(TOP), str(folder)])
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SCENE, json.dumps(given)],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": path},
                stderr=log,
                start_new_session=True,
            )

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def wait_for(self, what: Callable[[], Any]) -> Any:
        """Wait until ``what`` returns a true value, and return the value."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if found := what():
                return found
            time.sleep(0.02)
        raise TimeoutError(self.log())

    def ask(self, path: str = "/") -> int:
        """Send a request over a new connection; return the id of the process that answered."""
        port = int(self.wait_for(lambda: self.file("port").exists() and self.file("port").read_text()))
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return int(connection.getresponse().read())

    def press_until_the_end(self, number: int) -> None:
        """Signal again and again: on a busy machine the first may be seen so late that the second counts as one."""

        def has_ended() -> bool:
            self.signal(number)
            return self.process.poll() is not None

        self.wait_for(has_ended)

    def file(self, name: str) -> Path:
        return self.folder / name

    def signal(self, number: int) -> None:
        """Signal the whole process group, as a terminal does."""
        os.killpg(self.process.pid, number)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    services: list[Service] = []

    def started(**given: Any) -> Service:
        services.append(Service(tmp_path, **given))
        return services[-1]

    yield started
    for service in services:
        if service.process.poll() is None:
            service.process.kill()  # its workers end by their lifelines
            service.process.wait()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_is_killed_comes_back_and_nobody_is_turned_away(start: Callable[..., Service]) -> None:
    service = start()
    first = service.ask()

    os.kill(first, signal.SIGKILL)
    service.wait_for(lambda: not is_alive(first) or service.file(f"died-{first}").exists())
    second = service.ask()  # at once: the connection waits for the next worker

    assert second != first
    assert service.wait_for(service.file(f"died-{first}").exists)
    assert "killed by SIGKILL; a new one is started" in service.log()


def test_all_workers_answer_at_one_address(start: Callable[..., Service]) -> None:
    service = start(workers=2)

    first = service.ask()

    assert service.wait_for(lambda: service.ask() != first)


def test_while_one_of_several_workers_is_started_again_the_others_answer(start: Callable[..., Service]) -> None:
    service = start(workers=2)
    first = service.ask()
    other = int(service.wait_for(lambda: (answered := service.ask()) != first and answered))

    os.kill(first, signal.SIGKILL)
    service.wait_for(service.file(f"died-{first}").exists)

    assert service.ask() != first
    assert service.wait_for(lambda: service.ask() not in {first, other})


def test_at_the_end_a_request_in_flight_is_answered_and_the_application_is_shut_down(
    start: Callable[..., Service],
) -> None:
    service = start()
    worker = service.ask()
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(service.ask("/slow")))
    asking.start()
    service.wait_for(service.file("slow-began").exists)

    service.signal(signal.SIGTERM)
    with pytest.raises((OSError, HTTPException)):
        service.wait_for(lambda: not service.ask())  # new ones are refused in the end
    service.file("slow-may-end").touch()
    asking.join(PATIENCE_SECONDS)

    assert answers == [worker]
    assert service.process.wait(PATIENCE_SECONDS) == 0
    assert service.file(f"ended-{worker}").exists()


@pytest.mark.parametrize(
    ("number", "twice_seconds", "killed"),
    [(signal.SIGTERM, 0.1, False), (signal.SIGINT, 600, False), (signal.SIGINT, 0.1, True)],
)
def test_a_signal_that_comes_twice_is_one_but_another_ctrl_c_ends_at_once(
    start: Callable[..., Service],
    number: int,
    twice_seconds: float,
    killed: bool,  # noqa: FBT001 - a case
) -> None:
    service = start(end_seconds=600, twice_seconds=twice_seconds)
    service.ask()
    answers: list[int] = []
    asking = threading.Thread(target=ask_if_possible, args=(service, answers))
    asking.start()
    service.wait_for(service.file("slow-began").exists)

    service.signal(number)
    if killed:
        service.press_until_the_end(number)
    else:
        time.sleep(0.2)
        service.signal(number)
        time.sleep(0.3)  # enough to be killed in
        service.file("slow-may-end").touch()
    service.process.wait(PATIENCE_SECONDS)
    asking.join(PATIENCE_SECONDS)

    assert bool(answers) != killed
    assert ("is killed" in service.log()) == killed


def ask_if_possible(service: Service, answers: list[int]) -> None:
    with contextlib.suppress(OSError, HTTPException, ValueError):
        answers.append(service.ask("/slow"))


def test_a_worker_that_does_not_end_in_time_is_killed(start: Callable[..., Service]) -> None:
    service = start(end_seconds=0.3)
    worker = service.ask()
    answers: list[int] = []
    asking = threading.Thread(target=ask_if_possible, args=(service, answers))
    asking.start()
    service.wait_for(service.file("slow-began").exists)

    service.signal(signal.SIGTERM)

    assert service.process.wait(PATIENCE_SECONDS) == 0
    assert not is_alive(worker)
    assert "has not ended in time" in service.log()
    asking.join(PATIENCE_SECONDS)
    assert answers == []


def test_a_worker_whose_event_loop_hangs_is_replaced(start: Callable[..., Service]) -> None:
    service = start(hung_seconds=1.2)
    first = service.ask()
    with pytest.raises((OSError, HTTPException, ValueError)):
        service.ask("/hang")

    second = service.ask()

    assert second != first
    assert "gives no sign of life" in service.log()


def test_workers_end_when_the_supervisor_is_killed(start: Callable[..., Service]) -> None:
    service = start()
    worker = service.ask()

    service.process.kill()
    service.process.wait()

    service.wait_for(service.file(f"ended-{worker}").exists)


def test_a_service_whose_workers_can_not_start_says_so_and_ends(start: Callable[..., Service]) -> None:
    service = start(app="broken")

    assert service.process.wait(PATIENCE_SECONDS) != 0

    assert "it ended 3 times before it took a request, the last time by exit code 1" in service.log()
    assert "a worker stopped: expected: a key" in service.log()
    assert not service.file("port").exists()


def test_the_service_is_announced_once_it_says_that_it_is_ready() -> None:
    answers, seen = iter([False, False, True]), list[object]()

    def answer() -> bool:
        seen.append(next(answers))
        return seen[-1] is True

    def announce() -> None:
        seen.append("announced")
        os.kill(os.getpid(), signal.SIGTERM)

    supervisor.Supervisor([], Listener("127.0.0.1", 0, 1), 1.0, announce, answers=answer).run()

    assert seen == [False, False, True, "announced"]
