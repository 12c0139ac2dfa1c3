"""The rooms of the house: how many modules each holds, and the figures of the structure as a whole.

A folder that lists more modules than a reader takes in at a glance has lost its order to the alphabet. ``python -m
tests.checks.rooms [FOLDER]`` prints the figures of a checkout, so that two states of the project can be compared.
"""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.checks.imports import FOLDERS, Code

MOST = 20
"""Modules that one folder may hold, its ``__init__.py`` not counted. About 17 are read at a glance."""

Room = tuple[str, ...]


def problems() -> Iterator[str]:
    """One line for each folder that holds too many modules, with its fix."""
    for room, held in sorted(rooms().items()):
        if len(held) > MOST:
            fix = "give those that go together a room of their own, named after what they share"
            yield f"{'/'.join(room)}/ holds {len(held)} modules, and {MOST} are the most; fix: {fix}"


def rooms() -> dict[Room, list[Path]]:
    """The modules of each folder of code."""
    found: dict[Room, list[Path]] = {}
    for path in modules():
        found.setdefault(path.parts[:-1], []).append(path)
    return found


def modules() -> list[Path]:
    """Every module of the application but ``__init__.py``."""
    return sorted(path for folder in FOLDERS for path in Path(folder).rglob("*.py") if path.name != "__init__.py")


def arrows(code: Code) -> int:
    """How many ordered pairs of rooms there are of which one imports the other."""
    graph = code.graph
    pairs = set()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            pairs.add((_room(importer), _room(imported)))
    return sum(one != other for one, other in pairs)


def _room(module: str) -> Room:
    path = Path(*module.split("."))
    return path.parts if path.is_dir() else path.parts[:-1]


def functions(path: Path) -> Iterator[tuple[int, str]]:
    """Lines and place of each function of a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{path}:{node.name}"


def figures() -> Iterator[str]:
    """The structure in figures, a line each."""
    by_room = rooms()
    for folder in FOLDERS:
        yield f"{folder}/: {len(by_room[folder,])} modules at the top"
    fullest = max(by_room, key=lambda room: len(by_room[room]))
    yield f"fullest folder: {'/'.join(fullest)}/ with {len(by_room[fullest])} modules; {len(by_room)} folders in all"
    yield f"arrows between folders: {arrows(Code())}"
    files = sorted((len(path.read_text(encoding="utf-8").splitlines()), str(path)) for path in modules())
    yield _spread("files", files)
    sizes = sorted(each for path in modules() for each in functions(path))
    yield _spread("functions", sizes)
    for name in ("dvc.yaml", "README.md"):
        yield f"{name}: {len(Path(name).read_text(encoding='utf-8').splitlines())} lines"


def _spread(what: str, sizes: list[tuple[int, str]]) -> str:
    largest, where = sizes[-1]
    return f"{what}: {len(sizes)}, median {median(lines for lines, _ in sizes):g} lines, largest {largest} ({where})"


if __name__ == "__main__":
    if sys.argv[1:]:
        os.chdir(sys.argv[1])
        sys.path.insert(0, "")
    print("\n".join(figures()))
