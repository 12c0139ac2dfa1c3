import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tests.checks import whole_files
from tests.checks.whole_files import findings


def found(code: str) -> list[str]:
    return [what for _, what in findings(ast.parse(dedent(code)))]


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("unfinished.replace(path)", "replaces a path"),
        ("Path(scratch).rename(path)", "replaces a path"),
        ("os.replace(one, other)", "replaces a path"),
        ("os.rename(one, other)", "replaces a path"),
        ("shutil.move(one, other)", "replaces a path"),
        ("path.write_text(text, encoding='utf-8')", "writes a file"),
        ("(folder / name).write_bytes(content)", "writes a file"),
        ("path.open('w')", "opens a file to write to"),
        ("path.open(mode='ab')", "opens a file to write to"),
        ("open(path, 'x')", "opens a file to write to"),
        ("open(path, mode='r+')", "opens a file to write to"),
        ("tempfile.mkstemp(dir=folder)", "makes a scratch path beside an output"),
        ("tempfile.TemporaryDirectory(prefix='.x-', dir=folder)", "makes a scratch path beside an output"),
        ("path.with_suffix('.partial')", "names a half-written file '.partial'"),
        ("folder / f'{name}.tmp'", "names a half-written file '.tmp'"),
        ("json.load(stream)", "reads JSON from a file"),
        ("json.loads(path.read_text(encoding='utf-8'))", "reads JSON from a file"),
        ("orjson.loads((folder / name).read_bytes())", "reads JSON from a file"),
        ("json.loads(_present(file).read_text().strip())", "reads JSON from a file"),
        ("def read():\n    text = path.read_text()\n    return json.loads(text)", "reads JSON from a file"),
    ],
)
def test_what_is_made_by_hand_is_found(code: str, what: str) -> None:
    assert found(code) == [what]


@pytest.mark.parametrize(
    "code",
    [
        "name.replace('_', ' ')",
        "time.replace(hour=0)",
        "dataclasses.replace(entry, name='x')",
        "table.rename(columns={'a': 'b'})",
        "write_text(text, path)",
        "files.write_text(text, path)",
        "path.open('rb')",
        "open(path)",
        "lmdb.open(str(folder), max_dbs=16)",
        "os.open(path, os.O_RDWR)",
        "tempfile.TemporaryDirectory(prefix='return-risk-')",
        "json.loads(row['numbers'])",
        "json.loads(json.dumps(content))",
        "orjson.loads(value)",
        "path.read_text()",
    ],
)
def test_what_is_no_file_or_goes_through_data_files_passes(code: str) -> None:
    assert found(code) == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "features" / "stores").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    return tmp_path


def test_the_place_is_named_with_its_fix_and_the_writer_itself_passes(project: Path) -> None:
    for name in ("seed", "files"):
        (project / "data" / f"{name}.py").write_text("\nunfinished.replace(path)\n")

    assert list(whole_files.problems()) == [
        "data/seed.py:2: replaces a path; fix: whole_file, whole_folder, scratch or a write of data/files.py"
    ]


def test_an_exception_is_let_pass_as_long_as_it_is_one(project: Path) -> None:
    file = project / "features/stores/embedded.py"
    file.write_text("made.write_bytes(content)")
    assert list(whole_files.problems()) == []

    file.write_text("")

    (problem,) = whole_files.problems()
    assert problem.startswith("features/stores/embedded.py no longer writes a file; fix: take it out of EXCEPTIONS")
