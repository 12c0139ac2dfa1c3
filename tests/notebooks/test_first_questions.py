import ast
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.workspace import TOP

NOTEBOOKS = sorted((TOP / "notebooks").glob("*.ipynb"))
PACKAGES = {"data", "training"}
READERS = {"json", "os", "sys", "pathlib", "matplotlib", "numpy", "pandas"}


def read(path: Path) -> NotebookNode:
    found: NotebookNode = nbformat.read(path, as_version=4)
    return found


@pytest.fixture(params=[path.name for path in NOTEBOOKS])
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    return read(TOP / "notebooks" / request.param)


def code(notebook: NotebookNode) -> ast.Module:
    return ast.parse("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))


def test_a_notebook_is_kept_without_its_outputs(notebook: NotebookNode) -> None:
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_a_notebook_holds_no_logic_of_its_own(notebook: NotebookNode) -> None:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in ast.walk(code(notebook)) if isinstance(node, definitions)]


def test_a_notebook_imports_packages_of_the_project_and_what_shows_their_tables(
    notebook: NotebookNode,
) -> None:
    nodes = list(ast.walk(code(notebook)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in plain | parts} <= PACKAGES | READERS


def test_the_first_questions_are_asked_and_each_is_answered_by_cells() -> None:
    cells = read(TOP / "notebooks/first_questions.ipynb").cells
    headings = [place for place, cell in enumerate(cells) if cell.source.startswith("## ")]
    assert [cells[place].source.splitlines()[0] for place in headings] == [
        "## 1. What drives returns here?",
        "## 2. Where is the model wrong?",
        "## 3. What would it earn?",
    ]
    for start, end in zip(headings, [*headings[1:], len(cells)], strict=True):
        assert sum(cell.cell_type == "code" for cell in cells[start:end]) >= 2
