"""Search of parameters on the folds of the backtest: ``make search TRIALS=30``. No test line is read.

It ends with the difference of params.yaml that the best trial comes to. It is not applied: ``git apply`` does so.
"""

import argparse
import subprocess
import sys

from data import params
from data.errors import UserError
from data.stage import run
from training.search import study
from training.search.conclusion import conclude, show
from training.search.records import Records
from training.search.setting import Setting, prepared
from training.search.space import SearchParams
from training.search.study import OpenStudy

APART = 1_000_000
"""How far the seeds of two processes lie apart: more than a study has trials."""


def main() -> None:
    """Search, or go on with a search that was stopped, and say what was found.

    Raises
    ------
    UserError
        The ranges don't fit the parameters, the matrix is missing, or a process of several failed.
    """
    given = _arguments()
    chosen = as_given(params.load("search", SearchParams), given.trials, given.lines)
    with prepared(chosen) as setting:
        records = Records.open(setting)
        if given.worker is not None:
            work(setting, records, given.worker)
            return
        study.begin(_opened(setting), setting.search)
        if given.jobs == 1:
            work(setting, records)
        else:
            _side_by_side(chosen, given.jobs)
        found = conclude(setting)
        records.end(found)
    show(found)


def work(setting: Setting, records: Records, worker: int = 0) -> None:
    """Run trials in this process, one of some, until all have ended."""
    study.run(_opened(setting, worker), setting.search, setting.chosen.trials, records.add)


def as_given(chosen: SearchParams, trials: int | None, lines: int | None) -> SearchParams:
    """Take trials and lines from the command line, where they are given there."""
    given = {"trials": trials, "lines": lines}
    return params.parse(
        "search", chosen.model_dump() | {key: each for key, each in given.items() if each is not None}, SearchParams
    )


def _side_by_side(chosen: SearchParams, jobs: int) -> None:
    command = [sys.executable, "-m", "training.search", f"--trials={chosen.trials}", f"--lines={chosen.lines}"]
    workers = [subprocess.Popen([*command, f"--worker={number}"]) for number in range(jobs)]  # noqa: S603 - ourselves
    ended = [worker.wait() for worker in workers]
    if any(ended):
        raise UserError(
            expected=f"all {jobs} processes of the search to end well",
            found=f"{sum(map(bool, ended))} that failed, with the messages above",
            fix="correct what they name, and run the same command again: it goes on where it was",
        )


def _opened(setting: Setting, worker: int = 0) -> OpenStudy:
    return study.open_study(setting.name, setting.chosen.trials, setting.chosen.seed + APART * worker)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.search", description=__doc__)
    parser.add_argument("--trials", type=int, help="in place of search.trials of params.yaml")
    parser.add_argument("--lines", type=int, help="in place of search.lines of params.yaml")
    parser.add_argument(
        "--jobs", type=int, default=1, choices=range(1, 65), metavar="N", help="processes (%(default)s)"
    )
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)  # one of the processes of --jobs
    return parser.parse_args()


if __name__ == "__main__":
    run(main)
