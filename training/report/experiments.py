"""Experiments side by side, as a table of 120 columns: what was changed, and the headline metrics of each.

DVC's own table has a column for each parameter, metric and file, which no terminal holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich import box
from rich.table import Table

from data.number_format import ENGLISH
from training.evaluation.at_path import leaves, number

CHOOSE_BY = "backtest_log_loss"
"""Experiments are sorted by it: chosen by the test lines, a model's figures on them would flatter it."""
COLUMNS = (
    (CHOOSE_BY, "backtest\nlog-loss", 4),
    ("backtest_roc_auc", "\nAUC", 4),
    ("log_loss", "test\nlog-loss", 4),
    ("roc_auc", "\nAUC", 4),
    ("ece", "\nECE", 4),
    ("against_best", "against best\nbaseline", 4),
    ("reasons_log_loss", "\nreasons", 3),
    ("saving_minor", "saving,\nminor", 0),
    ("refusals", "refu-\nsals", 0),
)
"""Headline metrics (`training.evaluation.headline`), their headings, and their decimals."""
NUMBERS = replace(ENGLISH, missing="-")


@dataclass(frozen=True)
class Experiment:
    """One run of the pipeline: ``changed`` are its parameters that differ from the commit's, by path."""

    name: str
    changed: Mapping[str, Any]
    metrics: Mapping[str, Any]
    error: str | None = None


def experiments(shown: Sequence[Mapping[str, Any]]) -> list[Experiment]:
    """Read the output of ``dvc exp show --json``: first the commits with their experiments, best backtest first.

    The workspace stands first where it differs from all others.
    """
    commits = [row for row in shown if row["rev"] != "workspace"]
    found = [each for commit in commits for each in _of_commit(commit)]
    known = [(dict(each.metrics), dict(each.changed)) for each in found]
    head = _params(commits[0]) if commits else {}
    workspace = [_experiment("workspace", row, head) for row in shown if row["rev"] == "workspace"]
    return [*(each for each in workspace if (dict(each.metrics), dict(each.changed)) not in known), *found]


def table(rows: Sequence[Experiment]) -> Table:
    """Lay out the experiments."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    shown.add_column("\nexperiment", overflow="fold")
    for _, heading, _ in COLUMNS:
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("\nchanged", overflow="fold")
    for row in rows:
        figures = [_figure(row.metrics, name, digits) for name, _, digits in COLUMNS]
        shown.add_row(row.name, *figures, row.error or _changes(row.changed))
    return shown


def _of_commit(commit: Mapping[str, Any]) -> Iterator[Experiment]:
    params = _params(commit)
    yield _experiment(commit["name"] or commit["rev"][:7], commit, {})
    runs = [run for group in commit["experiments"] or () for run in group["revs"][:1]]
    yield from sorted((_experiment(run["name"] or run["rev"][:7], run, params) for run in runs), key=_rank)


def _rank(experiment: Experiment) -> tuple[bool, float, str]:
    value = number(experiment.metrics, CHOOSE_BY)
    return value is None, value or 0.0, experiment.name


def _experiment(name: str, row: Mapping[str, Any], against: Mapping[str, Any]) -> Experiment:
    params = _params(row)
    changed = {path: value for path, value in params.items() if against and against.get(path, ...) != value}
    error = (row.get("error") or {}).get("msg")
    return Experiment(name, changed, _files(row, "metrics"), error)


def _params(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(leaves(_files(row, "params")))


def _files(row: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """All parameters or metrics of a row, from whichever file; nothing where a file could not be read."""
    files = (row.get("data") or {}).get(kind) or {}
    return {key: value for file in files.values() for key, value in (file.get("data") or {}).items()}


def _figure(metrics: Mapping[str, Any], name: str, digits: int) -> str:
    return NUMBERS.number(number(metrics, name), digits)


def _changes(changed: Mapping[str, Any]) -> str:
    return ", ".join(f"{path}={value}" for path, value in sorted(changed.items()))
