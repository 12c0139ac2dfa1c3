"""What a search found: the best trials against params.yaml, once more with other seeds, and the change of params.yaml.

The best of many trials owes part of its lead to the seed that it ran with. So the best ones are trained again
with seeds that chose nothing, and the best of these is proposed where the interval of its difference lies below 0. The
folds did choose, and flatter it still: the test lines confirm it (``make promote``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from data.files import write_json, write_text
from data.logs import log
from data.params import PARAMS_FILE
from training.registry.paired import Difference
from training.search import changes, study
from training.search.folds import FoldLosses, difference
from training.search.setting import Setting
from training.search.study import Ended, Search
from training.search.trained import Trained

FILE: Final = Path("reports/search/search.json")
DIFF: Final = Path("reports/search/params.diff")
LEVEL: Final = 0.95
SHOWN: Final = 10


@dataclass(frozen=True)
class Found:
    """The trials that ended, the proposed one, and its difference to params.yaml with other seeds (None: none ran)."""

    name: str
    trials: list[Ended]
    best: Ended
    start: Ended
    again: Difference | None
    diff: str

    @property
    def metrics(self) -> dict[str, float]:
        """The figures for the run of the search."""
        found = {"trials": float(len(self.trials)), "best_trial": float(self.best.number)}
        found |= {"start_log_loss": self.start.mean, "best_log_loss": self.best.mean}
        if self.again is not None:
            low, high = self.again.interval(LEVEL)
            found |= {"difference": self.again.mean, "difference_low": low, "difference_high": high}
        return found


def conclude(setting: Setting) -> Found:
    """Compare the best trials with params.yaml, and write what was found and the change of params.yaml."""
    chosen, search = setting.chosen, setting.search
    trials = study.all_ended(study.open_study(setting.name, chosen.trials, chosen.seed))
    start = study.of_start(trials, search)
    finalists = [each for each in study.ranked(trials)[: chosen.finalists] if each.number != start.number]
    top, again = finalists[0] if finalists else start, None
    if finalists and chosen.seeds:
        log.info("the %d best trials and params.yaml once more, with %d other seeds", len(finalists), chosen.seeds)
        top, again = best_with_other_seeds(search, finalists, chosen.seeds)
    diff = change(search.start_values, top.values) if is_better(top, start, again) else ""
    found = Found(setting.name, trials, top, start, again, diff)
    write_json(content(found), FILE)
    write_text(diff, DIFF)
    return found


def is_better(top: Ended, start: Ended, again: Difference | None) -> bool:
    """Whether ``top`` is proposed: it is surely better with other seeds; where none ran, it was better in its trial."""
    if top.number == start.number:
        return False
    return top.mean < start.mean if again is None else again.interval(LEVEL)[1] < 0


def best_with_other_seeds(search: Search, finalists: Sequence[Ended], seeds: int) -> tuple[Ended, Difference]:
    """The best of ``finalists`` in the mean over other seeds, and by how much it is worse than the start there."""

    def run(tried: Trained) -> list[FoldLosses]:
        return _mean([search.on.all(_seeded(tried, offset)) for offset in range(1, seeds + 1)])

    start = run(search.start)
    found = [(each, difference(run(search.start.with_values(each.values)), start)) for each in finalists]
    return min(found, key=lambda pair: pair[1].mean)


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The difference of params.yaml, with the values that are others than before."""
    text = PARAMS_FILE.read_text(encoding="utf-8")
    values = {path: value for path, value in after.items() if value != before[path]}
    return changes.difference(text, changes.with_values(text, values))


def content(found: Found) -> dict[str, Any]:
    """All figures, for reports/search/search.json."""
    return {
        "search": found.name,
        **found.metrics,
        "trials": [{**asdict(each), "mean": each.mean} for each in found.trials],
    }


def show(found: Found) -> None:
    """Print the best trials and the change."""
    console, paths = Console(highlight=False, width=120), list(found.start.values)
    table = Table("trial", "log-loss", box=None, padding=(0, 1, 0, 0))
    for path in paths:
        table.add_column(path.replace(".", ".\n").replace("_", " "), overflow="fold")
    complete = study.ranked(found.trials)
    rows = complete[:SHOWN] + ([found.start] if found.start not in complete[:SHOWN] else [])
    for each in rows:
        table.add_row(
            "params.yaml" if each is found.start else str(each.number),
            f"{each.mean:.5f}",
            *(f"{each.values[path]:g}" for path in paths),
        )
    console.print(table)
    for line in said(found):
        print(line)


def said(found: Found) -> list[str]:
    """What was found, in some lines."""
    pruned = sum(each.pruned for each in found.trials)
    lines = [f"{len(found.trials)} trials, {pruned} of them pruned; the best{_with_seeds(found)}: {found.best.number}"]
    if found.best.number == found.start.number:
        return [*lines, "no trial was better than params.yaml"]
    if found.again is not None:
        low, high = found.again.interval(LEVEL)
        lines.append(
            f"there its log-loss differs from that of params.yaml by {found.again.mean:+.5f}"
            f" ({low:+.5f} to {high:+.5f}), on the folds that chose it"
        )
    if not found.diff:
        return [*lines, "that is not surely better: params.yaml stays as it is"]
    return [*lines, "", found.diff, f"take it: git apply {DIFF}; then make experiment, and make promote"]


def _with_seeds(found: Found) -> str:
    return "" if found.again is None else " with other seeds"


def _seeded(given: Trained, offset: int) -> Trained:
    return replace(given, model=given.model.model_copy(update={"seed": given.model.seed + offset}))


def _mean(runs: list[list[FoldLosses]]) -> list[FoldLosses]:
    """The mean of the losses of each line over the runs."""
    return [
        FoldLosses(np.mean([fold.losses for fold in folds], axis=0), folds[0].customers)
        for folds in zip(*runs, strict=True)
    ]
