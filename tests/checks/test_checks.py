"""Each check finds what it is for, in a small project of its own, run as `make check` runs it."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

INGEST = """\
    from data.params import Section, load
    from data.schema import TABLES

    class DataParams(Section):
        source: str

    def main() -> None:
        load("data", DataParams)
"""
PIPELINE = """\
    stages:
      ingest:
        # the comment of a stage
        desc: Bring the files in.
        cmd: python -m data.ingest
        params:
          - data
        deps:
          - data/errors.py
          - data/ingest.py
          - data/params.py
          - data/schema.py
          - data/yaml_text.py
          - ${data.source}
        outs:
          - data/raw
"""
PARAMS = """\
    data:
      source: files  # a folder of files
"""


@pytest.fixture
def project(tmp_path: Path, top: Path) -> Path:
    """A project of one stage that passes all checks."""
    write(tmp_path, "data/__init__.py", '"""Tables."""\n')
    write(tmp_path, "data/schema.py", "TABLES = ()\n")
    for name in ("errors", "params", "yaml_text"):
        write(tmp_path, f"data/{name}.py", (top / f"data/{name}.py").read_text(encoding="utf-8"))
    write(tmp_path, "data/ingest.py", INGEST)
    write(tmp_path, "dvc.yaml", PIPELINE)
    write(tmp_path, "params.yaml", PARAMS)
    (tmp_path / "tests").symlink_to(top / "tests")
    write(tmp_path, ".gitignore", "tests\n__pycache__/\n")
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")


def replace(project: Path, name: str, old: str, new: str) -> None:
    text = (project / name).read_text(encoding="utf-8")
    assert old in text
    (project / name).write_text(text.replace(old, new), encoding="utf-8")


def check(project: Path, *arguments: str) -> tuple[int, str]:
    """Run the checks in ``project``: the exit code, and all that was said."""
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.checks", *arguments],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_project_in_order_passes(project: Path) -> None:
    assert check(project) == (0, "checks of parameters, stage deps, tracked text and docs: no problems\n")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("dvc.yaml", "      - data/schema.py\n", "", "the stage ingest imports data/schema.py and doesn't declare it"),
        (
            "data/ingest.py", "from data.schema import TABLES\n", "",
            "the stage ingest declares data/schema.py and imports nothing of it",
        ),
        ("dvc.yaml", "python -m data.ingest", "python data/ingest.py", "a stage runs 'python -m MODULE'"),
        ("dvc.yaml", "python -m data.ingest", "python -m data.injest", "runs data.injest, which is absent; fix: "),
        ("dvc.yaml", "      - data\n", "      - data.sources\n", "names data.sources, which params.yaml doesn't have"),
        ("dvc.yaml", "    params:\n      - data\n", "", "loads the section data; fix: add it to its params"),
        ("params.yaml", "  # a folder of files", "", "params.yaml:2: data.source has no comment"),
        ("params.yaml", "files", '"files"', "params.yaml:2: DVC writes '  source: files"),
        (
            "params.yaml", "files  # a", "files  # a\n  more:  # b\n  - 1\n  # c\n  last: 1  # d",
            "params.yaml: DVC drops the comment # c; fix: ",
        ),
        ("params.yaml", "source:", "sorce:", "unknown key data.sorce"),
        ("params.yaml", "data:\n", "shop:\n  a: 1  # a number\ndata:\n", "nothing loads the section shop"),
        ("data/ingest.py", 'load("data"', 'load("shop"', "no section shop, which is loaded as DataParams"),
        ("data/ingest.py", 'load("data"', "load(str()", "the section's name is not written out"),
        ("data/ingest.py", "source: str", "source: int", "data.source = 'files'"),
        (
            "data/schema.py", "TABLES", "from data.params import Section\nclass Lost(Section):\n    a: int\nTABLES",
            "data.schema: Lost types no section",
        ),
        ("data/schema.py", "()", "'/" + "root/shop'", "data/schema.py:1: a path of one machine"),
        ("data/schema.py", "()", "[price / 100 for price in ()]", "data/schema.py:1: divides money by 100"),
    ],
)  # fmt: skip
def test_what_is_out_of_order_is_named_with_its_fix(project: Path, name: str, old: str, new: str, message: str) -> None:
    replace(project, name, old, new)

    code, said = check(project)

    assert code == 1
    assert message in said


def test_a_section_that_only_another_stages_main_loads_is_not_asked_for(project: Path) -> None:
    write(project, "data/validate.py", "from data import ingest\n")
    replace(
        project,
        "dvc.yaml",
        "  ingest:",
        "  validate:\n    cmd: python -m data.validate\n    deps: [data]\n    outs: [data/x]\n  ingest:",
    )

    assert check(project)[0] == 0


def test_a_folder_among_the_deps_stands_for_the_modules_in_it(project: Path) -> None:
    write(project, "data/sources/__init__.py", "")
    write(project, "data/sources/files.py", "")
    replace(project, "data/ingest.py", "from data.schema", "from data.sources import files\nfrom data.schema")
    assert check(project)[0] == 1

    replace(project, "dvc.yaml", "      - data/schema.py\n", "      - data/schema.py\n      - data/sources\n")

    assert check(project)[0] == 0


def test_an_import_for_the_type_checker_alone_is_no_dep(project: Path) -> None:
    write(project, "data/shapes.py", "")
    replace(
        project, "data/ingest.py", "from data.schema",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from data import shapes\nfrom data.schema",
    )  # fmt: skip

    assert check(project)[0] == 0


def test_deps_are_written_as_they_should_be_and_all_else_stays(project: Path) -> None:
    in_order = (project / "dvc.yaml").read_text(encoding="utf-8")
    write(project, "data/old.py", "")
    replace(project, "dvc.yaml", "      - data/schema.py\n", "      - data/old.py\n")

    assert check(project, "--write")[0] == 0

    assert (project / "dvc.yaml").read_text(encoding="utf-8") == in_order
    assert check(project)[0] == 0


def test_writing_deps_that_are_right_already_leaves_the_file_alone(project: Path) -> None:
    before = (project / "dvc.yaml").stat().st_mtime_ns

    assert check(project, "--write")[0] == 0

    assert (project / "dvc.yaml").stat().st_mtime_ns == before


@pytest.mark.parametrize(("imported", "dep"), [(("one", "two"), "data/room"), (("one",), "data/room/one.py")])
def test_a_room_of_which_a_stage_imports_half_or_more_stands_as_its_folder(
    project: Path, imported: tuple[str, ...], dep: str
) -> None:
    write(project, "data/room/__init__.py", '"""A room."""\n')
    for name in ("one", "two", "three"):
        write(project, f"data/room/{name}.py", "A = 1\n")
    imports = "".join(f"from data.room.{name} import A as {name}\n" for name in imported)
    replace(project, "data/ingest.py", "from data.schema", f"{imports}from data.schema")

    assert check(project)[0] == 1
    check(project, "--write")

    assert check(project)[0] == 0
    deps = (project / "dvc.yaml").read_text().partition("deps:")[2].partition("outs:")[0].split()
    assert [each for each in deps if "room" in each] == [dep]


def test_stages_that_run_on_demand_are_held_to_the_code_as_the_others_are(project: Path) -> None:
    write(project, "training/room/again.py", "from data.schema import TABLES\n\n\ndef main() -> None: ...\n")
    for package in ("training", "training/room"):
        write(project, f"{package}/__init__.py", "")
    stage = (
        "stages:\n  again:\n    wdir: ../..\n    cmd: python -m training.room.again\n    outs:\n      - data/again\n"
    )
    write(project, "training/room/dvc.yaml", stage)

    said = check(project)[1]

    assert "training/room/dvc.yaml: the stage again imports data/schema.py and doesn't declare it" in said
    check(project, "--write")
    assert check(project) == (0, "checks of parameters, stage deps, tracked text and docs: no problems\n")
    replace(project, "training/room/dvc.yaml", "    wdir: ../..\n", "")
    assert "the stage again doesn't run at the project's top" in check(project)[1]
