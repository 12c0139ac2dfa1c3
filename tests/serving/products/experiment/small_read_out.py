"""Small read-outs on disk: a policy of two actions beside a challenger that earns much more."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.training.decisions.experiment.drawn_shop import COSTS, PARAMS, DrawnShop, draw
from tests.training.decisions.experiment.written_shop import at, placed_of, with_rival
from training.decisions.experiment.log import read_rows
from training.decisions.experiment.readout import Experiment, read_out
from training.decisions.experiment_files import report
from training.decisions.experiment_files.report import OF_COMMAND, Files

SHOP = DrawnShop(visits_a_day=60, days=28, holdout_share=0.5, visits_per_unit=1.5, avoids=0.95)
FEW = PARAMS.model_copy(update={"within_hours": 0.001, "first_look_visits": 100, "repurchase_days": 10})


def made() -> Experiment:
    """Read out a log of 28 days, whose policy changes nothing, and whose challenger ``rival`` avoids most returns."""
    trail = draw(SHOP, 3)
    chosen = np.where((trail.visits.chosen == 0) & (trail.visits.unit % 2 == 1), 1, trail.visits.chosen)
    two = replace(trail, actions=("size_advice", "offer<b>"), visits=replace(trail.visits, chosen=chosen))
    (found,) = read_out(read_rows(with_rival(two)), placed_of(two, at(30.5)), COSTS, FEW, {})
    return found


def write(project: Path, found: list[Experiment], day: float = 30.5, files: Files = OF_COMMAND, later: int = 0) -> None:
    """Write a read-out as of ``day`` into ``project``."""
    as_of = at(day) if found or later else None
    report.write(found, as_of, 0, ["offer<b>"] if found else [], FEW, files.under(project), later)
