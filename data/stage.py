"""The start and end of a stage: on a user's mistake it prints one message without a traceback."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from data.errors import UserError

PIPELINE = Path("dvc.yaml")
"""The stages in the current folder, with what each of them reads and writes."""


def run(stage: Callable[[], None]) -> None:
    """Run one stage as a program: progress on stderr, exit code 1 and one clear message on a `UserError`.

    What another stage writes and this one reads has to be there before it starts. Stages that run on demand stand in a
    file of the same name beside their modules.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    try:
        _check_inputs(_name(stage))
        stage()
    except UserError as error:
        print(f"\n{_name(stage)}: stopped\n{error}\n", file=sys.stderr)
        raise SystemExit(1) from None


def how_to_write(path: Path) -> str:
    """Say how ``path`` is written: by the stage that names it, or a folder above it, among its outputs."""
    writer = _writer(_stages(), path)
    return "run the stages before this one: dvc repro" if writer is None else _how_to_run(writer)


def _check_inputs(module: str) -> None:
    """Refuse to start the stage of ``module`` where an output of an earlier stage is absent.

    Raises
    ------
    UserError
        The message names the file or folder, and the stage that writes it.
    """
    on_demand = Path(*module.split(".")).with_name(PIPELINE.name)
    stages = _stages() | _stages(on_demand)
    own = next((stage for stage in stages.values() if stage["cmd"].split()[-1] == module), {})
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
    return spec.name if spec and stage.__module__ == "__main__" else stage.__module__
