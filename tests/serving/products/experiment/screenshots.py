"""Takes the picture of a read-out: ``python -m tests.serving.products.experiment.screenshots FOLDER``."""

import argparse
import contextlib
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from data.params import PARAMS_FILE
from tests.serving.asking import listening
from tests.serving.fakes import FakeParts
from tests.serving.products.web.browser import chromium, reading
from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS, DrawnShop, draw
from tests.training.decisions.experiment.written_shop import at, log_of, placed_of
from training.decisions.experiment.log import read_rows
from training.decisions.experiment.readout import Experiment, read_out
from training.decisions.experiment_files import report
from training.decisions.experiment_files.report import OF_COMMAND

SHOP: Final = DrawnShop(visits_a_day=500, days=56, holdout_share=0.2, avoids=0.5, tail=0.6)
END: Final = at(60.0)
SHARE_OF_OTHER: Final = 0.4
"""Of the baskets with an action, those with the second one."""


def drawn() -> Experiment:
    """Read out 56 days of a shop whose two actions avoid half of the returns that they are about."""
    trail = draw(SHOP, 3)
    other = np.random.default_rng(1).random(len(trail.visits)) < SHARE_OF_OTHER
    chosen = np.where((trail.visits.chosen == 0) & other, 1, trail.visits.chosen)
    two = replace(trail, actions=("size_advice", "keep_it_credit"), visits=replace(trail.visits, chosen=chosen))
    rows = read_rows(log_of(two, SHOP.holdout_share))
    (found,) = read_out(rows, placed_of(two, END), COSTS, PARAMS, {})
    return found


def take(folder: Path) -> None:
    """Write the picture into ``folder``, from a project that has this read-out alone."""
    folder, file = folder.resolve(), "experiment.png"
    with tempfile.TemporaryDirectory() as project:
        shutil.copy(PARAMS_FILE, project)
        with contextlib.chdir(project), chromium() as browser:
            report.write([drawn()], END, 0, [], PARAMS, OF_COMMAND)
            places = {name: Path(project, f"{name}.sqlite") for name in ("reviews", "policy_scenarios", "sessions")}
            with (
                listening(FakeParts(), product_report=Path("reports/products"), **places) as port,
                reading(browser, f"http://127.0.0.1:{port}") as reader,
            ):
                reader.open("/products/experiment")
                reader.page.screenshot(path=folder / file, full_page=True)
    print(folder / file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the picture goes")
    take(parser.parse_args().folder)
