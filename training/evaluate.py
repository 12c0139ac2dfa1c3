"""Stage evaluate: measure the bundle's own `score` on the test lines, which no step of the training reads."""

from dataclasses import replace
from pathlib import Path

from data import params
from data.files import read_json
from data.logs import log
from data.stage import run
from features.catalog import CASES_FILE, LINES_FILE
from training.costs import Costs
from training.evaluation import stability, what_ifs
from training.evaluation.measure import Evaluation, measure, read_truths
from training.evaluation.reasons import overall_shares
from training.evaluation.scored_lines import Sample, require_both_outcomes, scored_lines
from training.evaluation.undefined import Attempts
from training.evaluation.unsent import measure_unsent
from training.model import baselines, split
from training.model.bundle import Bundle
from training.model.level.days import daily_levels
from training.model.level.level import LevelParams
from training.products.params import ProductParams
from training.report.page import Origin, count_rejects
from training.report.publish import plot_tables, publish

SOURCE, REJECTS = Path("data/raw/source.json"), Path("data/validated/rejects.parquet")


def main() -> None:
    """Measure the trained bundle and write the metrics, plots, predictions and report.

    Raises
    ------
    UserError
        No test line has a known outcome, or all have the same outcome; or a file of an earlier stage is missing.
    """
    chosen, costs = params.load("evaluation", Evaluation), params.load("costs", Costs)
    currency = params.load("products", ProductParams).currency
    bundle, spans = Bundle.load(), split.load()
    log.info("scoring the test lines")
    sample = Sample(chosen.explained_lines, chosen.bootstrap_seed)
    times = split.read_times()
    days = times["ordered_at"][spans.test(times)]
    levels = daily_levels(bundle, LINES_FILE, times, days, params.load("level", LevelParams))
    scored = scored_lines(LINES_FILE, spans, bundle, baselines.load(), sample, levels)
    require_both_outcomes(scored.lines)
    log.info("measuring %s lines, with %s resamples", f"{len(scored.lines):,}", chosen.bootstrap_resamples)
    overall = overall_shares(LINES_FILE, spans.train.holds(times))
    measured = measure(scored, overall, read_truths(scored), chosen, costs, currency)
    attempts = Attempts()
    unsent = measure_unsent(CASES_FILE, spans, bundle, chosen.calibration_bins, attempts, levels=levels)
    measured = replace(measured, unsent=unsent, undefined=(*measured.undefined, *attempts.undefined))
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


if __name__ == "__main__":
    run(main)
