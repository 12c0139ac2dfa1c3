"""Stage train: fit the model and the baselines on the lines that were settled before the test."""

from dataclasses import replace
from pathlib import Path

from data import params
from data.progress import journal
from data.stage import run
from features import catalog, recipe
from features.catalog import ASKED_FILE, CASES_FILE, CATALOG_FILE, LINES_FILE
from features.recipe import Recipe
from training.model import baselines, bundle, fit, split
from training.model.asked import asked_of
from training.model.baselines import BaselineParams
from training.model.booster import ModelParams
from training.model.bundle import Bundle
from training.model.calibrate import CalibrationParams
from training.model.joint.fit import JointParams
from training.model.linear.fit import LinearParams
from training.model.reasons.params import ReasonParams
from training.model.split import Span
from training.model.spread import IntervalParams
from training.model.unsent import field_worths
from training.registry.provenance import folder_digest


def main() -> None:
    """Run the stage on the project's matrix and split."""
    training = fit.Training(
        model=params.load("model", ModelParams),
        calibration=params.load("calibration", CalibrationParams),
        reasons=params.load("reasons", ReasonParams),
        recipe=recipe.read(),
        linear=params.load("linear", LinearParams),
        interval=params.load("interval", IntervalParams),
        joint=params.load("joint", JointParams),
    )
    baseline_params = params.load("baselines", BaselineParams)
    spans = split.load()
    trained, rows = fit.train(LINES_FILE, split.read_times(), spans, catalog.read(CATALOG_FILE), training)
    if training.model.unsent_lines:
        trained = with_worths(trained, training.recipe, spans.train)
    trained = replace(trained, asked=asked_of(ASKED_FILE, LINES_FILE, training.recipe.request_fields(), spans.train))
    trained.save(bundle.FOLDER)
    journal.note(bundle.FOLDER, folder_digest(bundle.FOLDER))
    baselines.write(baselines.fit_baselines(rows, baseline_params), baselines.FILE)


def with_worths(trained: Bundle, used: Recipe, span: Span, cases: Path = CASES_FILE) -> Bundle:
    """Add to the bundle what each field is worth that a request may lack, measured on lines of ``span``."""
    worths = field_worths(cases, trained.score_features, used.request_fields(), span, trained.log_odds)
    return replace(trained, unsent=worths)


if __name__ == "__main__":
    run(main)
