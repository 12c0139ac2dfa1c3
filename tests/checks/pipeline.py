"""The stages as dvc.yaml declares them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PIPELINE_FILE = Path("dvc.yaml")


@dataclass(frozen=True)
class Stage:
    """One stage: the module that it runs, and what it says it depends on."""

    name: str
    module: str
    params: tuple[str, ...]
    deps: tuple[str, ...]


def stages(path: Path = PIPELINE_FILE) -> tuple[Stage, ...]:
    """Read all stages; `ValueError` when one doesn't run a module by ``python -m``."""
    declared: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]
    return tuple(
        Stage(name, _module(name, body["cmd"]), tuple(_flat(body.get("params", ()))), tuple(body.get("deps", ())))
        for name, body in declared.items()
    )


def _module(stage: str, command: str) -> str:
    match command.split():
        case ["python", "-m", module]:
            return module
    raise ValueError(f"{PIPELINE_FILE}: the stage {stage} runs {command!r}; a stage runs 'python -m MODULE'")


def _flat(params: Iterable[str | dict[str, list[str]]]) -> Iterable[str]:
    for entry in params:
        if not isinstance(entry, str):
            raise TypeError(
                f"{PIPELINE_FILE}: params {entry!r}; all parameters are in params.yaml, named SECTION or SECTION.KEY"
            )
        yield entry
