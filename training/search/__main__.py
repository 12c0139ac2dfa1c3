"""Search of parameters on the folds of the backtest: ``make search TRIALS=30``. No test line is read.

It ends with the difference of params.yaml that the best trial comes to. It is not applied: ``git apply`` does so.
"""

import argparse

from data import params
from data.stage import run
from training.search import study
from training.search.conclusion import conclude, show
from training.search.records import Records
from training.search.setting import prepared
from training.search.space import SearchParams
from training.search.worker import opened, side_by_side, work


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
        study.begin(opened(setting), setting.search)
        if given.jobs == 1:
            work(setting, records)
        else:
            side_by_side(chosen, given.jobs)
        found = conclude(setting)
        records.end(found)
    show(found)


def as_given(chosen: SearchParams, trials: int | None, lines: int | None) -> SearchParams:
    """Take trials and lines from the command line, where they are given there."""
    given = {"trials": trials, "lines": lines}
    return params.parse(
        "search", chosen.model_dump() | {key: each for key, each in given.items() if each is not None}, SearchParams
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.search", description=__doc__)
    parser.add_argument("--trials", type=int, help="in place of search.trials of params.yaml")
    parser.add_argument("--lines", type=int, help="in place of search.lines of params.yaml")
    parser.add_argument(
        "--jobs", type=int, default=1, choices=range(1, 65), metavar="N", help="processes (%(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    run(main, long=_arguments().jobs == 1)  # of several, each writes its own lines on the same terminal
