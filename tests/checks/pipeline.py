"""The stages as dvc.yaml declares them, and those that run on demand, in a dvc.yaml beside their modules."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PIPELINE_FILE = Path("dvc.yaml")
"""The stages of a plain ``dvc repro``."""


def on_demand() -> list[Path]:
    """The files of stages that run on demand."""
    return sorted(Path("training").glob(f"*/{PIPELINE_FILE.name}"))


@dataclass(frozen=True)
class Stage:
    """One stage: the module that it runs, and what it says it depends on."""

    name: str
    module: str
    params: tuple[str, ...]
    deps: tuple[str, ...]
    file: Path = PIPELINE_FILE


def stages() -> tuple[Stage, ...]:
    """Read all stages.

    Raises
    ------
    ValueError
        A stage doesn't run a module by ``python -m``, or one that runs on demand doesn't run at the project's top.
    """
    for file in on_demand():
        for name, body in bodies(file).items():
            if Path(os.path.normpath(file.parent / body.get("wdir", "."))) != Path():
                raise ValueError(f"{file}: the stage {name} doesn't run at the project's top; fix: set its wdir")
    return tuple(stage for file in (PIPELINE_FILE, *on_demand()) for stage in stages_of(file))


def bodies(file: Path = PIPELINE_FILE) -> dict[str, dict[str, Any]]:
    """The stages of one file as they stand there, by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text(encoding="utf-8"))["stages"]
    return found


def stages_of(file: Path) -> Iterable[Stage]:
    """Read the stages of one file; `ValueError` when one doesn't run a module by ``python -m``."""
    for name, body in bodies(file).items():
        params = tuple(_flat(file, body.get("params", ())))
        yield Stage(name, _module(file, name, body["cmd"]), params, tuple(body.get("deps", ())), file)


def _module(file: Path, stage: str, command: str) -> str:
    match command.split():
        case ["python", "-m", module]:
            return module
    raise ValueError(f"{file}: the stage {stage} runs {command!r}; a stage runs 'python -m MODULE'")


def _flat(file: Path, params: Iterable[str | dict[str, list[str]]]) -> Iterable[str]:
    for entry in params:
        if not isinstance(entry, str):
            raise TypeError(
                f"{file}: params {entry!r}; all parameters are in params.yaml, named SECTION or SECTION.KEY"
            )
        yield entry
