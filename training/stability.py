"""Stage stability: train score and reasons again with another seed, and compare the explanations of the same lines."""

from dataclasses import asdict

from data import params
from data.files import write_json
from data.logs import log
from data.stage import run
from features import catalog, recipe
from features.catalog import CATALOG_FILE, LINES_FILE
from training.evaluation.stability import FILE, StabilityParams, measure, other_seed, sample
from training.model import fit, split
from training.model.booster import ModelParams
from training.model.bundle import Bundle
from training.model.calibrate import CalibrationParams
from training.model.linear.fit import LinearParams
from training.model.matrix import read_rows
from training.model.reasons.params import ReasonParams


def main() -> None:
    """Run the stage on the project's matrix and bundle."""
    chosen, model = params.load("stability", StabilityParams), params.load("model", ModelParams)
    training = fit.Training(
        model=other_seed(model, chosen.seed),
        calibration=params.load("calibration", CalibrationParams),
        reasons=params.load("reasons", ReasonParams),
        recipe=recipe.read(),
        linear=params.load("linear", LinearParams),
    )
    one, cuts, times = Bundle.load(), split.load(), split.read_times()
    other, _ = fit.train(LINES_FILE, times, cuts, catalog.read(CATALOG_FILE), training)
    lines = read_rows(LINES_FILE, one.features, sample(cuts.test(times), chosen.lines, chosen.seed))
    found = measure(one, other, lines.x, (model.seed, chosen.seed))
    log.info("%d lines: same top driver on %.3f of them", found.lines, found.agreement.top_driver)
    write_json(asdict(found), FILE)


if __name__ == "__main__":
    run(main)
