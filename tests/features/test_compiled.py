import ast
import subprocess
import sys
from pathlib import Path

import pytest

from features.compiled import compiled
from tests.workspace import TOP

ROOMS = ("data", "features", "training", "serving")
SOURCE = """
from features.compiled import compiled

@compiled
def third(value):
    return value / 3.0
"""


def compiled_functions(source: str) -> list[ast.FunctionDef]:
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return [each for each in functions if any(_is_compiled(one) for one in each.decorator_list)]


def _is_compiled(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == compiled.__name__


def calls_of_others(sources: dict[str, str]) -> set[tuple[str, str]]:
    """Modules with a compiled function that calls one of another module, with the name of that one."""
    own = {name: {each.name for each in compiled_functions(source)} for name, source in sources.items()}
    every = set[str]().union(*own.values())
    return {
        (name, node.func.id)
        for name, source in sources.items()
        for function in compiled_functions(source)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in every - own[name]
    }


def test_no_compiled_function_calls_one_of_another_file() -> None:
    files = [path for room in ROOMS for path in (TOP / room).rglob("*.py")]
    assert not calls_of_others(
        {".".join(path.relative_to(TOP).with_suffix("").parts): path.read_text() for path in files}
    )


def test_a_compiled_function_that_calls_one_of_another_file_is_seen() -> None:
    other = SOURCE.replace("third", "ninth").replace("value / 3.0", "third(value / 3.0)")
    assert calls_of_others({"one": SOURCE, "two": other}) == {("two", "third")}


@pytest.mark.parametrize("kept", [True, False])
def test_a_compiled_function_is_kept_where_that_can_be(tmp_path: Path, *, kept: bool) -> None:
    (tmp_path / "kernel.py").write_text(SOURCE)
    call = f"import sys; sys.path[:0] = [{str(TOP)!r}]; import kernel; print(kernel.third(1.0))"
    folder = "compiled" if kept else "/dev/null/compiled"
    variables = {"NUMBA_CACHE_DIR": str(tmp_path / folder) if kept else folder, "HOME": "/dev/null"}
    if not kept:
        call = "from numba.core.caching import CacheImpl; CacheImpl._locator_classes = []; " + call
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(1 / 3)
    assert bool([*tmp_path.rglob("*.nbi")]) is kept
