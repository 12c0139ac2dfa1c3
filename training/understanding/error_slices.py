"""Stage error_slices: find where the model is wrong or unsure, on one half of the customers, and measure the other."""

import pandas as pd

from data import params
from data.stage import run
from features import catalog
from features.catalog import CATALOG_FILE
from training.understanding import tables
from training.understanding.measures.error_slices import error_slices
from training.understanding.params import UnderstandingParams


def main() -> None:
    """Run the stage on the scored lines of the stage calibration."""
    chosen = params.load("understanding", UnderstandingParams)
    features = [entry.name for entry in catalog.read(CATALOG_FILE) if not entry.only_reasons]
    lines = pd.read_parquet(tables.LINES)
    tables.write(error_slices(lines, features, chosen.slices, chosen.seed), tables.ERROR_SLICES)


if __name__ == "__main__":
    run(main)
