"""Each fault in a copy of the container's files is found and named; the files themselves have none."""

import shutil
from pathlib import Path

import pytest

from tests.checks import container
from tests.checks.imports import Code

DOCKERFILE, COMPOSE = "serving/Dockerfile", "serving/compose.yaml"


@pytest.fixture
def copy(tmp_path: Path, top: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The container's files, with stand-ins for what they copy, as the current folder."""
    (tmp_path / "serving").mkdir()
    for path in (DOCKERFILE, f"{DOCKERFILE}.dockerignore", COMPOSE):
        shutil.copyfile(top / path, tmp_path / path)
    for file in ("params.yaml", "requirements.lock"):
        (tmp_path / file).touch()
    for folder in ("data", "features", "training"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(copy: Path, name: str, old: str, new: str) -> list[str]:
    """What is found once ``old`` in a file of the copy is ``new``."""
    text = (copy / name).read_text(encoding="utf-8")
    assert old in text
    (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return list(container.of_files())


@pytest.mark.usefixtures("copy")
def test_the_files_as_they_are_have_no_problem() -> None:
    assert list(container.of_files()) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("\nCMD [", "\nMAINTAINER ada\nCMD [", "DL4000"),
        ("python:3.11.15-slim-trixie AS base", "python:3.11-slim AS base", "FROM python:3.11-slim has no full version"),
        ("COPY params.yaml ./", "COPY param.yaml ./", "COPY param.yaml: no such file or folder"),
        ("COPY params.yaml ./", "COPY serving/compose.yaml ./", "dockerignore keeps it out of the build"),
        ("RETURN_RISK_PORT=8000", "RETURN_RISK_PROT=8000", "RETURN_RISK_PROT is no setting"),
    ],
)
def test_a_fault_in_the_dockerfile_is_named(copy: Path, old: str, new: str, problem: str) -> None:
    problems = found(copy, DOCKERFILE, old, new)

    assert len(problems) == 1
    assert problems[0].startswith(DOCKERFILE)
    assert problem in problems[0]


def test_a_folder_that_the_build_does_not_get_is_named(copy: Path) -> None:
    problems = found(copy, f"{DOCKERFILE}.dockerignore", "!training/**/*.py\n", "")

    assert len(problems) == 1
    assert f"COPY training: {DOCKERFILE}.dockerignore keeps it out of the build" in problems[0]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("services:\n", "services: [\n", "is no compose file: while parsing"),
        ("services:\n", "service:\n", "is no compose file: 'services'"),
        ("redis:8.2.8-bookworm", "redis:8", "the service redis runs redis:8, which has no full version"),
        ('["127.0.0.1:5000:5000"]', '["5000:5000"]', "the service mlflow publishes 5000:5000 to other machines"),
        ('["127.0.0.1:5000:5000"]', "[5000]", "the service mlflow publishes 5000 to other machines"),
        (
            '["127.0.0.1:5000:5000"]',
            "[{target: 5000, published: 5000}]",
            "the service mlflow publishes {'target': 5000, 'published': 5000} to other machines",
        ),
        ("RETURN_RISK_STATE:", "RETURN_RISK_STORE:", "RETURN_RISK_STORE is no setting"),
        ("networks: [state]", "networks: [stat]", "the service redis uses stat, which is not under networks"),
        ("secrets: [id_key]", "secrets: [key]", "the service service uses key, which is not under secrets"),
        ('["redis:/data"]', '["data:/data"]', "the service redis uses data, which is not under volumes"),
        ("mlflow: {condition:", "models: {condition:", "the service service depends on models, which is no service"),
        ("    mem_limit: 2g\n", "", "the service mlflow may take all memory of the machine"),
        ("test: [CMD-SHELL,", "disable: true\n      test: [CMD-SHELL,", "the service redis has no healthcheck"),
    ],
)
def test_a_fault_in_the_compose_file_is_named(copy: Path, old: str, new: str, problem: str) -> None:
    problems = found(copy, COMPOSE, old, new)

    assert len(problems) == 1
    assert problems[0].startswith(COMPOSE)
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["redis:/data"]', '["redis:/data", "./redis.conf:/redis.conf:ro"]'),
        ('["127.0.0.1:5000:5000"]', '[{target: 5000, published: 5000, host_ip: "::1"}]'),
        ("redis:8.2.8-bookworm", "redis@sha256:" + 64 * "0"),
    ],
)
def test_what_is_as_good_passes(copy: Path, old: str, new: str) -> None:
    assert found(copy, COMPOSE, old, new) == []


@pytest.mark.parametrize("line", ["read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]'])
def test_each_service_that_is_not_hardened_is_named(copy: Path, line: str) -> None:
    problems = found(copy, COMPOSE, f"  {line}\n", "")

    assert len(problems) == 6
    assert all(line.partition(":")[0] in problem for problem in problems)


def test_an_image_without_a_healthcheck_leaves_its_services_without_one(copy: Path) -> None:
    text = (copy / DOCKERFILE).read_text(encoding="utf-8")
    check = text[text.index("HEALTHCHECK") : text.index('CMD ["python", "-m"')]

    assert found(copy, DOCKERFILE, check, "") == [
        f"{COMPOSE}: the service service has no healthcheck; fix: give it one"
    ]


def test_a_file_that_is_gone_is_named(copy: Path) -> None:
    (copy / COMPOSE).unlink()

    assert list(container.problems(Code())) == [f"{COMPOSE}: no such file; fix: restore it"]


def test_a_project_that_serves_nothing_has_no_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert list(container.problems(Code())) == []


def test_packages_of_the_image_are_held_against_what_serving_imports(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(top)
    text = (top / DOCKERFILE).read_text(encoding="utf-8")
    less = text.replace(" lightgbm ", " ", 1)
    other = text.replace(" lightgbm ", " lightgbm hypothesis ", 1)
    assert text not in {less, other}

    code = Code()

    assert list(container.packages(tuple(container.read(text)), code)) == []
    [lacking] = container.packages(tuple(container.read(less)), code)
    assert "lacks lightgbm, which serving imports" in lacking
    [unlocked] = container.packages(tuple(container.read(other)), code)
    assert "names hypothesis, which is no dependency in pyproject.toml" in unlocked


def test_an_instruction_on_several_lines_is_read_as_one() -> None:
    text = "# a comment\nFROM a AS b\n\nRUN one \\\n    # a remark\n    && two\nCOPY --from=b x y z\n"

    assert list(container.read(text)) == [
        container.Instruction(2, "FROM", "a AS b"),
        container.Instruction(4, "RUN", "one  && two"),
        container.Instruction(7, "COPY", "--from=b x y z"),
    ]
    assert list(container.read(text))[2].words == ("x", "y", "z")
