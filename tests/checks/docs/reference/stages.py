"""docs/reference/stages.md, from dvc.yaml."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.checks.docs.reference import markdown
from tests.checks.pipeline import PIPELINE_FILE

INTRO = """\
The stages of the pipeline, in the order in which `dvc.yaml` has them. `make repro` runs those whose inputs changed;
`dvc dag` draws them. A stage reads and writes no data but what stands here. `dvc.yaml` also lists the code that each
stage runs. The sections are those of [params.yaml](params.md)."""


def page() -> str:
    """Make the page."""
    stages = yaml.safe_load(PIPELINE_FILE.read_text(encoding="utf-8"))["stages"]
    outputs = {Path(output) for body in stages.values() for output in _written(body)}
    sections = (_stage(name, body, outputs) for name, body in stages.items())
    return markdown.page("Stages", INTRO, *(part for section in sections for part in section))


def _stage(name: str, body: Mapping[str, Any], outputs: set[Path]) -> Iterator[str]:
    """The section of one stage; ``outputs`` of all stages tell the data that it reads from its code."""
    yield f"## {name}"
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
