"""A draft: the mapping as a tree of YAML with comments, and the table of what was found."""

import io
import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import ScalarString, SingleQuotedScalarString

WIDEST = 4096
"""Columns of a line, so that no line is broken."""

PLAIN = re.compile(r"[^\W_][\w .%*+/-]*(?<! )")
"""Texts that stand without quotes in every YAML: a name such as ``Returned?`` ends a list in some."""


@dataclass(frozen=True)
class Row:
    """One row of the table: a canonical column, where it was found, and the shape of an example."""

    column: str
    where: str
    shape: str = ""


@dataclass
class Draft:
    """A mapping to be."""

    tree: CommentedMap = field(default_factory=CommentedMap)
    table: list[Row] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    """Lines of the comment at the top."""
    local_times: dict[tuple[str, str], str] = field(default_factory=dict)
    """Columns of times that say no zone, neither in their cells nor in their header, by table and canonical column."""

    def columns_of_local_times(self) -> list[str]:
        """Name the columns of times that are read in the shop's zone; those of a column that was taken out are none."""
        kept = (
            column
            for (part, name), column in self.local_times.items()
            if name in self.tree.get(part, {}).get("columns", {})
        )
        return list(dict.fromkeys(kept))

    def ask(self, tree: CommentedMap, key: str, why: str) -> None:
        """Put the comment ``why`` behind ``key``, in place of another one."""
        tree.ca.items.pop(key, None)
        tree.yaml_add_eol_comment(why, key)

    def ask_also(self, tree: CommentedMap, key: str, why: str) -> None:
        """Put the comment ``why`` behind ``key``, after the one that stands there, unless that says it already."""
        old = tree.ca.items.get(key)
        before = old[2].value.strip().removeprefix("# ") if old and old[2] is not None else ""
        if why.removeprefix("CHECK: ") not in before:
            self.ask(tree, key, together(before, why))

    def found(self, row: Row) -> None:
        """Put ``row`` in the table, in place of the one of its column."""
        self.table = [row if old.column == row.column else old for old in self.table]

    def text(self) -> str:
        """The YAML file."""
        sink = io.StringIO()
        _quote(self.tree)
        _yaml().dump(self.tree, sink)
        return "".join(f"# {line}".rstrip() + "\n" for line in self.head) + sink.getvalue()


def read(text: str) -> CommentedMap:
    """Read YAML with its comments."""
    tree: CommentedMap = _yaml().load(text)
    return tree


def inline(**keys: Any) -> CommentedMap:
    """A mapping in one line, such as ``{column: a, format: b}``."""
    made = CommentedMap()
    for key, value in keys.items():
        if value is not None:
            made[key.rstrip("_")] = listed(value) if isinstance(value, list | tuple) else value
    made.fa.set_flow_style()
    return made


def listed(values: Any) -> CommentedSeq:
    """A list in one line."""
    made = CommentedSeq(values)
    made.fa.set_flow_style()
    return made


def put(tree: CommentedMap, key: str, value: Any, note: str = "") -> None:
    """Set ``key``, with the comment ``note`` behind it, or before it where the value has lines of its own."""
    tree[key] = value
    if not note:
        return
    if isinstance(value, CommentedMap) and value.fa.flow_style() is not True:
        tree.yaml_set_comment_before_after_key(key, before=note, indent=0)
    else:
        tree.yaml_add_eol_comment(note, key)


def together(*notes: str) -> str:
    """Put comments that ask into one; empty ones are left out."""
    asked = [note.removeprefix("CHECK: ") for note in notes if note]
    return f"CHECK: {'; '.join(asked)}" if asked else ""


def _quote(node: Any) -> None:
    """Put quotes around each name and value of a shop that YAML could read as a sign of its own."""
    places = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for place, value in places:
        if _needs_quotes(value):
            node[place] = SingleQuotedScalarString(value)
        _quote(value)


def _needs_quotes(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, ScalarString) and PLAIN.fullmatch(value) is None


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = WIDEST
    yaml.preserve_quotes = True
    return yaml
