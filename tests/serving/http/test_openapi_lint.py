"""Two linters read the OpenAPI, each with its strictest rules; a rule that is off has its reason beside it."""

from pathlib import Path

import pytest

from data.files import write_json
from tests.clients import node
from tests.serving.described import openapi

RULES = Path(__file__).resolve().with_name("lint")
LINTERS: dict[str, list[str | Path]] = {
    "redocly": ["--config", RULES / "redocly.yaml", "--max-problems", "20", "--format", "checkstyle"],
    "spectral": ["--ruleset", RULES / "spectral.yaml", "--fail-severity", "hint", "--format", "text", "--quiet"],
}


@pytest.mark.parametrize("linter", LINTERS)
def test_the_description_has_no_fault_that_a_linter_finds(linter: str, tmp_path: Path) -> None:
    write_json(openapi(), tmp_path / "openapi.json")

    done = node.run(linter, "lint", tmp_path / "openapi.json", *LINTERS[linter])

    assert done.returncode == 0, done.stdout + done.stderr
