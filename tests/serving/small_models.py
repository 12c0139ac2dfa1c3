"""Small bundles that load and score, and their registration as the pipeline does it."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tests.training.small_matrix import CATALOG, MODEL, matrix_frame
from training.model.booster import fit
from training.model.bundle import Bundle
from training.model.calibrate import Calibrator
from training.model.learners.trees import Trees
from training.model.matrix import Rows
from training.registry.alias_history import Cause
from training.registry.mlflow_model import PackagedModel
from training.registry.mlflow_registry import BUNDLE_TAG, Registry, RunRecord, Version
from training.registry.provenance import folder_digest

NAME = "return-risk-simulated"
NAMES = tuple(entry.name for entry in CATALOG)


@cache
def bundle(rounds: int) -> Bundle:
    """A bundle of so many trees."""
    lines = matrix_frame()
    lines = lines[lines["label"].notna()]
    rows = Rows(lines[list(NAMES)].to_numpy(dtype=np.float64), lines["label"].to_numpy(dtype=np.int8), NAMES)
    model = Trees(fit(rows, MODEL, rounds))
    return Bundle(tuple(CATALOG), model, nothing_calibrated(), None, {}, {"shop": 0.3}, {"rounds": rounds})


def nothing_calibrated() -> Calibrator:
    """A calibrator that leaves the margin as it is."""
    return Calibrator(1.0, 0.0, np.array([0.5]), np.array([0.0, 0.5]), np.array([0.5, 1.0]))


def register(registry: Registry, folder: Path, rounds: int) -> Version:
    """Register a bundle of so many trees and make it the champion."""
    bundle(rounds).save(folder)
    frame = pd.DataFrame({name: [0.5] for name in NAMES})
    answer = pd.DataFrame({"probability": [0.1]})
    tags = {BUNDLE_TAG: folder_digest(folder), "test.log_loss": "0.61"}
    record = RunRecord("run", {}, {}, {}, {}, "shop", "0" * 64)
    version = registry.log("return-risk", record, NAME, PackagedModel(folder, [], frame, answer, ["pandas"]), tags)
    registry.move_alias(NAME, version.number, "a test", Cause.BY_HAND)
    return version
