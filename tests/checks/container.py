"""The container's files, which CI doesn't build: hadolint's findings, and further rules.

`tests.checks.compose` looks at the compose file.
"""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grimp

from tests.checks import compose
from tests.checks.imports import FOLDERS, Code

SERVING = Path("serving")
DOCKERFILE = SERVING / "Dockerfile"
IGNORE_FILE = SERVING / "Dockerfile.dockerignore"
VARIABLE = re.compile(r"\bRETURN_RISK_[A-Z0-9_]+")
PACKAGES = "PACKAGES"


@dataclass(frozen=True)
class Instruction:
    """One instruction of the Dockerfile, on one line: its continuations are joined."""

    line: int
    name: str
    rest: str

    @property
    def words(self) -> tuple[str, ...]:
        """What follows the name, without flags such as ``--from=``."""
        return tuple(word for word in self.rest.split() if not word.startswith("--"))


def problems(code: Code) -> Iterator[str]:
    """One line for each problem of the container, with its fix; none in a project without the service."""
    if not SERVING.is_dir():
        return
    absent = [path for path in (DOCKERFILE, IGNORE_FILE, compose.FILE) if not path.is_file()]
    yield from (f"{path}: no such file; fix: restore it" for path in absent)
    if not absent:
        yield from of_files()
        yield from packages(tuple(read(DOCKERFILE.read_text(encoding="utf-8"))), code)


def of_files() -> Iterator[str]:
    """Problems of the files that don't depend on the code's imports."""
    dockerfile, ignored = (path.read_text(encoding="utf-8") for path in (DOCKERFILE, IGNORE_FILE))
    instructions = tuple(read(dockerfile))
    yield from linted(DOCKERFILE)
    yield from bases(instructions)
    yield from sources(instructions, ignored.splitlines())
    yield from compose.problems(compose.FILE, has_healthcheck=any(one.name == "HEALTHCHECK" for one in instructions))
    yield from variables(DOCKERFILE, dockerfile)
    yield from variables(compose.FILE, compose.FILE.read_text(encoding="utf-8"))


def read(text: str) -> Iterator[Instruction]:
    """Read the instructions of a Dockerfile."""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#") or not (line.strip() or parts):
            continue
        start = start if parts else number
        parts.append(line.strip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            name, _, rest = " ".join(parts).partition(" ")
            yield Instruction(start, name.upper(), rest.strip())
            parts = []


def linted(path: Path) -> Iterator[str]:
    """The findings of hadolint."""
    beside = Path(sys.executable).with_name("hadolint")
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    if program is None:
        yield f"{path}: can't be linted without hadolint; fix: make env"
        return
    done = subprocess.run([program, "--no-color", str(path)], capture_output=True, text=True, check=False)
    yield from (done.stdout + done.stderr).splitlines()


def bases(instructions: Iterable[Instruction]) -> Iterator[str]:
    """Every base image has a full version, or is an earlier stage of the build."""
    stages: set[str] = set()
    for one in instructions:
        if one.name == "FROM":
            image = one.words[0]
            if image not in stages and not compose.pinned(image):
                yield f"{DOCKERFILE}:{one.line}: FROM {image} has no full version; fix: write it, such as 3.11.15"
            stages.update(one.words[2:3])


def sources(instructions: Iterable[Instruction], ignored: list[str]) -> Iterator[str]:
    """Every copied file exists and is not ignored by the build."""
    for one in instructions:
        if one.name not in {"COPY", "ADD"} or "--from=" in one.rest:
            continue
        for source in one.words[:-1]:
            where = f"{DOCKERFILE}:{one.line}: {one.name} {source}"
            if not Path(source).exists():
                yield f"{where}: no such file or folder in the project's top; fix: correct it"
            elif not any(line == f"!{source}" or line.startswith(f"!{source}/") for line in ignored):
                yield f"{where}: {IGNORE_FILE} keeps it out of the build; fix: list it there with !"


def packages(instructions: Iterable[Instruction], code: Code) -> Iterator[str]:
    """The image installs every package that serving imports, and each of its packages is in the lock."""
    listed = [one for one in instructions if one.name == "ARG" and one.rest.startswith(f"{PACKAGES}=")]
    if not listed:
        yield f'{DOCKERFILE}: no ARG {PACKAGES}="…"; fix: list the packages that serving needs there'
        return
    where = f"{DOCKERFILE}:{listed[0].line}: {PACKAGES}"
    names = {_normal(name) for name in listed[0].rest.partition("=")[2].strip('"').split()}
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = {_normal(requirement) for requirement in project["dependencies"]}
    for name in sorted(names - direct):
        yield f"{where} names {name}, which is no dependency in pyproject.toml; fix: remove it here or add it there"
    for name in sorted((imported(code) & direct) - names):
        yield f"{where} lacks {name}, which serving imports; fix: add it"


def imported(code: Code) -> set[str]:
    """The packages that the modules under serving/ import, directly or through other modules of the project."""
    folders = [folder for folder in FOLDERS if folder in code.graph.modules]
    first, *others = folders
    graph = grimp.build_graph(first, *others, include_external_packages=True, cache_dir=None)
    own = {module for start in code.graph.modules if start.startswith("serving") for module in code.closure(start)}
    found = {name for module in own for name in graph.find_modules_directly_imported_by(module)}
    owners = importlib.metadata.packages_distributions()
    return {_normal(owner) for name in found - own for owner in owners.get(name, [])}


def variables(path: Path, text: str) -> Iterator[str]:
    """Every variable of the service that a file names is a setting."""
    from serving import settings  # noqa: PLC0415 - a project that is only checked in part may have no service

    known = {settings.variable(name) for name in settings.Settings.model_fields} | settings.OTHERS
    for number, line in enumerate(text.splitlines(), start=1):
        for name in VARIABLE.findall(line):
            if name not in known:
                yield f"{path}:{number}: {name} is no setting of serving/settings.py; fix: correct or remove it"


def _normal(requirement: str) -> str:
    """The name of a package as the lock writes it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()
