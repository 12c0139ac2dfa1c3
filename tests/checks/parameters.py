"""params.yaml against the code: sections, keys, comments, and the params of each stage of the pipeline."""

import importlib
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml
from dvc.utils.hydra import apply_overrides

from data import params
from data.errors import UserError
from tests.checks.imports import Code
from tests.checks.pipeline import Stage
from tests.checks.sections import Reading, read


def problems(code: Code, stages: Iterable[Stage]) -> Iterator[str]:
    """One line for each disagreement, with its fix."""
    present = params.read()
    reading = read()
    text = params.PARAMS_FILE.read_text(encoding="utf-8")
    yield from uncommented(text)
    yield from restyled(text)
    yield from sections_and_models(present, reading)
    yield from values(present, reading)
    for stage in stages:
        yield from stage_params(stage, present, reading, code)


def uncommented(text: str) -> Iterator[str]:
    """Every key below a section needs a comment above it or behind it, on meaning, unit and range."""
    lines = text.splitlines()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    sections = root.value if isinstance(root, yaml.MappingNode) else []
    for section, body in sections:
        for path, key, value in _keys(section.value, body):
            line = key.start_mark.line
            block = isinstance(value, yaml.CollectionNode) and not value.flow_style
            end = key.end_mark if block else value.end_mark
            above = line > 0 and lines[line - 1].lstrip().startswith("#")
            if not above and "#" not in lines[end.line][end.column :]:
                yield f"params.yaml:{line + 1}: {path} has no comment; fix: write its meaning, unit and range"


def _keys(path: str, body: yaml.Node) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if isinstance(body, yaml.MappingNode):
        for key, value in body.value:
            yield f"{path}.{key.value}", key, value
            yield from _keys(f"{path}.{key.value}", value)


def as_dvc_writes(text: str) -> str:
    """Give ``text`` in the style of DVC, which ``dvc exp run -S`` leaves behind: then only values differ."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, params.PARAMS_FILE.name)
        file.write_text(text, encoding="utf-8")
        apply_overrides(file, [])
        return file.read_text(encoding="utf-8")


def write() -> None:
    """Write params.yaml as DVC does, unless that loses a comment."""
    text = params.PARAMS_FILE.read_text(encoding="utf-8")
    if not lost_comments(text):
        params.PARAMS_FILE.write_text(as_dvc_writes(text), encoding="utf-8")


def lost_comments(text: str) -> list[str]:
    """Give the comments that DVC drops: it writes lists anew, and what follows a list on lines of its own is lost."""
    own, others = ([line.partition("#")[2] for line in each.splitlines()] for each in (text, as_dvc_writes(text)))
    return [comment for comment in own if comment and comment not in others]


def restyled(text: str) -> Iterator[str]:
    """DVC would write the file otherwise."""
    for comment in lost_comments(text):
        yield f"params.yaml: DVC drops the comment #{comment}; fix: let it follow no list, but stand behind its key"
        return
    pairs = zip_longest(text.splitlines(), as_dvc_writes(text).splitlines())
    for number, (own, other) in enumerate(pairs, start=1):
        if own != other:
            yield f"params.yaml:{number}: DVC writes {other!r} here, and {own!r} stands; fix: make format"
            return


def sections_and_models(present: dict[str, Any], reading: Reading) -> Iterator[str]:
    """Each section is read as exactly one model, and each model belongs to a section or is nested in such a model."""
    read_as: dict[str, set[str]] = defaultdict(set)
    for load in reading.loads:
        if load.section is None:
            yield f'{load.module}:{load.line}: the section\'s name is not written out; fix: load("NAME", {load.model})'
        else:
            read_as[load.section].add(load.model)
    for section in sorted(set(present) | set(read_as)):
        models = sorted(read_as[section])
        if not models:
            yield f"params.yaml: nothing loads the section {section}; fix: remove it, or load it where it is used"
        if len(models) > 1:
            yield f"params.yaml: the section {section} is read as {', '.join(models)}; fix: keep one model"
        if section not in present:
            yield f"params.yaml: no section {section}, which is loaded as {', '.join(models)}; fix: add it"
    used = {load.model for load in reading.loads} | {name for model in reading.models for name in model.fields}
    for model in reading.models:
        if model.name not in used:
            yield f"{model.module}: {model.name} types no section; fix: load it, nest it in another, or remove it"


def values(present: dict[str, Any], reading: Reading) -> Iterator[str]:
    """Every section holds exactly the keys of its model, each in its range."""
    homes = {model.name: model.module for model in reading.models}
    for section, name in sorted({(load.section, load.model) for load in reading.loads if load.section in present}):
        try:
            params.load(section, getattr(importlib.import_module(homes[name]), name))
        except UserError as error:
            yield f"params.yaml: {error}"
        except ImportError as error:
            yield f"{homes[name]}: can't be imported: {error}; fix: correct its imports"


def stage_params(stage: Stage, present: dict[str, Any], reading: Reading, code: Code) -> Iterator[str]:
    """A stage declares the sections that its code loads, and no others.

    What another stage's ``main`` loads doesn't count: it doesn't run here.
    """
    closure = code.closure(stage.module)
    loaded = {
        load.section
        for load in reading.loads
        if load.module in closure and load.section and (load.module == stage.module or load.function != "main")
    }
    where = f"{stage.file}: the stage {stage.name}"
    for entry in stage.params:
        if not _exists(entry, present):
            yield f"{where} names {entry}, which params.yaml doesn't have; fix: correct one of the two files"
        elif entry.split(".")[0] not in loaded:
            yield f"{where} names {entry}, but {stage.module} doesn't load it; fix: remove it there"
    for section in sorted(loaded - {entry.split(".")[0] for entry in stage.params}):
        yield f"{where} loads the section {section}; fix: add it to its params"


def _exists(entry: str, present: Any) -> bool:
    for key in entry.split("."):
        if not isinstance(present, dict) or key not in present:
            return False
        present = present[key]
    return True
