"""Stage report: all that the stages of this folder found, on one page."""

import pandas as pd

from data import params
from data.files import write_text
from data.stage import run
from training.understanding import tables
from training.understanding.page.report import page
from training.understanding.params import UnderstandingParams


def main() -> None:
    """Write the page from the tables of the other stages."""
    text = page(
        curve=pd.read_csv(tables.CURVE),
        ablation=pd.read_csv(tables.ABLATION),
        effects=pd.read_csv(tables.EFFECTS),
        calibration=pd.read_csv(
            tables.CALIBRATION, dtype={"slice": str, "meaning": str}, keep_default_na=False, na_values={"q_value": [""]}
        ),
        errors=pd.read_csv(tables.ERROR_SLICES),
        rate=params.load("understanding", UnderstandingParams).slices.false_discovery_rate,
    )
    write_text(text, tables.REPORT)


if __name__ == "__main__":
    run(main)
