"""Makes the clients: what is generated from the OpenAPI, and beside it the files that are written by hand."""

import shutil
import subprocess
import sys
from pathlib import Path

from data.errors import UserError
from data.files import write_json
from tests.clients import node
from tests.serving.described import openapi

SOURCES = Path(__file__).resolve().parents[2] / "docs" / "clients"
PATIENCE_SECONDS = 120
PYTHON, TYPESCRIPT, OPENAPI = "python", "typescript", "openapi.json"
GENERATED = "return_risk_api"
RENAMED = {"Baskets": "BasketBatch", "Events": "EventBatch", "Scores": "ScoreBatch"}
"""Schemas with one field of their own name, which the generated code would take for each other."""


def make(folder: Path) -> None:
    """Write both clients and the OpenAPI into ``folder``.

    Raises
    ------
    UserError
        A generator is not installed, or fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_json(openapi(), folder / OPENAPI)
    make_python(folder / OPENAPI, folder / PYTHON)
    make_typescript(folder / OPENAPI, folder / TYPESCRIPT)


def make_python(description: Path, folder: Path) -> None:
    """Write the client of Python."""
    _copied(PYTHON, folder)
    config = folder / "config.json"
    overrides = {name: {"class_name": new, "module_name": _snake(new)} for name, new in RENAMED.items()}
    write_json({"class_overrides": overrides, "post_hooks": [], "package_name_override": GENERATED}, config)
    package = folder / GENERATED
    paths: list[str | Path] = ["--path", description, "--config", config, "--output-path", package]
    _ran("openapi_python_client", "generate", "--meta", "none", "--fail-on-warning", *paths)
    config.unlink()
    (package / "py.typed").touch()
    _ran("ruff", "format", "--quiet", "--isolated", "--line-length", "120", "--no-cache", package)


def make_typescript(description: Path, folder: Path) -> None:
    """Write the client of TypeScript."""
    _copied(TYPESCRIPT, folder)
    # A field of a request with a default may be left out.
    options: list[str | Path] = ["--default-non-nullable", "false", "--output", (folder / "api.d.ts").resolve()]
    done = node.run("openapi-typescript", description.resolve(), *options)
    _check("openapi-typescript", done)


def _copied(language: str, folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(SOURCES / language, folder, ignore=shutil.ignore_patterns("__pycache__"))


def _ran(module: str, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    _check(module, done)


def _check(tool: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise UserError(
            expected=f"an OpenAPI that {tool} reads",
            found=(done.stderr or done.stdout).strip(),
            fix="mend the description of the field or path that is named: make check has its rules",
        )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
