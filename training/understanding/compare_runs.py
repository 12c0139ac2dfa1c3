"""Two runs on one page: which test lines moved, where, and why. ``make compare-runs BEFORE=… AFTER=…`` runs it.

A run is the folder in which its pipeline ran, a git revision or an experiment of DVC, or ``workspace``: the last run in
the current folder.
"""

import argparse

from data import params
from data.files import whole_folder, write_text
from data.logs import log
from data.stage import run
from training.evaluation.measure import Evaluation
from training.evaluation.slices import PriceBands
from training.held_out.lines import write_lines
from training.products.params import ProductParams
from training.understanding import tables
from training.understanding.comparing.causes import causes
from training.understanding.comparing.moves import by_slice, moves
from training.understanding.comparing.read import WORKSPACE, opened
from training.understanding.page.runs import page, told
from training.understanding.params import UnderstandingParams


def main() -> None:
    """Write the page and its tables.

    Raises
    ------
    UserError
        There is no such run, its files don't belong together, or no line was tested by both.
    """
    parser = argparse.ArgumentParser(prog="python -m training.understanding.compare_runs", description=__doc__)
    parser.add_argument("before", help="a folder, a revision or experiment of DVC")
    parser.add_argument("after", nargs="?", default=WORKSPACE, help="the same (%(default)s)")
    given = parser.parse_args()
    slices = params.load("understanding", UnderstandingParams).slices
    bands = PriceBands(
        params.load("evaluation", Evaluation).price_bands, params.load("products", ProductParams).currency
    )
    with opened(given.before) as before, opened(given.after) as after:
        found = moves(before, after)
        log.info("explaining %s lines", f"{len(found.lines):,}")
        why, where = causes(before, after, found), by_slice(found, slices, bands)
    with whole_folder(tables.COMPARISON) as folder:
        write_lines(told(found, why), folder / "lines.parquet")
        tables.write(where, folder / "slices.csv")
        write_text(page(before.name, after.name, found, why, where), folder / "report.html")
    difference = found.difference
    log.info(
        "log-loss %+.4f, 95%% interval %+.4f to %+.4f, on %s lines; see %s",
        difference.value, difference.low, difference.high, f"{len(found.lines):,}", tables.COMPARISON / "report.html",
    )  # fmt: skip


if __name__ == "__main__":
    run(main)
