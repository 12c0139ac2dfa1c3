"""Starts the service: prepares the state, then keeps the model watch and the workers alive."""

import functools
import gc
import importlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import ProxyHandler, build_opener

from data.errors import UserError
from data.stage import parts
from serving.http import worker
from serving.http.guards.access import Access
from serving.http.telemetry import forget_process
from serving.model.folder import Pointer
from serving.process import logs
from serving.process.child import Role
from serving.process.file_rights import keep_from_others
from serving.process.lifeline import Lifeline
from serving.process.listener import Listener
from serving.process.looks import Look
from serving.process.private_listener import PrivateListener
from serving.process.supervisor import Supervisor
from serving.settings import Settings
from serving.shops import Shop, shops_of
from serving.telling.channels import channels_of

if TYPE_CHECKING:
    from fastapi import FastAPI

END_SECONDS: Final = 10.0
"""Time that a worker gets after its last requests, to write the waiting events and predictions."""
STARVED_SECONDS: Final = 300.0
"""Longest time without a sign of life of the shadow, which gets what others leave of a core."""
_DIRECT: Final = build_opener(ProxyHandler({}))  # this machine is not asked by way of a proxy
READY_SECONDS: Final = 2.0
"""How long the announcement waits for one answer of the service."""
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
    keys_required, shops = Access(settings).keys_required, shops_of(settings)
    for shop in shops:
        channels_of(shop.settings)  # a wrong channel is to stop the start, and not the first alarm
    listener = Listener(settings.host, settings.port, settings.workers, shared=settings.share_port)
    with (
        ExitStack() as stack,
        _preparation(shops[0]) as first,
        loaded("serving.app", "serving.assembly.worker", "serving.assembly.shadow", "serving.writer"),
    ):
        writers = [stack.enter_context(PrivateListener()) for _ in shops]
        shadows = [stack.enter_context(PrivateListener("shadow")) for _ in shops]
        example = _answer(first)
        for shop in shops[1:]:  # one after another, as each takes 350 MB
            with _preparation(shop) as preparing:
                _answer(preparing)
        address = _address(settings.host, listener.port)
        supervisor = Supervisor(
            [
                *roles(listener, list(zip(shops, writers, shadows, strict=True))),
                *map(_model_watch, shops),
                *(_quality_watch(shop) for shop in shops if shop.settings.quality_every_seconds),
            ],
            listener,
            settings.shutdown_seconds + END_SECONDS,
            announce=lambda: print(
                announcement(address, _all_served(shops), example, keys_required=keys_required, demo=settings.demo),
                flush=True,
            ),
            died=forget_process,
            answers=lambda: _is_ready(address),
        )
        supervisor.run()


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


def announcement(address: str, model: str, example: str, *, keys_required: bool, demo: bool = False) -> str:
    """Make the text that announces the service; ``example`` is a basket to try it with, as JSON, or "" for none."""
    lines = [f"\nServing {model} at {address}"]
    if not keys_required:
        lines.append("No API key is needed: only this machine can reach the service (development).")
    lines.append(f"Which items come back, and what to do: {address}/products")
    lines.append(f"How good the scores are today: {address}/model")
    lines += [f"A shop that asks for decisions (checkout demo): {address}/demo"] if demo else []
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


def _all_served(shops: Sequence[Shop]) -> str:
    models = [(shop.name, served(shop.settings.model_dir)) for shop in shops]
    return "; ".join(model if name is None else f"{name}: {model}" for name, model in models)


@contextmanager
def _preparation(shop: Shop) -> "Iterator[subprocess.Popen[str]]":
    command, environment = shop.module("serving.prestart")
    with parts([command], stdout=subprocess.PIPE, text=True, cwd=shop.folder, env=environment) as (preparing,):
        yield preparing


def _answer(preparing: subprocess.Popen[str]) -> str:
    example, _ = preparing.communicate()
    if preparing.returncode:
        raise SystemExit(1)
    return example


Served = tuple[Shop, PrivateListener, PrivateListener]
"""A shop, the socket of the process that writes its events, and that of its shadow."""


def roles(listener: Listener, shops: Sequence[Served]) -> list[Role]:
    """The workers; for each shop the process that writes the events that they take, and its shadow."""
    one = Role("a worker", functools.partial(_work, listener, shops))
    writers = [
        Role(_of("the event writer", shop), functools.partial(_write, writer, shop), vital=False)
        for shop, writer, _ in shops
    ]
    shadows = [
        Role(
            _of("the shadow", shop),
            functools.partial(_shadow, beside, shop),
            vital=False,
            start_seconds=STARVED_SECONDS,
            hung_seconds=STARVED_SECONDS,
        )
        for shop, _, beside in shops
    ]
    return [*[one] * shops[0][0].settings.workers, *writers, *shadows]


def _of(role: str, shop: Shop) -> str:
    return role if shop.name is None else f"{role} of {shop.name}"


def _work(listener: Listener, shops: Sequence[Served], line: Lifeline) -> None:
    from serving import app  # noqa: PLC0415 - heavy imports, which `loaded` made before the fork
    from serving.assembly.worker import assemble_worker  # noqa: PLC0415 - as above

    for _, writer, shadow in shops:
        writer.close()
        shadow.close()
    settings = shops[0][0].settings  # those of the whole service are the same in all shops

    def make() -> "FastAPI":
        parts = [(shop, assemble_worker(shop, writer.path, shadow.path)) for shop, writer, shadow in shops]
        return app.create_app_of(settings, parts)

    worker.serve(make, listener, settings.shutdown_seconds, line)


def _write(writer: PrivateListener, shop: Shop, line: Lifeline) -> None:
    from serving.writer import write_events  # noqa: PLC0415 - as above

    write_events(writer, shop, line)


def _shadow(listener: PrivateListener, shop: Shop, line: Lifeline) -> None:
    from serving.assembly.shadow import assemble_shadow  # noqa: PLC0415 - as above
    from serving.shadow import process  # noqa: PLC0415 - as above

    command, environment = shop.module("serving.shadow")
    settings = shop.settings
    look = Look([*command, "--act", "--beside"], settings.shadow_every_seconds, shop.folder, environment)
    make = functools.partial(assemble_shadow, shop)
    process.run(listener, process.ShadowSetting(settings.model_dir, settings.shadow_cores, make, look), line)


def _model_watch(shop: Shop) -> Role:
    return Role(
        _of("the model watch", shop),
        functools.partial(_become, "serving.model.watch", shop),
        vital=False,
        start_seconds=POLL_SECONDS,
        hung_seconds=POLL_SECONDS,
    )


def _quality_watch(shop: Shop) -> Role:
    return Role(_of("the quality watch", shop), functools.partial(_become, "serving.quality.watch", shop), vital=False)


def _become(module: str, shop: Shop, line: Lifeline) -> None:
    """Replace this process by another module (exec), which then shares no memory with the workers."""
    command, environment = shop.module(module)
    os.chdir(shop.folder)
    os.execve(sys.executable, [*command, "--lifeline", str(line.hand_on())], environment)  # noqa: S606 - our own module, by this Python


def _is_ready(address: str) -> bool:
    """Whether the service says that requests should be sent to it; it doesn't while its first model is prepared."""
    try:
        with _DIRECT.open(f"{address}/readyz", timeout=READY_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False


def _address(host: str, port: int) -> str:
    """The URL at which this machine reaches the service."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not listened on
    return f"http://[{own}]:{port}" if ":" in own else f"http://{own}:{port}"
