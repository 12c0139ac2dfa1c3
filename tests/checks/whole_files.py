"""`data.files` alone writes whole files and folders, and reads files of JSON: this check finds other code that does."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.checks.imports import FOLDERS

WRITER = Path("data/files.py")
EXCEPTIONS = {
    (
        "data/sources/mapped/records/text_file.py",
        "opens a file to write to",
    ): "a copy in a folder of temporary files, never an output",
    (
        "data/sources/mapped/records/inputs.py",
        "makes a scratch path beside an output",
    ): "the folder of these copies, within the unfinished output",
    ("features/stores/embedded.py", "writes a file"): "a lock file: it must not take the place of one that is there",
    ("features/stores/lmdb_check.py", "opens a file to write to"): "the null device",
}
"""Modules that may do so themselves, and why."""
ASIDE = (".partial", ".part", ".tmp", ".new", ".unfinished")
"""How names of half-written files end."""
READS = ("read", "read_text", "read_bytes")


def problems() -> Iterator[str]:
    """One line for each place, with its fix, and one for each exception that is no longer needed."""
    met = set()
    for folder in FOLDERS:
        for path in sorted(Path(folder).rglob("*.py")):
            for line, what in findings(ast.parse(path.read_text(encoding="utf-8"))):
                if (exception := (path.as_posix(), what)) in EXCEPTIONS:
                    met.add(exception)
                elif path != WRITER:
                    yield f"{path}:{line}: {what}; fix: {_fix(what)}"
    for name, what in EXCEPTIONS.keys() - met:
        if Path(name).is_file():
            yield f"{name} no longer {what}; fix: take it out of EXCEPTIONS in tests/checks/whole_files.py"


def findings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The lines of a module that write a file or replace one by hand, or read JSON from one, and what they do."""
    texts = _texts_of_files(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (what := _named(node) or _writing(node) or _reading(node, texts)):
            yield node.lineno, what
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(ASIDE):
            yield node.lineno, f"names a half-written file {node.value!r}"


def _fix(what: str) -> str:
    if what == "reads JSON from a file":
        return "read_json of data/files.py"
    return "whole_file, whole_folder, scratch or a write of data/files.py"


def _named(call: ast.Call) -> str | None:
    """Moving one path to another, and scratch folders beside outputs."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="replace" | "rename" | "renames")):
            return "replaces a path"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="shutil"), attr="move")):
            return "replaces a path"
        case ast.Call(func=ast.Attribute(attr="replace" | "rename"), args=[_], keywords=[]):
            return "replaces a path"  # of text, times and frames, these take two arguments or named ones
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tempfile"))) if "dir" in _keywords(call):
            return "makes a scratch path beside an output"
    return None


def _writing(call: ast.Call) -> str | None:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="files"), attr="write_text" | "write_bytes")):
            return None
        case ast.Call(func=ast.Attribute(attr="write_text" | "write_bytes")):
            return "writes a file"
        case ast.Call(func=ast.Name(id="open"), args=[_, ast.Constant(value=str(mode)), *_]):
            return _opening(mode)
        case ast.Call(func=ast.Attribute(attr="open"), args=[ast.Constant(value=str(mode)), *_]):
            return _opening(mode)
        case ast.Call(func=ast.Name(id="open") | ast.Attribute(attr="open")):
            match _keywords(call).get("mode"):
                case ast.Constant(value=str(mode)):
                    return _opening(mode)
    return None


def _opening(mode: str) -> str | None:
    # Other strings than modes are addresses of what else can be opened.
    is_mode = set(mode) <= set("rwaxbt+")
    return "opens a file to write to" if is_mode and set(mode) & set("wax+") else None


def _reading(call: ast.Call, texts: set[str]) -> str | None:
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="json"), attr="load")):
            return "reads JSON from a file"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="json" | "orjson"), attr="loads"), args=[source, *_]):
            named = isinstance(source, ast.Name) and source.id in texts
            return "reads JSON from a file" if named or any(map(_is_read, ast.walk(source))) else None
    return None


def _texts_of_files(tree: ast.AST) -> set[str]:
    """The names that a module gives to the contents of files."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _is_read(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS


def _keywords(call: ast.Call) -> dict[str | None, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords}
