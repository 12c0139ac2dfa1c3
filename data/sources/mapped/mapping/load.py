"""A mapping file: read as text, and checked against its keys, with an error that names the nearest right one."""

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from data import yaml_text
from data.errors import UserError
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.mapping.part import Part


def load(file: Path) -> Mapping:
    """Read the mapping ``file``.

    Raises
    ------
    UserError
        The file is missing, not YAML, or has unknown, missing or wrong keys.
    """
    if not file.is_file():
        raise UserError(
            expected=f"the mapping file {file}",
            found=f"no such file; {file.parent} holds {_listing(file.parent)}",
            fix="set data.mapping in params.yaml to the YAML file that maps this shop's columns",
        )
    try:
        content = yaml_text.parse(file.read_text(encoding="utf-8"), str(file), as_text=True)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(expected=f"{file} to be YAML", found=str(error), fix="correct the line named above") from None
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise _as_user_error(error, file) from None


def did_you_mean(word: str, known: list[str], nearness: float = 0.6) -> str:
    """Suggest the name of ``known`` that is closest to ``word``; empty when no name is close.

    ``nearness``: the least share of common letters, from 0 to 1.
    """
    lower = {name.lower(): name for name in reversed(known)}
    close = difflib.get_close_matches(word.lower(), list(lower), n=1, cutoff=nearness)
    return f"did you mean {lower[close[0]]!r}?" if close else ""


def _listing(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return ", ".join(names[:20]) or "nothing"


def _as_user_error(error: ValidationError, file: Path) -> UserError:
    problems, fixes = [], []
    for item in error.errors():
        key = ".".join(map(str, item["loc"])) or "the file"
        known = _keys_beside(item["loc"])
        if item["type"] == "extra_forbidden":
            problems.append(f"unknown key {key}")
            fixes.append(did_you_mean(str(item["loc"][-1]), known) or f"remove {key}; known are {', '.join(known)}")
        elif item["type"] == "missing":
            problems.append(f"no key {key}")
            fixes.append(f"add {key}")
        else:
            problems.append(f"{key} = {item['input']!r}: {item['msg']}")
            fixes.append(f"correct {key}")
    return UserError(
        expected=f"{file} to be a mapping as docs/reference/mapping.md describes it",
        found="; ".join(problems),
        fix="; ".join(dict.fromkeys(fixes)),
    )


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """List the keys that are allowed in the place of the last part of ``location``."""
    model: Any = Mapping
    for step in location[:-1]:
        if isinstance(model, type) and issubclass(model, Part):
            model = model.model_fields[str(step)].annotation if str(step) in model.model_fields else model
        model = next((part for part in get_args(model) if isinstance(part, type) and issubclass(part, Part)), model)
    if not (isinstance(model, type) and issubclass(model, Part)):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]
