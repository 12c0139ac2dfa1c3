"""docs/reference/stages.md, from the files of stages."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.checks.docs.reference import markdown
from tests.checks.pipeline import PIPELINE_FILE, bodies, on_demand

INTRO = """\
The stages of the pipeline, in the order in which `dvc.yaml` has them. `make repro` runs those whose inputs changed;
`dvc dag` draws them. A stage reads and writes no data but what stands here. `dvc.yaml` also lists the code that each
stage runs. The sections are those of [params.yaml](params.md)."""
ON_DEMAND = """\
The stages below run on demand: a plain `dvc repro` leaves them out. They stand in `{file}`, and `dvc repro {file}` runs
those whose inputs changed, and before them those of the pipeline."""


def page() -> str:
    """Make the page."""
    files = {file: bodies(file) for file in (PIPELINE_FILE, *on_demand())}
    outputs = {Path(output) for stages in files.values() for body in stages.values() for output in _written(body)}
    return markdown.page("Stages", INTRO, *(part for file in files for part in _file(file, files[file], outputs)))


def _file(file: Path, stages: Mapping[str, Any], outputs: set[Path]) -> Iterator[str]:
    if file != PIPELINE_FILE:
        yield f"## On demand: {file.parent.name}"
        yield ON_DEMAND.format(file=file.as_posix())
    for name, body in stages.items():
        yield from _stage(name, body, outputs, "##" if file == PIPELINE_FILE else "###")


def _stage(name: str, body: Mapping[str, Any], outputs: set[Path], heading: str) -> Iterator[str]:
    """The section of one stage; ``outputs`` of all stages tell the data that it reads from its code."""
    yield f"{heading} {name}"
    yield markdown.paragraph(body["desc"])
    rows = (
        ("runs", [body["cmd"]]),
        ("reads", [dep for dep in body.get("deps", ()) if dep.startswith("${") or _is_output(Path(dep), outputs)]),
        ("sections", body.get("params", ())),
        ("writes", list(_written(body))),
    )
    yield "\n".join(f"- {what}: {', '.join(map(markdown.code, names))}" for what, names in rows if names)


def _written(body: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("outs", "metrics", "plots"):
        for entry in body.get(kind, ()):
            yield entry if isinstance(entry, str) else next(iter(entry))


def _is_output(path: Path, outputs: set[Path]) -> bool:
    return any(output in {path, *path.parents} for output in outputs)
