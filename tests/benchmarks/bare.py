"""The bare `lightgbm.train`: the lines, features, parameters and rounds of the bundle that was trained here.

The lines are as they are, without copies that lack fields.

Prints its time as JSON: binning and boosting, without reading the matrix.
"""

import json
import time

import lightgbm as lgb

from data import params
from features.catalog import LINES_FILE
from training.model import bundle, split
from training.model.booster import ModelParams, lightgbm_params
from training.model.matrix import read_rows


def main() -> None:
    """Train once and print the seconds."""
    trained = bundle.Bundle.load(bundle.FOLDER)
    model, boundaries, times = params.load("model", ModelParams), split.load(), split.read_times()
    span = boundaries.train if trained.built["refitted"] else boundaries.fit
    rows = read_rows(LINES_FILE, trained.features, span.holds(times))
    settings, rounds = lightgbm_params(model), trained.model.rounds
    start = time.perf_counter()
    lgb.train(settings, lgb.Dataset(rows.x, rows.y, feature_name=list(rows.features), params=settings), rounds)
    seconds = time.perf_counter() - start
    print(json.dumps({"lines": len(times), "train_lines": len(rows.y), "rounds": rounds, "seconds": seconds}))


if __name__ == "__main__":
    main()
