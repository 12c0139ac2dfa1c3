"""The code that each stage declares under deps, against the code that its module imports.

A dep that is missing lets DVC keep old results after the code changed; one too many runs stages for nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from ruamel.yaml import YAML

from tests.checks.imports import FOLDERS, Code, says_something
from tests.checks.pipeline import Stage


def problems(code: Code, stages: Iterable[Stage]) -> Iterator[str]:
    """One line for each dep of code that is missing or superfluous, with its fix."""
    for stage in stages:
        imported = code.files(stage.module)
        where = f"{stage.file}: the stage {stage.name}"
        for path in sorted(imported):
            if not any(_covers(dep, path) for dep in stage.deps):
                yield f"{where} imports {path} and doesn't declare it; fix: make format"
        for dep in stage.deps:
            if _is_code(dep) and not any(_covers(dep, path) for path in imported):
                yield f"{where} declares {dep} and imports nothing of it; fix: make format"


def write(code: Code, stages: Iterable[Stage]) -> None:
    """Write the deps of code into each dvc.yaml as they should be; deps on data, comments and order stay."""
    for file, of_file in groupby(stages, key=lambda stage: stage.file):
        _write(code, file, of_file)


def _write(code: Code, file: Path, stages: Iterable[Stage]) -> None:
    yaml = YAML()
    yaml.width = 120
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(file.read_text(encoding="utf-8"))
    changed = False
    for stage in stages:
        deps = mended(stage, code.files(stage.module))
        if deps != list(stage.deps):
            document["stages"][stage.name]["deps"] = deps
            changed = True
    if changed:
        scratch = file.with_suffix(".yaml.new")
        yaml.dump(document, scratch)
        scratch.replace(file)


def mended(stage: Stage, imported: frozenset[Path]) -> list[str]:
    """The deps of ``stage`` as they should be: code first, by name, then data as it stands.

    A room of which the stage imports half of the modules or more stands as its folder: what goes together is named
    once, and the pipeline reads as the way of the data. The price is a stage that runs anew when a neighbor changed.
    """
    data = [dep for dep in stage.deps if not _is_code(dep)]
    kept = {dep for dep in stage.deps if _is_code(dep) and any(_covers(dep, path) for path in imported)}
    missing = {path.as_posix() for path in imported if not any(_covers(dep, path) for dep in kept)}
    code = kept | missing
    rooms = {folder.as_posix() for path in imported for folder in path.parents if _goes_together(folder, imported)}
    code = {dep for dep in code | rooms if not any(_covers(room, Path(dep)) for room in rooms - {dep})}
    if code == {dep for dep in stage.deps if _is_code(dep)}:
        return list(stage.deps)
    return sorted(code) + data


def _goes_together(folder: Path, imported: frozenset[Path]) -> bool:
    """Whether ``folder`` is a room, not a top folder, and the stage imports half of its modules or more."""
    if len(folder.parts) < 2 or not (folder / "__init__.py").is_file():
        return False
    held = [path for path in folder.rglob("*.py") if says_something(path)]
    return 2 * sum(path in imported for path in held) >= len(held)


def _covers(dep: str, path: Path) -> bool:
    return path == Path(dep) or Path(dep) in path.parents


def _is_code(dep: str) -> bool:
    """A module, or a folder of modules; a folder of data holds none."""
    path = Path(dep)
    if path.parts[:1] and path.parts[0] not in FOLDERS:
        return False
    return path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
