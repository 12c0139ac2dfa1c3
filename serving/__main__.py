"""Starts the whole service: ``python -m serving``, or ``make serve``. The settings are in README.md.

It brings the online state up to what was trained on, starts the model watch and the workers, and keeps them alive until
SIGTERM or Ctrl-C.
"""

import math
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from data.errors import UserError
from data.stage import run
from serving import logs
from serving.access import Access
from serving.child import Role
from serving.listener import Listener
from serving.model_dir import Pointer
from serving.settings import Settings
from serving.supervisor import Supervisor
from serving.telemetry import FOLDER_VARIABLE, forget_process

END_SECONDS: Final = 10.0
"""What a worker gets beyond the time of its requests: to write the events and predictions that wait."""
POLL_SECONDS: Final = 300.0
"""The longest that the registry may keep the model watch waiting: it tries several times, tens of seconds each."""
ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Workers are many and baskets small: threads would cost more than the trees."""


def main() -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises
    ------
    UserError
        The settings are wrong, the address is taken, or no worker starts.
    SystemExit
        The state can't be prepared; what prepares it has said why.
    """
    settings = Settings.from_environment()
    logs.set_up(settings.log_level)
    keys_required = Access(settings).keys_required
    listener = Listener(settings.host, settings.port, settings.workers)
    example = _prepare()
    with tempfile.TemporaryDirectory(prefix="return-risk-metrics-") as metrics:
        os.environ[FOLDER_VARIABLE] = metrics  # an empty one for each start: figures of dead processes would go on
        worker, watch = _worker(listener, settings), _model_watch()
        address = _address(settings.host, listener.port)
        supervisor = Supervisor(
            [worker] * settings.workers + [watch],
            listener,
            settings.shutdown_seconds + END_SECONDS,
            announce=lambda: print(
                announcement(address, served(settings.model_dir), example, keys_required=keys_required), flush=True
            ),
            died=forget_process,
        )
        supervisor.run()


def announcement(address: str, model: str, example: str, *, keys_required: bool) -> str:
    """Say that the service is ready, and how to try it; ``example`` is a basket as JSON, "" where there is none."""
    lines = [f"\nServing {model} at {address}"]
    if not keys_required:
        lines.append("No API key is needed, as only this machine can reach it (development).")
    if example:
        key = ' -H "Authorization: Bearer $KEY"' if keys_required else ""
        data = shlex.quote(example)
        lines += ["Try:", f"  curl -s {address}/v1/score -H 'Content-Type: application/json'{key} -d {data}"]
    return "\n".join([*lines, ""])


def served(model_dir: Path) -> str:
    """Name the model that is pointed at."""
    try:
        pointer = Pointer.read(model_dir)
    except UserError:
        pointer = None
    return "from priors, without a model yet," if pointer is None else f"{pointer.name} version {pointer.version}"


def _prepare() -> str:
    done = subprocess.run(_module("serving.preparation"), stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(done.returncode if done.returncode > 0 else 1)
    return done.stdout


def _worker(listener: Listener, settings: Settings) -> Role:
    seconds = str(math.ceil(settings.shutdown_seconds))
    command = [*_module("serving.worker"), "--shutdown-seconds", seconds, "--log-level", settings.log_level]
    return Role("a worker", command, os.environ | ONE_THREAD, listener)


def _model_watch() -> Role:
    return Role(
        "the model watch",
        _module("serving.model_watch"),
        os.environ | ONE_THREAD,
        vital=False,
        start_seconds=POLL_SECONDS,
        hung_seconds=POLL_SECONDS,
    )


def _module(name: str) -> Sequence[str]:
    return [sys.executable, "-m", name]


def _address(host: str, port: int) -> str:
    """Where this machine reaches the service."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not listened on
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"


if __name__ == "__main__":
    run(main)
