"""The code that each stage declares under deps, against the code that its module imports.

A dep that is missing lets DVC keep old results after the code changed; one too many runs stages for nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ruamel.yaml import YAML

from tests.checks.imports import FOLDERS, Code
from tests.checks.pipeline import PIPELINE_FILE, Stage


def problems(code: Code, stages: Iterable[Stage]) -> Iterator[str]:
    """One line for each dep of code that is missing or superfluous, with its fix."""
    for stage in stages:
        imported = code.files(stage.module)
        where = f"{PIPELINE_FILE}: the stage {stage.name}"
        for path in sorted(imported):
            if not any(_covers(dep, path) for dep in stage.deps):
                yield f"{where} imports {path} and doesn't declare it; fix: make format"
        for dep in stage.deps:
            if _is_code(dep) and not any(_covers(dep, path) for path in imported):
                yield f"{where} declares {dep} and imports nothing of it; fix: make format"


def write(code: Code, stages: Iterable[Stage]) -> None:
    """Write the deps of code into dvc.yaml as they should be; deps on data, comments and order stay."""
    yaml = YAML()
    yaml.width = 120
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(PIPELINE_FILE.read_text(encoding="utf-8"))
    changed = False
    for stage in stages:
        deps = mended(stage, code.files(stage.module))
        if deps != list(stage.deps):
            document["stages"][stage.name]["deps"] = deps
            changed = True
    if changed:
        scratch = PIPELINE_FILE.with_suffix(".yaml.new")
        yaml.dump(document, scratch)
        scratch.replace(PIPELINE_FILE)


def mended(stage: Stage, imported: frozenset[Path]) -> list[str]:
    """The deps of ``stage`` as they should be: code first, by name, then data as it stands."""
    data = [dep for dep in stage.deps if not _is_code(dep)]
    kept = {dep for dep in stage.deps if _is_code(dep) and any(_covers(dep, path) for path in imported)}
    missing = {path.as_posix() for path in imported if not any(_covers(dep, path) for dep in kept)}
    if not missing and len(kept) + len(data) == len(stage.deps):
        return list(stage.deps)
    return sorted(kept | missing) + data


def _covers(dep: str, path: Path) -> bool:
    return path == Path(dep) or Path(dep) in path.parents


def _is_code(dep: str) -> bool:
    """A module, or a folder of modules; a folder of data holds none."""
    path = Path(dep)
    if path.parts[:1] and path.parts[0] not in FOLDERS:
        return False
    return path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
