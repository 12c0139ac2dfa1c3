"""docs/reference/params.md, from params.yaml, its comments, and the models that type its sections."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from data.params import PARAMS_FILE
from tests.checks.docs.reference import markdown
from tests.checks.docs.reference.kinds import kind
from tests.checks.sections import read

INTRO = f"""\
Every parameter of `{PARAMS_FILE}` with the value that stands there, what the code takes, and the comment beside it. A
key that is unknown, missing or out of range stops the run with a message that names it. `dvc exp run -S KEY=VALUE` sets
one for one run (see [Experiments in a team](../how-to/experiments-in-a-team.md))."""


@dataclass(frozen=True)
class Parameter:
    """One key of params.yaml: its path, its value as written, and its comment; a group has no value."""

    path: str
    value: str
    comment: str


def page() -> str:
    """Make the page."""
    text = PARAMS_FILE.read_text(encoding="utf-8")
    models = _models()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    sections = root.value if isinstance(root, yaml.MappingNode) else []
    parts: list[str] = []
    for section, body in sections:
        parts += [f"## {section.value}", _above(text.splitlines(), section)]
        rows = [_row(one, models[section.value]) for one in _parameters(section.value, body, text.splitlines())]
        parts.append(markdown.table(("key", "value", "takes", "meaning"), rows))
    return markdown.page("Parameters", INTRO, *(part for part in parts if part))


def _row(parameter: Parameter, model: type[BaseModel]) -> tuple[str, ...]:
    value = markdown.code(parameter.value) if parameter.value else ""
    return markdown.code(parameter.path), value, _takes(parameter, model), parameter.comment


def _takes(parameter: Parameter, model: type[BaseModel]) -> str:
    """What the model lets the key be; empty for a group of keys."""
    _, *keys = parameter.path.split(".")
    return kind(_field(model, keys)) if parameter.value else ""


def _field(model: type[BaseModel], keys: list[str]) -> FieldInfo:
    """The field that ``keys`` lead to, through nested models."""
    first, *rest = keys
    field = model.model_fields[first]
    nested = field.annotation
    return _field(nested, rest) if rest and isinstance(nested, type) and issubclass(nested, BaseModel) else field


def _models() -> Mapping[str, type[BaseModel]]:
    """The model of each section."""
    reading = read()
    homes = {model.name: model.module for model in reading.models}
    return {
        load.section: getattr(importlib.import_module(homes[load.model]), load.model)
        for load in reading.loads
        if load.section
    }


def _parameters(path: str, body: yaml.Node, lines: list[str]) -> Iterator[Parameter]:
    if isinstance(body, yaml.MappingNode):
        for key, value in body.value:
            name = f"{path}.{key.value}"
            if isinstance(value, yaml.MappingNode):
                yield Parameter(name, "", _above(lines, key))
                yield from _parameters(name, value, lines)
            else:
                behind = lines[value.end_mark.line][value.end_mark.column :].partition("#")[2].strip()
                comment = behind or _above(lines, key)
                yield Parameter(name, _written(value, lines), comment)


def _written(value: yaml.Node, lines: list[str]) -> str:
    """The value as it stands in the file, without quotes."""
    start, end = value.start_mark, value.end_mark
    return lines[start.line][start.column : end.column].strip("\"'")


def _above(lines: list[str], key: yaml.Node) -> str:
    """The comment right above ``key``, as one text; a line that is indented within it begins anew."""
    found: list[str] = []
    for line in reversed(lines[: key.start_mark.line]):
        if not line.lstrip().startswith("#"):
            break
        said = line.lstrip().removeprefix("#")
        found.append(("<br>" if said.startswith("   ") else "") + said.strip())
    return " ".join(reversed(found))
