"""Stage calibration: hold expected against observed returns, week by week and slice by slice."""

from data import params
from data.stage import run
from features import catalog
from features.catalog import CATALOG_FILE
from training.evaluation.measure import Evaluation
from training.evaluation.slices import PriceBands
from training.held_out.lines import scored_lines, write_lines
from training.products.params import ProductParams
from training.understanding import tables
from training.understanding.measures.calibration import calibration
from training.understanding.params import UnderstandingParams


def main() -> None:
    """Run the stage on the predictions of backtest and test; the lines are kept with all that is known of them."""
    chosen = params.load("understanding", UnderstandingParams)
    bands = PriceBands(
        params.load("evaluation", Evaluation).price_bands, params.load("products", ProductParams).currency
    )
    lines = scored_lines([entry.name for entry in catalog.read(CATALOG_FILE) if not entry.only_reasons])
    write_lines(lines, tables.LINES)
    tables.write(calibration(lines, chosen.slices, bands), tables.CALIBRATION)


if __name__ == "__main__":
    run(main)
