import os
import signal
import time
from collections.abc import Callable

from serving.process.child import Child, Role
from serving.process.lifeline import Lifeline


def lives_and_dies(line: Lifeline) -> None:
    line.beat()
    os.kill(os.getpid(), signal.SIGKILL)


def dies(_: Lifeline) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def seen_after_its_end(run: Callable[[Lifeline], None]) -> Child:
    """A process that began and ended between two looks of the supervisor, after the second look."""
    ended: list[int] = []
    child = Child(Role("a worker", run), ended.append)
    child.look(0.0)
    deadline = time.monotonic() + 60
    while not child.has_ended() and time.monotonic() < deadline:
        time.sleep(0.01)
    child.look(0.1)
    assert len(ended) == 1
    return child


def test_a_process_that_took_requests_and_died_between_two_looks_has_not_failed_to_start() -> None:
    child = seen_after_its_end(lives_and_dies)

    assert (child.was_ready, child.failures) == (True, 0)


def test_a_process_that_died_before_it_took_a_request_has_failed_to_start() -> None:
    child = seen_after_its_end(dies)

    assert (child.was_ready, child.failures, child.ended) == (False, 1, "killed by SIGKILL")
