"""Other values in the text of params.yaml: nothing else changes, so that the difference is what was chosen."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from data.errors import UserError
from data.params import PARAMS_FILE


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """Write ``values``, by path, in place of those in ``text``; a comment behind a value stays where it is.

    Raises
    ------
    UserError
        A path is not in the text, or has no single value there.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    places = [(_node(root, path), yaml.safe_dump(value).splitlines()[0]) for path, value in values.items()]
    for node, written in sorted(places, key=lambda place: place[0].start_mark.index, reverse=True):
        start, end = node.start_mark.index, node.end_mark.index
        text = text[:start] + written + _moved(text[end:], len(written) - (end - start))
    return text


def difference(before: str, after: str, path: Path = PARAMS_FILE) -> str:
    """The change as ``git apply`` takes it; empty where there is none."""
    old, new = (each.splitlines(keepends=True) for each in (before, after))
    return "".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"))


def _node(root: yaml.Node | None, path: str) -> yaml.ScalarNode:
    node = root
    for key in path.split("."):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    if not isinstance(node, yaml.ScalarNode):
        raise UserError(
            expected=f"a single value at {path} in {PARAMS_FILE}", found="none", fix="see docs/reference/params.md"
        )
    return node


def _moved(rest: str, by: int) -> str:
    """Let the comment behind a value that became longer by so much keep its column, where there is room."""
    spaces = len(rest) - len(rest.lstrip(" "))
    return " " * max(1, spaces - by) + rest[spaces:] if rest[spaces : spaces + 1] == "#" else rest
