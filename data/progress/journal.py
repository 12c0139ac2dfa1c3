"""The journal of a stage: when it and its steps began and ended, how its figures moved, and what the machine did.

It stands in .cache/journal, a file a stage, outside the outputs, because a run that is repeated has to write the same
outputs. Whoever reads it checks by a digest that it is of the outputs at hand: DVC may have restored those from its
cache.
"""

import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from data.errors import UserError
from data.files import read_json, write_json
from data.progress.machine import Sample, sampled
from data.progress.steps import Step
from data.times import now_us

FOLDER: Final = Path(".cache/journal")
POINTS: Final = 200
"""Most points of a curve; of a longer one every second, fourth, … is kept."""


@dataclass(frozen=True)
class Point:
    """The figures of a step when ``done`` units were done."""

    done: int
    at_us: int
    figures: Mapping[str, float]


@dataclass(frozen=True)
class Span:
    """One step: the names of the steps around it and its own, its start and end, and how its figures moved."""

    path: tuple[str, ...]
    started_us: int
    ended_us: int
    curve: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Entry:
    """What the journal says of the last run of a stage.

    ``digests``: of outputs, by their paths, as the stage itself gave them. ``machine``: samples over time, none where
    the machine can't be asked. ``peak_megabytes``: the most memory that the process held.
    """

    stage: str
    started_us: int
    ended_us: int
    cpu_seconds: float
    peak_megabytes: float
    digests: Mapping[str, str]
    steps: tuple[Span, ...]
    machine: tuple[Sample, ...]


@dataclass
class Journal:
    """The journal of a stage that runs."""

    stage: str
    started_us: int = field(default_factory=now_us)
    digests: dict[str, str] = field(default_factory=dict)
    _spans: list[Span] = field(default_factory=list)
    _curves: dict[int, "_Curve"] = field(default_factory=dict)

    def began(self, step: Step) -> None:
        """Start the curve of a step."""
        self._curves[id(step)] = _Curve()

    def moved(self, step: Step) -> None:
        """Keep the figures of a step that has some."""
        if step.figures:
            self._curves[id(step)].add(Point(step.done, now_us(), dict(step.figures)))

    def ended(self, step: Step) -> None:
        """Keep the span of a step."""
        curve = self._curves.pop(id(step))
        self._spans.append(Span(step.path, step.started_us, now_us(), tuple(curve.points)))

    def entry(self, machine: tuple[Sample, ...] = ()) -> Entry:
        """Sum up what happened by now."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
        return Entry(
            stage=self.stage,
            started_us=self.started_us,
            ended_us=now_us(),
            cpu_seconds=used.ru_utime + used.ru_stime,
            peak_megabytes=used.ru_maxrss / unit,
            digests=self.digests,
            steps=tuple(sorted(self._spans, key=lambda span: (span.started_us, span.path))),
            machine=machine,
        )


_CURRENT: ContextVar[Journal | None] = ContextVar("journal", default=None)


@contextmanager
def kept(stage: str, folder: Path = FOLDER) -> Iterator[Journal]:
    """Keep the journal of ``stage`` while the context lasts; it is written if the context ends without an error."""
    journal = Journal(stage)
    _CURRENT.set(journal)
    try:
        with sampled() as samples:
            yield journal
    finally:
        _CURRENT.set(None)
    write(journal.entry(tuple(samples)), folder)


def note(path: Path, digest: str) -> None:
    """Note the digest of an output of the stage that runs, by which its journal is known to be of that output."""
    journal = _CURRENT.get()
    if journal is not None:
        journal.digests[path.as_posix()] = digest


def write(entry: Entry, folder: Path = FOLDER) -> None:
    """Write the journal of a stage; a folder that can't be written keeps none, and stops no stage."""
    content = {
        "stage": entry.stage,
        "started_us": entry.started_us,
        "ended_us": entry.ended_us,
        "cpu_seconds": entry.cpu_seconds,
        "peak_megabytes": entry.peak_megabytes,
        "digests": dict(entry.digests),
        "steps": [
            [list(span.path), span.started_us, span.ended_us, [[p.done, p.at_us, dict(p.figures)] for p in span.curve]]
            for span in entry.steps
        ],
        "machine": [[sample.at_us, dict(sample.figures)] for sample in entry.machine],
    }
    try:
        write_json(content, _file(entry.stage, folder))
    except OSError:
        return


def read(stage: str, folder: Path = FOLDER) -> Entry | None:
    """Read the journal of the last run of ``stage``; None where there is none, or it can't be read."""
    try:
        return _entry(read_json(_file(stage, folder)))
    except (UserError, KeyError, TypeError, ValueError):  # of an earlier version, or damaged: it is nobody's input
        return None


def _entry(content: Mapping[str, Any]) -> Entry:
    return Entry(
        stage=content["stage"],
        started_us=content["started_us"],
        ended_us=content["ended_us"],
        cpu_seconds=content["cpu_seconds"],
        peak_megabytes=content["peak_megabytes"],
        digests=content["digests"],
        steps=tuple(
            Span(tuple(path), started, ended, tuple(Point(*point) for point in curve))
            for path, started, ended, curve in content["steps"]
        ),
        machine=tuple(Sample(at, figures) for at, figures in content["machine"]),
    )


def _file(stage: str, folder: Path) -> Path:
    return folder / f"{stage}.json"


class _Curve:
    """Points of a step, at most `POINTS`, evenly over what was done."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._every = 1

    def add(self, point: Point) -> None:
        """Keep the point if it is its turn."""
        if point.done % self._every:
            return
        self.points.append(point)
        if len(self.points) > POINTS:
            self._every *= 2
            self.points = [kept for kept in self.points if kept.done % self._every == 0]
