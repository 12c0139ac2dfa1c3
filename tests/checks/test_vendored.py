"""The JavaScript of others in the project is what its list says."""

import shutil
from pathlib import Path

import pytest

from tests.checks import vendored


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what lies in the project, to be spoiled."""
    return Path(shutil.copytree(vendored.FOLDER, tmp_path / "vendor"))


def test_what_lies_in_the_project_is_as_listed(folder):
    assert list(vendored.of_folder(folder)) == []


def test_each_folder_is_looked_at(monkeypatch, tmp_path, folder):
    (folder / "other.min.js").touch()
    for name in ("FOLDER", "DOCS"):
        with monkeypatch.context() as patched:
            patched.setattr(vendored, "FOLDER", tmp_path / "none")
            patched.setattr(vendored, "DOCS", tmp_path / "none")
            patched.setattr(vendored, name, folder)

            assert len(list(vendored.problems())) == 1


def test_a_changed_file_is_found(folder):
    with (folder / "htmx.min.js").open("ab") as file:
        file.write(b"\n")

    (problem,) = vendored.of_folder(folder)
    assert "python -m tests.checks.vendored htmx.org@" in problem


def test_a_missing_licence_is_found(folder):
    (folder / "vega.LICENSE.txt").unlink()

    (problem,) = vendored.of_folder(folder)
    assert "the licence of vega is missing" in problem


@pytest.mark.parametrize("licence", ["BSD-0-Clause", "mit", "SEE LICENSE IN LICENSE", ""])
def test_a_licence_without_an_id_of_spdx_is_found(folder, licence):
    listed = folder / vendored.LISTED
    listed.write_text(listed.read_text().replace('"0BSD"', f'"{licence}"'))

    (problem,) = vendored.of_folder(folder)
    assert "htmx.org has the licence" in problem


def test_a_file_that_nobody_listed_is_found(folder):
    (folder / "other.min.js").touch()

    (problem,) = vendored.of_folder(folder)
    assert "other.min.js: not listed" in problem
