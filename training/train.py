"""Stage train: fit the model and the baselines on the lines that were settled before the test."""

from data import params
from data.stage import run
from features import catalog, recipe
from features.catalog import CATALOG_FILE, LINES_FILE
from training.model import baselines, bundle, fit, split
from training.model.baselines import BaselineParams
from training.model.booster import ModelParams
from training.model.calibrate import CalibrationParams
from training.model.reasons.params import ReasonParams


def main() -> None:
    """Run the stage on the project's matrix and split."""
    training = fit.Training(
        model=params.load("model", ModelParams),
        calibration=params.load("calibration", CalibrationParams),
        reasons=params.load("reasons", ReasonParams),
        recipe=recipe.read(),
    )
    baseline_params = params.load("baselines", BaselineParams)
    trained, rows = fit.train(LINES_FILE, split.read_times(), split.load(), catalog.read(CATALOG_FILE), training)
    trained.save(bundle.FOLDER)
    baselines.write(baselines.fit_baselines(rows, baseline_params), baselines.FILE)


if __name__ == "__main__":
    run(main)
