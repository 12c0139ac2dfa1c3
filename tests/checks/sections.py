"""Where the code declares and reads the sections of params.yaml."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.checks.imports import FOLDERS


@dataclass(frozen=True)
class Model:
    """A class that types a section, or a group of keys in one."""

    module: str
    name: str
    fields: frozenset[str]
    """Names that its fields' annotations mention, and so the models nested in it, and the models that it extends."""


@dataclass(frozen=True)
class Load:
    """One call ``load("section", Model)``, or of ``params`` of a shop."""

    module: str
    line: int
    function: str
    section: str | None
    model: str


@dataclass(frozen=True)
class Reading:
    """All models of sections and all calls that read one."""

    models: tuple[Model, ...]
    loads: tuple[Load, ...]


def read() -> Reading:
    """Read all code under the four folders, without importing it."""
    trees = {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for path in sorted(Path(folder).rglob("*.py"))
    }
    sections = _sections(trees.values())
    models = tuple(model for module, tree in trees.items() for model in _models(module, tree, sections))
    names = {model.name for model in models}
    loads = tuple(load for module, tree in trees.items() for load in _loads(module, tree, "", names))
    return Reading(models, loads)


def _sections(trees: Iterable[ast.Module]) -> set[str]:
    """The names of `Section` and of all classes that extend it, directly or through others."""
    bases = {
        node.name: {_last_name(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found, before = {"Section"}, set[str]()
    while found != before:
        before = set(found)
        found |= {name for name, extended in bases.items() if extended & found}
    return found


def _models(module: str, tree: ast.Module, sections: set[str]) -> Iterator[Model]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (extended := {_last_name(base) for base in node.bases} & sections):
            annotations = [item.annotation for item in node.body if isinstance(item, ast.AnnAssign)]
            names = {_last_name(part) for annotation in annotations for part in ast.walk(annotation)}
            yield Model(module, node.name, frozenset(names | extended))


def _loads(module: str, tree: ast.AST, function: str, models: set[str]) -> Iterator[Load]:
    for node in ast.iter_child_nodes(tree):
        inside = function or (node.name if isinstance(node, ast.FunctionDef) else "")
        yield from _loads(module, node, inside, models)
        match node:
            case ast.Call(func=func, args=[section, model, *_]) if (
                _last_name(func) in {"load", "params"} and _last_name(model) in models
            ):
                name = section.value if isinstance(section, ast.Constant) and isinstance(section.value, str) else None
                yield Load(module, node.lineno, function, name, _last_name(model))


def _last_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
