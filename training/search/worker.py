"""One of the processes that share the trials of a search (``--jobs``): ``python -m training.search.worker``."""

import argparse
import sys

from data import params
from data.errors import UserError
from data.logs import log
from data.progress.steps import step
from data.stage import parts, run
from training.search import study
from training.search.records import Records
from training.search.setting import Setting, prepared
from training.search.space import SearchParams
from training.search.study import Ended, OpenStudy

APART = 1_000_000
"""How far the seeds of two processes lie apart: more than a study has trials."""


def main() -> None:
    """Run trials of the search that the arguments say, until all have ended.

    Raises
    ------
    UserError
        As `training.search.setting.prepared`.
    """
    given = _arguments()
    section = params.load("search", SearchParams).model_copy(update={"trials": given.trials, "lines": given.lines})
    with prepared(section) as setting:
        work(setting, Records.open(setting), given.number)


def work(setting: Setting, records: Records, number: int = 0) -> None:
    """Run trials in this process, the ``number``-th of some, until all have ended."""
    trials, own = setting.chosen.trials, opened(setting, number)
    with step("search", trials, "trials") as at:

        def add(found: Ended) -> None:
            records.add(found)
            at.move(len(study.all_ended(own)))

        study.run(own, setting.search, trials, add)


def opened(setting: Setting, number: int = 0) -> OpenStudy:
    """Open the study of the search, with proposals that are those of no other process."""
    return study.open_study(setting.name, setting.chosen.trials, setting.chosen.seed + APART * number)


def side_by_side(chosen: SearchParams, jobs: int) -> None:
    """Run the trials in so many processes.

    Raises
    ------
    UserError
        One of them failed.
    """
    command = [sys.executable, "-m", "training.search.worker", f"--trials={chosen.trials}", f"--lines={chosen.lines}"]
    log.info("%d trials in %d processes: each is told as it ends", chosen.trials, jobs)
    with parts([[*command, f"--number={number}"] for number in range(jobs)]) as workers:
        ended = [worker.wait() for worker in workers]
    if any(ended):
        raise UserError(
            expected=f"all {jobs} processes of the search to end well",
            found=f"{sum(map(bool, ended))} that failed, with the messages above",
            fix="correct what they name, and run the same command again: it goes on where it was",
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.search.worker", description=__doc__)
    for name in ("trials", "lines", "number"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    run(main, part=True)
