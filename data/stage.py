"""The start and end of a stage: on a user's mistake it prints one message without a traceback."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

import yaml

from data.errors import UserError, wrapped
from data.progress import journal, steps
from data.progress.line import FORMAT, TIMES, Position, shown

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended, as shells give it."""
WIDEST: Final = 120
"""Columns of a message on a terminal, at most."""
PIPELINE = Path("dvc.yaml")
"""The stages in the current folder, with what each of them reads and writes."""


def run(stage: Callable[[], None], *, long: bool | None = None, part: bool = False) -> None:
    """Run one stage as a program: progress on stderr, exit code 1 and one clear message on a `UserError`.

    What another stage writes and this one reads has to be there before it starts. Stages that run on demand stand in a
    file of the same name beside their modules. Ctrl-C ends a stage with exit code 130: what it was writing is removed.

    Parameters
    ----------
    long
        Whether to show a line that moves, and to keep a journal; None: where it is a stage of the pipeline.
    part
        Whether it is one of the `parts` of another program, which ends it and tells of Ctrl-C.
    """
    name = _name(stage)
    stages = _stages() | _stages(Path(*name.split(".")).with_name(PIPELINE.name))
    own = next((entry for entry in stages.values() if entry["cmd"].split()[-1] == name), {})
    watching = _watching(name) if (bool(own) if long is None else long) else _logging()
    try:
        with watching, _interruptible(signal.SIGTERM if part else signal.SIGINT):
            _check_inputs(own, stages)
            stage()
    except UserError as error:
        _say(f"\n{name}: stopped\n{error}\n")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        if not part:
            _say(f"\n{name}: interrupted. Nothing is half-written; the same command starts it again\n")
        raise SystemExit(INTERRUPTED) from None


@contextmanager
def parts(commands: Sequence[Sequence[str]], **options: Any) -> Iterator[list["subprocess.Popen[Any]"]]:
    """Start programs of this project that do a part of the work of this one, and end with the context.

    Ctrl-C on a terminal reaches this program alone, which then ends its parts: one message for all, and no traceback of
    a part that was still importing. ``options`` are those of `subprocess.Popen`.
    """
    with ExitStack() as stack:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # it waits; in the parts it stays blocked
        try:
            started = [stack.enter_context(subprocess.Popen(command, **options)) for command in commands]  # noqa: S603 - ours
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        try:
            yield started
        finally:
            for each in started:
                each.terminate()  # nothing, where it has ended


def _say(message: str) -> None:
    """Print a message on stderr; on a terminal no line is wider than it, or than `WIDEST`."""
    columns = os.get_terminal_size(sys.stderr.fileno()).columns or WIDEST if sys.stderr.isatty() else 0
    print(wrapped(message, min(columns, WIDEST)) if columns else message, file=sys.stderr)


@contextmanager
def _interruptible(number: signal.Signals) -> Iterator[None]:
    """Let the signal be a `KeyboardInterrupt` also where a library makes an error of its own of it, as DuckDB does.

    Where the signal is ignored or somebody else's, it stays so.
    """
    pressed: list[int] = []

    def press(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.default_int_handler(number, frame)

    own = signal.getsignal(number) is (signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    before = signal.signal(number, press) if own and _in_main_thread() else None
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        if before is not None:
            signal.signal(number, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _watching(name: str) -> Iterator[None]:
    position = Position(name)
    with shown(position), journal.kept(name) as own, steps.watched(position, own):
        yield


@contextmanager
def _logging() -> Iterator[None]:
    logging.basicConfig(level=logging.INFO, format=FORMAT, datefmt=TIMES, stream=sys.stderr)
    yield


def how_to_write(path: Path) -> str:
    """Say how ``path`` is written: by the stage that names it, or a folder above it, among its outputs."""
    writer = _writer(_stages(), path)
    return "run the stages before this one: dvc repro" if writer is None else _how_to_run(writer)


def _check_inputs(own: dict[str, Any], stages: dict[str, dict[str, Any]]) -> None:
    """Refuse to start the stage ``own`` where an output of an earlier stage is absent.

    Raises
    ------
    UserError
        The message names the file or folder, and the stage that writes it.
    """
    for dep in map(Path, own.get("deps", ())):
        writer = _writer(stages, dep)
        if writer is not None and not dep.exists():
            raise UserError(
                expected=f"{dep}, which an earlier stage writes", found="nothing there", fix=_how_to_run(writer)
            )


def _writer(stages: dict[str, dict[str, Any]], path: Path) -> str | None:
    return next((name for name, stage in stages.items() if _writes(stage, path)), None)


def _how_to_run(stage: str) -> str:
    """Say how ``stage`` is run; the name of one that runs on demand begins with its file, as DVC names it."""
    return f"run the stage {stage.rpartition(':')[2]}: dvc repro {stage}"


def _stages(file: Path = PIPELINE) -> dict[str, dict[str, Any]]:
    """The stages of ``file``, each by the name that DVC runs it by; none where there is no such file."""
    if not file.is_file():
        return {}
    stages: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["stages"]
    return stages if file == PIPELINE else {f"{file}:{name}": stage for name, stage in stages.items()}


def _writes(stage: dict[str, Any], path: Path) -> bool:
    """Whether ``path`` is an output of the stage, or lies in one; an output with options is a key of its own."""
    found = [output for kind in ("outs", "metrics", "plots") for output in stage.get(kind, ())]
    outputs = [Path(next(iter(output)) if isinstance(output, dict) else output) for output in found]
    return any(output == path or output in path.parents for output in outputs)


def _name(stage: Callable[[], None]) -> str:
    """Name the program as the user started it: ``python -m`` calls every module ``__main__``."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name.removesuffix(".__main__") if spec and stage.__module__ == "__main__" else stage.__module__
