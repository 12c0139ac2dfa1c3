import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.benchmarks.measured import ProgramFailedError
from tests.benchmarks.server_process import Server, children, free_port, running
from tests.workspace import environment

# Holds a lock on the file LOCK for as long as it lives.
HELPER = "import fcntl, sys, time; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX); time.sleep(60)"
SERVER = f"""
import http.server, signal, subprocess, sys
port, lock, deaf = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "deaf"
if deaf:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", {HELPER!r}, lock])
http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def a_server(folder: Path, *arguments: str, patience: float = 30, grace: float = 10) -> Server:
    port = free_port()
    filled = [str(port) if one == "PORT" else one for one in arguments]
    command = [sys.executable, "-c", *filled]
    return Server(command, folder, environment(), folder / "log", f"http://127.0.0.1:{port}/", patience, grace)


def is_locked(file: Path) -> bool:
    with file.open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_until_locked(file: Path) -> None:
    give_up = time.monotonic() + 30
    while not is_locked(file):
        assert time.monotonic() < give_up
        time.sleep(0.01)


@pytest.mark.parametrize("manners", ["polite", "deaf"])
def test_a_server_and_what_it_started_end_with_the_block(tmp_path: Path, manners: str) -> None:
    lock = tmp_path / "lock"
    lock.touch()

    with running(a_server(tmp_path, SERVER, "PORT", str(lock), manners, grace=0.2 if manners == "deaf" else 10)):
        wait_until_locked(lock)

    give_up = time.monotonic() + 30
    while is_locked(lock):  # the helper, told to end a moment ago, may take some more
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_a_server_that_ends_is_an_error_with_what_it_printed(tmp_path: Path) -> None:
    broken = a_server(tmp_path, "print('no such model'); raise SystemExit(3)")

    with pytest.raises(ProgramFailedError, match="ended with 3:\nno such model"), running(broken):
        pytest.fail("it never ran")


def test_a_server_that_never_answers_is_an_error_and_is_ended(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    silent = a_server(tmp_path, HELPER, str(lock), patience=0.5)

    with pytest.raises(ProgramFailedError, match=r"did not answer within 0\.5 s"), running(silent):
        pytest.fail("it never answered")

    assert not is_locked(lock)


def test_children_are_found_by_the_name_that_they_gave_themselves() -> None:
    naming = "import sys, time; open('/proc/self/comm', 'w').write('worker'); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", naming], stdout=subprocess.PIPE) as named:
        assert named.stdout is not None
        named.stdout.readline()
        found = children(os.getpid(), "worker"), children(os.getpid(), "another")
        named.kill()

    assert found == ([named.pid], [])
    assert children(os.getpid(), "worker") == []
