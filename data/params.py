"""The typed view of params.yaml: no defaults, no unknown keys.

Each folder declares the sections that it owns as a `Section`; this module reads them.
"""

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from data import yaml_text
from data.errors import UserError

PARAMS_FILE = Path("params.yaml")


class Section(BaseModel):
    """A section of params.yaml. Every key must be present and none may be unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class NoChoice:
    """Marks, in ``Annotated``, a parameter that is no choice of a model: its least loss says nothing; ``why`` not."""

    why: str


SectionT = TypeVar("SectionT", bound=Section)


def load(name: str, model: type[SectionT], path: Path = PARAMS_FILE) -> SectionT:
    """Read the section ``name`` of params.yaml as ``model``.

    Raises
    ------
    UserError
        The file is missing or not YAML, the section is missing, a key is missing, unknown or out of range.
    """
    sections = read(path)
    if name not in sections:
        raise UserError(
            expected=f"a section {name!r} in {path}",
            found=f"the sections {', '.join(map(repr, sections))}",
            fix=did_you_mean(name, list(sections)) or f"add the section {name!r}: see docs/reference/params.md",
        )
    return parse(name, sections[name], model, path)


def parse(name: str, content: Any, model: type[SectionT], path: Path = PARAMS_FILE) -> SectionT:
    """Check the ``content`` of the section ``name`` as ``model``.

    Nothing is turned into a number that is written as something else: neither ``"0.5"`` nor ``true``.

    Raises
    ------
    UserError
        A key is missing, unknown or out of range, or a value is of another kind.
    """
    try:
        # As JSON, which has no paths, dates and tuples: strict, it takes those that YAML writes as a text or list.
        return model.model_validate_json(_as_json(content), strict=True)
    except ValidationError as error:
        raise _as_user_error(error, name, model, path) from None


def _as_json(content: Any) -> str:
    """Write what YAML read as JSON: keys, dates and paths as texts, and a number that is none as NaN."""
    return json.dumps(_with_text_keys(content), default=str)


def _with_text_keys(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _with_text_keys(value) for key, value in content.items()}
    return [_with_text_keys(value) for value in content] if isinstance(content, list | tuple) else content


def read(path: Path = PARAMS_FILE) -> dict[str, Any]:
    """Read params.yaml unchecked: a mapping from each section's name to its keys."""
    if not path.is_file():
        raise UserError(
            expected=f"the file {path} in the current folder",
            found=f"no such file in {Path.cwd()}",
            fix="run the command from the project's top folder",
        )
    try:
        content = yaml_text.parse(path.read_text(encoding="utf-8"), str(path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(expected=f"{path} to be YAML", found=str(error), fix="correct the line named above") from None
    if not isinstance(content, dict):
        raise UserError(
            expected=f"{path} to hold sections of keys",
            found=f"{type(content).__name__}",
            fix=f"restore it with: git checkout {path}",
        )
    return content


def _as_user_error(error: ValidationError, name: str, model: type[Section], path: Path) -> UserError:
    problems, fixes = [], []
    for item in error.errors():
        key = ".".join(map(str, (name, *item["loc"])))
        if item["type"] == "extra_forbidden":
            problems.append(f"unknown key {key} = {item['input']!r}")
            fixes.append(did_you_mean(str(item["loc"][-1]), list(model.model_fields)) or f"remove {key}")
        elif item["type"] == "missing":
            problems.append(f"no key {key}")
            fixes.append(f"add {key}")
        else:
            problems.append(f"{key} = {item['input']!r}: {item['msg']}")
            fixes.append(f"the comment at {key} gives its unit and range")
    keys = ", ".join(model.model_fields)
    return UserError(
        expected=f"the section {name!r} of {path} with the keys {keys}",
        found="; ".join(problems),
        fix="; ".join(dict.fromkeys(fixes)),
    )


def did_you_mean(word: str, known: list[str]) -> str:
    """Ask for the one of the ``known`` words that is meant; empty where none is near."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else ""
