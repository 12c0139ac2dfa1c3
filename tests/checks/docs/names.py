"""Every name in the documentation exists: files and folders, modules, parameters, make targets, commands.

Names are read where they stand in backticks; commands in code blocks, too. What a run writes need not be there: it is
known from the outputs in dvc.yaml.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data import params
from tests.checks.docs.pages import Page, Text
from tests.checks.imports import FOLDERS
from tests.checks.pipeline import PIPELINE_FILE, bodies, on_demand

TOPS = (*FOLDERS, "tests", "docs", "notebooks", "reports", ".ci")
WRITTEN = (
    "serving/var",
    "reports/products",
    "reports/experiment",
    "reports/experiment.json",
    "reports/fairness_log.json",
    "reports/retrain.json",
    "reports/retrain_history.jsonl",
    "reports/retrain_needed.json",
    "reports/policy_proposal.json",
    "reports/policy_proposal.yaml",
    "reports/promotion.json",
    "reports/quick.json",
    "reports/search",
    "reports/plots",
    "reports/understanding/comparison",
    "reports/figures",
)
"""Folders that the service and the stages fill, beside the outputs in dvc.yaml."""

_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, TOPS))})/[\w./-]*")
_DOTTED = re.compile(r"[a-z_]+(?:\.\w+)+")
_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
_RUN = re.compile(r"python -m ([\w.]+)")
_SET = re.compile(r"-S ([a-z_.]+)=")


@dataclass(frozen=True)
class Known:
    """What may be named: ``outputs`` of stages, parameters, and targets of the Makefile."""

    outputs: tuple[str, ...]
    parameters: dict[str, Any]
    targets: frozenset[str]

    @classmethod
    def read(cls) -> "Known":
        """Read the stages, params.yaml and the Makefile."""
        stages = [body for file in (PIPELINE_FILE, *on_demand()) for body in bodies(file).values()]
        listed = [entry for stage in stages for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, ())]
        outputs = tuple(next(iter(entry)) if isinstance(entry, dict) else entry for entry in listed)
        targets = re.findall(r"(?m)^([a-z][a-z-]*):", Path("Makefile").read_text(encoding="utf-8"))
        return cls(outputs, params.read(), frozenset(targets))


def problems(pages: Iterable[Page], known: Known | None = None) -> Iterator[str]:
    """One line for each name that does not exist, with its fix."""
    known = known or Known.read()
    for page in pages:
        for span in page.spans:
            yield from (f"{page.path}:{span.line}: {problem}" for problem in _of_span(span.text, known))
        for text in (*page.spans, *page.code):
            yield from (f"{page.path}:{text.line}: {problem}" for problem in _of_command(text, known))


def _of_span(span: str, known: Known) -> Iterator[str]:
    if _PATH.fullmatch(span) and not _is_path(span, known):
        yield f"`{span}` is no file or folder and no output in {PIPELINE_FILE}; fix: correct the path"
    first = span.partition(".")[0]
    if _DOTTED.fullmatch(span) and first in {*FOLDERS, "tests"} and not Path(span).is_file():
        if not (_is_parameter(span, known) or _is_module(span)):
            yield f"`{span}` is no module, no name in one and no parameter; fix: correct the name"
    elif _DOTTED.fullmatch(span) and first in known.parameters and not _is_parameter(span, known):
        yield f"`{span}` is no parameter of {params.PARAMS_FILE}; fix: correct the key"


def _of_command(text: Text, known: Known) -> Iterator[str]:
    for target in _TARGET.findall(text.text):
        if target not in known.targets:
            yield f"make {target} is no target of the Makefile; fix: see make help"
    for module in _RUN.findall(text.text):
        if module.partition(".")[0] in {*FOLDERS, "tests"} and not _runs(module):
            yield f"python -m {module} has no module to run; fix: correct the name"
    for key in _SET.findall(text.text):
        if not _is_parameter(key, known):
            yield f"-S {key} is no parameter of {params.PARAMS_FILE}; fix: correct the key"


def _is_path(name: str, known: Known) -> bool:
    path = Path(name)
    if path.exists():
        return True
    homes = (path, *path.parents)
    return any(Path(output) in homes or path in Path(output).parents for output in (*known.outputs, *WRITTEN))


def _is_parameter(name: str, known: Known) -> bool:
    present: Any = known.parameters
    for key in name.split("."):
        if not isinstance(present, dict) or key not in present:
            return False
        present = present[key]
    return True


def _runs(module: str) -> bool:
    path = Path(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def _is_module(name: str) -> bool:
    """Whether ``name`` is a module, or something that a module defines at its top."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        path = Path(*parts[:count])
        file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
        if file.is_file():
            return count == len(parts) or parts[count] in _defined(file)
    return False


@cache
def _defined(file: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return frozenset(found)
