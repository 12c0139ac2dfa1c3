"""The course of a training: when it began and ended, how its losses fell, its folds, and what the machine did.

It comes from the journals of the stages train and backtest. Where DVC restored the outputs from its cache, or another
machine made them, the journal is of other outputs, and the times are not known.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import UserError
from data.progress import journal
from data.progress.journal import Entry, Span
from training.registry.provenance import file_digest

TRAIN, BACKTEST = "training.train", "training.backtest"
BUNDLE = Path("training/bundle")
LOSSES = {"boosting": "boosting.log_loss", "boosting reasons": "boosting.reasons.log_loss"}
"""Steps of boosting with a loss on lines that stop it, and the metric that its curve becomes."""
DESCRIBING = ("fold", "test_from", "test_until")
"""Columns of reports/backtest.csv that describe a fold; all others are its metrics."""


@dataclass(frozen=True)
class Value:
    """One value of a metric over time: at ``step``, microseconds ``at_us``."""

    metric: str
    step: int
    at_us: int
    value: float


@dataclass(frozen=True)
class FoldRun:
    """One fold of the backtest, as a run below that of the model; its times are None where they are not known."""

    name: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    curves: Sequence[Value]
    started_us: int | None
    ended_us: int | None


@dataclass(frozen=True)
class Course:
    """The course of one training; the times are None, and nothing is measured, where no journal is of this model."""

    started_us: int | None
    ended_us: int | None
    curves: Sequence[Value]
    machine: Sequence[Value]
    folds: Sequence[FoldRun]


UNKNOWN = Course(None, None, (), (), ())
"""Of a run whose training left no journal."""


def course(bundle_sha256: str, folds_file: Path, folder: Path = journal.FOLDER) -> Course:
    """Read the course of the training that made the bundle of this hash, and of the folds in ``folds_file``.

    A file that does not exist has no folds.
    """
    train = _of(TRAIN, BUNDLE, bundle_sha256, folder)
    folds = _folds(folds_file, folder) if folds_file.is_file() else ()
    if train is None:
        return replace(UNKNOWN, folds=folds)
    curves = [value for span in train.steps for value in _curve(span)]
    machine = [
        Value(f"system/{name}", number, sample.at_us, value)
        for number, sample in enumerate(train.machine)
        for name, value in sample.figures.items()
    ]
    return Course(train.started_us, train.ended_us, curves, machine, folds)


def _of(stage: str, output: Path, digest: str, folder: Path) -> Entry | None:
    """The journal of ``stage``, if it is of the output of this digest."""
    entry = journal.read(stage, folder)
    return entry if entry is not None and entry.digests.get(output.as_posix()) == digest else None


def _curve(span: Span) -> list[Value]:
    metric = LOSSES.get(span.path[-1])
    if metric is None:
        return []
    return [Value(metric, point.done, point.at_us, value) for point in span.curve for value in point.figures.values()]


def _folds(file: Path, folder: Path) -> tuple[FoldRun, ...]:
    entry = _of(BACKTEST, file, file_digest(file), folder)
    spans = entry.steps if entry is not None else ()
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    try:
        return tuple(_fold(row, spans) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            expected=f"{file} to have a row a fold, as the stage backtest writes it",
            found=f"{type(error).__name__}: {error}",
            fix="make it anew: dvc repro backtest",
        ) from None


def _fold(row: Mapping[str, str], spans: Sequence[Span]) -> FoldRun:
    name = f"fold {row['fold']}"
    own = [span for span in spans if name in span.path]
    whole = next((span for span in own if span.path[-1] == name), None)
    return FoldRun(
        name=f"{name}, {row['test_from']} to {row['test_until']}",
        params={key: row[key] for key in DESCRIBING},
        metrics={key: float(value) for key, value in row.items() if key not in DESCRIBING and value},
        curves=[value for span in own for value in _curve(span)],
        started_us=None if whole is None else whole.started_us,
        ended_us=None if whole is None else whole.ended_us,
    )
