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

    What another stage writes and this one reads has to be there before it starts.
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
    writer = next((name for name, stage in _stages().items() if _writes(stage, path)), None)
    return (
        "run the stages before this one: dvc repro" if writer is None else f"run the stage {writer}: dvc repro {writer}"
    )


def _check_inputs(module: str) -> None:
    """Refuse to start the stage of ``module`` where an output of an earlier stage is absent.

    Raises
    ------
    UserError
        The message names the file or folder, and the stage that writes it.
    """
    stages = _stages()
    own = next((stage for stage in stages.values() if stage["cmd"].split()[-1] == module), {})
    for dep in map(Path, own.get("deps", ())):
        if not dep.exists() and any(_writes(stage, dep) for stage in stages.values()):
            raise UserError(
                expected=f"{dep}, which an earlier stage writes", found="nothing there", fix=how_to_write(dep)
            )


def _stages() -> dict[str, dict[str, Any]]:
    if not PIPELINE.is_file():
        return {}
    stages: dict[str, dict[str, Any]] = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))["stages"]
    return stages


def _writes(stage: dict[str, Any], path: Path) -> bool:
    """Whether ``path`` is an output of the stage, or lies in one; an output with options is a key of its own."""
    found = [output for kind in ("outs", "metrics", "plots") for output in stage.get(kind, ())]
    outputs = [Path(next(iter(output)) if isinstance(output, dict) else output) for output in found]
    return any(output == path or output in path.parents for output in outputs)


def _name(stage: Callable[[], None]) -> str:
    """Name the program as the user started it: ``python -m`` calls every module ``__main__``."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name if spec and stage.__module__ == "__main__" else stage.__module__
