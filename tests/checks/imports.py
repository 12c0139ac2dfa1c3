"""What a module imports of this project, directly or through others."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import grimp

FOLDERS = ("data", "features", "training", "serving")


@dataclass(frozen=True)
class Code:
    """The project's own modules and who imports whom; needs its top folder to be the current one."""

    @cached_property
    def graph(self) -> grimp.ImportGraph:
        """All modules under the four folders; imports for type checkers alone don't run and don't count."""
        folders = [folder for folder in FOLDERS if Path(folder, "__init__.py").is_file()]
        first, *others = folders
        return grimp.build_graph(first, *others, exclude_type_checking_imports=True, cache_dir=None)

    def closure(self, module: str) -> frozenset[str]:
        """``module`` and every module that runs when it is imported, packages on the way included."""
        found: set[str] = set()
        waiting = {module}
        while waiting:
            current = waiting.pop()
            found.add(current)
            parent, _, _ = current.rpartition(".")
            follows = self.graph.find_modules_directly_imported_by(current) | ({parent} if parent else set())
            waiting |= follows - found
        return frozenset(found)

    def files(self, module: str) -> frozenset[Path]:
        """The files of ``closure``, without packages' ``__init__.py`` that hold a docstring alone."""
        paths = {_file(name) for name in self.closure(module)}
        return frozenset(path for path in paths if says_something(path))


def _file(module: str) -> Path:
    path = Path(*module.split("."))
    package = path / "__init__.py"
    return package if package.is_file() else path.with_suffix(".py")


def says_something(path: Path) -> bool:
    """Whether a file is more than an ``__init__.py`` with a docstring alone."""
    if path.name != "__init__.py":
        return True
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)
