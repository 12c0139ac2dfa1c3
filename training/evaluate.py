"""Stage evaluate: measure the bundle, through its own `score`, on test lines that nothing else has looked at."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from data import params
from data.errors import UserError
from data.files import read_json, write_json, write_text
from data.logs import log
from data.stage import run
from data.truth import TRUTH_FILE, read_true_drivers, read_true_reasons, read_truth
from features.catalog import LINES_FILE
from features.language.reasons import REASONS
from training import baselines, curves, split, stability, what_ifs
from training.bundle import Bundle
from training.costs import Costs
from training.measure import Evaluation, Measured, Truth, measure
from training.metrics_file import tree
from training.plots import write_figures, write_tables
from training.products.params import ProductParams
from training.reasons.measure import overall_shares
from training.report import Origin, count_rejects, render
from training.scored import Sample, Scored, scored_lines, write_predictions

SOURCE, REJECTS = Path("data/raw/source.json"), Path("data/validated/rejects.parquet")
BACKTEST, REPORTS = Path("reports/backtest.csv"), Path("reports")


def main() -> None:
    """Measure the trained bundle and write the metrics, plots, predictions and report.

    Raises
    ------
    UserError
        There is no test line with a known outcome, or all of them had the same; a file of an earlier stage is missing.
    """
    chosen, costs = params.load("evaluation", Evaluation), params.load("costs", Costs)
    currency = params.load("products", ProductParams).currency
    bundle, spans = Bundle.load(), split.load()
    log.info("scoring the test lines")
    sample = Sample(chosen.explained_lines, chosen.bootstrap_seed)
    scored = scored_lines(LINES_FILE, spans, bundle, baselines.load(), sample)
    require_both_outcomes(scored.lines)
    log.info("measuring %s lines, with %s resamples", f"{len(scored.lines):,}", chosen.bootstrap_resamples)
    overall = overall_shares(LINES_FILE, spans.train.holds(split.read_times()))
    measured = measure(scored, overall, read_truths(scored), chosen, costs, currency)
    tables = plot_tables(scored, measured, bundle.importance(), chosen.calibration_bins)
    origin = Origin(
        source=read_json(SOURCE),
        split=read_json(split.SPLIT_FILE),
        built=bundle.built,
        catalog=bundle.catalog,
        currency=currency,
        rejects=count_rejects(REJECTS),
        stability=stability.read(),
        what_ifs=what_ifs.read(),
    )
    log.info("drawing the plots and the report")
    publish(scored, measured, tables, origin)


def read_truths(scored: Scored, path: Path = TRUTH_FILE) -> Truth:
    """Read what is true of the test lines: nothing of a real shop.

    Raises
    ------
    UserError
        The truth lacks a line or a column.
    """
    line_ids = pa.array(scored.lines["line_id"])
    return Truth(
        probability=read_truth(line_ids, path),
        reasons=None if scored.reasons is None else read_true_reasons(line_ids, REASONS, path),
        drivers=read_true_drivers(line_ids.take(pa.array(scored.explained.places)), path),
    )


def plot_tables(
    scored: Scored, measured: Measured, gains: dict[str, float], bins: int, backtest: Path = BACKTEST
) -> dict[str, pd.DataFrame]:
    """Make the table of each plot.

    Those of reasons are absent for a source that records none, and that of the backtest, which is the backtest's own,
    where none was run.
    """
    lines = scored.lines
    y, p = lines["label"].to_numpy("float64"), lines["probability"].to_numpy("float64")
    tables = {
        "calibration": curves.calibration(y, p, bins),
        "precision_recall": curves.precision_recall(y, p),
        "lift": curves.lift(y, p),
        "importance": curves.importance(gains),
        "months": curves.expected_observed(measured.slices, "month"),
        "drivers": curves.drivers(measured.drivers.overall),
    }
    if scored.reasons is not None and measured.reasons is not None:
        tables["reasons"] = curves.reasons(measured.reasons)
        tables["reason_confusion"] = curves.reason_confusion(scored.reasons.predicted, scored.reasons.recorded)
    if backtest.is_file():
        folds = pd.read_csv(backtest)
        tables["backtest"] = folds.assign(
            test_from=folds["test_from"].str[:10], test_until=folds["test_until"].str[:10]
        )
    else:
        log.warning("no %s: the report and the plots are without a backtest", backtest)
    return tables


def publish(
    scored: Scored,
    measured: Measured,
    tables: dict[str, pd.DataFrame],
    origin: Origin,
    reports: Path = REPORTS,
) -> None:
    """Write the files of the evaluation into ``reports``."""
    reports.mkdir(parents=True, exist_ok=True)
    write_predictions(scored, reports / "predictions.parquet")
    write_tables(tables, reports / "plots")
    write_figures(tables, reports / "figures")
    write_text(render(measured, origin, tables), reports / "report.html")
    write_json(tree(measured), reports / "metrics.json")


def require_both_outcomes(lines: pd.DataFrame) -> None:
    """Stop when the test lines can't tell a good model from a bad one.

    Raises
    ------
    UserError
        All test lines were returned, or all were kept.
    """
    returned = int(lines["label"].sum())
    if returned in {0, len(lines)}:
        raise UserError(
            expected="both returned and kept lines in the test window",
            found=f"{returned} returned of {len(lines)}, ordered from {lines['ordered_at'].min()}",
            fix="check how the source makes a return known, or lengthen the test window: split.* in params.yaml",
        )


if __name__ == "__main__":
    run(main)
