"""Stage learning_curve: train on fewer lines and on a shorter past, to see what more of either is worth."""

from data import params
from data.stage import run
from training.evaluation.intervals import Draw
from training.understanding import tables
from training.understanding.params import UnderstandingParams
from training.understanding.retraining.curve import learning_curve, points
from training.understanding.retraining.setting import read_setting


def main() -> None:
    """Run the stage on the project's matrix."""
    chosen, setting = params.load("understanding", UnderstandingParams), read_setting()
    found = points(setting.shop, chosen.curve, chosen.seed)
    table = learning_curve(setting.shop, found, setting.run, Draw(chosen.resamples, chosen.seed))
    tables.write(table, tables.CURVE)


if __name__ == "__main__":
    run(main)
