"""Starts the service: prepares the state, then keeps the model watch and the workers alive."""

import functools
import gc
import importlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from data.errors import UserError
from serving.http import worker
from serving.http.guards.access import Access
from serving.http.telemetry import forget_process
from serving.model.folder import Pointer
from serving.process import logs
from serving.process.child import Role
from serving.process.lifeline import Lifeline
from serving.process.listener import Listener
from serving.process.private_listener import PrivateListener
from serving.process.supervisor import Supervisor
from serving.settings import Settings

END_SECONDS: Final = 10.0
"""Time that a worker gets after its last requests, to write the waiting events and predictions."""
NOT_FOR_OTHERS: Final = 0o027
"""What is taken from the rights of files: the group, such as a shipper of logs, may read, and others nothing."""
POLL_SECONDS: Final = 300.0
"""Longest time for one poll of the registry: MLflow tries several times, for tens of seconds each."""


def start() -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises
    ------
    UserError
        The settings are wrong, the address is taken, or no worker starts.
    SystemExit
        The state can't be prepared; `serving.prestart` has printed the cause.
    """
    settings = Settings.from_environment()
    keep_from_others()
    logs.set_up(settings.log_level)
    keys_required = Access(settings).keys_required
    listener = Listener(settings.host, settings.port, settings.workers, shared=settings.share_port)
    with PrivateListener() as writer, _preparation() as preparing, loaded("serving.app", "serving.writer"):
        example = _answer(preparing)
        address = _address(settings.host, listener.port)
        supervisor = Supervisor(
            [*roles(listener, writer, settings), _model_watch()],
            listener,
            settings.shutdown_seconds + END_SECONDS,
            announce=lambda: print(
                announcement(address, served(settings.model_dir), example, keys_required=keys_required), flush=True
            ),
            died=forget_process,
        )
        supervisor.run()


def keep_from_others() -> None:
    """Make files and folders of this process, and of those that it starts, unreadable for other users (umask)."""
    os.umask(os.umask(NOT_FOR_OTHERS) | NOT_FOR_OTHERS)


@contextmanager
def loaded(*modules: str) -> Iterator[None]:
    """Import what workers need before they are forked from this process.

    The import takes 8 seconds of computing and 200 MB. Workers inherit it: they share the memory, and a worker that
    died is replaced within a second. The objects are frozen, as the garbage collector would write to every shared page.
    """
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # some libraries count their objects, and warn of those that are never freed


def announcement(address: str, model: str, example: str, *, keys_required: bool) -> str:
    """Make the text that announces the service; ``example`` is a basket to try it with, as JSON, or "" for none."""
    lines = [f"\nServing {model} at {address}"]
    if not keys_required:
        lines.append("No API key is needed: only this machine can reach the service (development).")
    lines.append(f"Which items come back, and what to do: {address}/products")
    if example:
        key = ' -H "Authorization: Bearer $KEY"' if keys_required else ""
        data = shlex.quote(example)
        lines += ["Try:", f"  curl -s {address}/v1/score -H 'Content-Type: application/json'{key} -d {data}"]
    return "\n".join([*lines, ""])


def served(model_dir: Path) -> str:
    """Name the model that the pointer names."""
    try:
        pointer = Pointer.read(model_dir)
    except UserError:
        pointer = None
    return "from priors, without a model yet," if pointer is None else f"{pointer.name} version {pointer.version}"


def _preparation() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "serving.prestart"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module


def _answer(preparing: subprocess.Popen[str]) -> str:
    example, _ = preparing.communicate()
    if preparing.returncode:
        raise SystemExit(1)
    return example


def roles(listener: Listener, writer: PrivateListener, settings: Settings) -> list[Role]:
    """The workers, and the process that writes the events that they take."""
    one = Role("a worker", functools.partial(_work, listener, writer, settings))
    return [
        *[one] * settings.workers,
        Role("the event writer", functools.partial(_write, writer, settings), vital=False),
    ]


def _work(listener: Listener, writer: PrivateListener, settings: Settings, line: Lifeline) -> None:
    from serving import app, assembly  # noqa: PLC0415 - heavy imports, which `loaded` made before the fork

    writer.close()
    parts = functools.partial(assembly.assemble, settings, writer.path)
    worker.serve(lambda: app.create_app(settings, parts()), listener, settings.shutdown_seconds, line)


def _write(writer: PrivateListener, settings: Settings, line: Lifeline) -> None:
    from serving.writer import write_events  # noqa: PLC0415 - as above

    write_events(writer, settings, line)


def _model_watch() -> Role:
    return Role(
        "the model watch", _become_model_watch, vital=False, start_seconds=POLL_SECONDS, hung_seconds=POLL_SECONDS
    )


def _become_model_watch(line: Lifeline) -> None:
    """Replace this process by the model watch (exec), which then shares no memory with the workers."""
    command = [sys.executable, "-m", "serving.model.watch", "--lifeline", str(line.hand_on())]
    os.execv(sys.executable, command)  # noqa: S606 - our own module, by this Python


def _address(host: str, port: int) -> str:
    """The URL at which this machine reaches the service."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not listened on
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"
