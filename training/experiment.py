"""Reads out the experiments in the decision log: ``python -m training.experiment``, or ``make experiment``.

It joins what was decided with the orders and returns in the shop's tables, and writes what the policy changed against
the holdout into reports/experiment.json and reports/experiment. It is a command and no stage of the pipeline, as
`make outcomes` is: the log grows while the service runs, and no version of it goes with a version of the data.
"""

import argparse
from pathlib import Path

from data import params, tables
from data.logs import log
from data.number_format import ENGLISH
from data.outcome import OutcomeParams
from data.stage import run
from training.costs import Costs
from training.decisions.experiment.earned import Earned
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.readout import ACTION, CHOSEN, Comparison, Experiment, read_out
from training.decisions.experiment_files import inputs, report
from training.decisions.experiment_files.log_files import FOLDER, read_log
from training.decisions.experiment_files.placed_orders import PREDICTED, read_placed
from training.products.params import ProductParams


def main() -> None:
    """Read out the log into the project's reports.

    Raises
    ------
    UserError
        The log was damaged, or the tables are missing.
    """
    parser = argparse.ArgumentParser(prog="python -m training.experiment", description=__doc__)
    parser.add_argument(
        "--log",
        type=Path,
        default=inputs.log_folder(),
        help=f"folder of the decision log (that of {inputs.LOG_VARIABLE}, else {FOLDER})",
    )
    parser.add_argument(
        "--tables",
        type=Path,
        default=tables.VALIDATED,
        help="folder of the shop's tables: those of the last run, or a snapshot of now (%(default)s)",
    )
    given = parser.parse_args()
    made = read(given.log, given.tables)
    for line in summary(made, params.load("products", ProductParams).currency):
        print(line)


def read(decisions: Path, folder: Path) -> list[Experiment]:
    """Read out the log in the folder ``decisions`` by the tables in ``folder``, and write the reports.

    Raises
    ------
    UserError
        As `main`.
    """
    decided = read_log(decisions)
    if decided is None:
        log.info("%s: %s", decisions, report.NONE_YET)
        report.write([], None, 0, [], summary=report.SUMMARY, folder=report.FOLDER)
        return []
    placed = read_placed(folder, params.load("outcome", OutcomeParams), inputs.pseudonym(folder), PREDICTED)
    chosen, costs = params.load("experiment", ExperimentParams), params.load("costs", Costs)
    actions = inputs.costs_of_actions()
    made = read_out(decided, placed, costs, chosen, {name: each.shown_minor for name, each in actions.items()})
    left_out = inputs.costs_left_out(decided.decisions["action"].dropna(), actions)
    report.write(made, placed.as_of, decided.twice, left_out, summary=report.SUMMARY, folder=report.FOLDER)
    log.info("%s: %d decisions, %d experiments", report.SUMMARY, len(decided.decisions), len(made))
    if left_out:
        log.warning("what these actions cost is not taken from their profit: %s", ", ".join(left_out))
    return made


def summary(experiments: list[Experiment], currency: str) -> list[str]:
    """Say in some lines what came out."""
    if not experiments:
        return [report.NONE_YET]
    return [line for each in experiments for line in _lines(each, currency)]


def _lines(experiment: Experiment, currency: str) -> list[str]:
    size = f"{experiment.days:.0f} days, {experiment.units} units, {experiment.visits} visits"
    lines = [f"{experiment.policy_name}: {experiment.verdict.value} after {size}"]
    for name, scope in experiment.scopes.items():
        if scope.earned is not None and (name == CHOSEN or name.startswith(ACTION)):
            lines.append(f"  {name}: {_money(scope.earned, currency)} a month ({1 - scope.alpha:.1%} interval)")
    for arm, result in experiment.arms.items():
        lines.append(f"  arm {arm}: {result.verdict.value}")
        if (chosen := result.scopes.get(CHOSEN)) is not None and chosen.earned is not None:
            lines[-1] += f", {_money(chosen.earned, currency)} a month ({1 - chosen.alpha:.1%} interval)"
        if result.against_policy is not None:
            lines.append(_against_policy(result.against_policy, currency))
    return lines


def _against_policy(directly: Comparison, currency: str) -> str:
    line = f"    against the policy: {directly.verdict.value}"
    if (chosen := directly.scopes.get(CHOSEN)) is not None and chosen.earned is not None:
        line += f", {_money(chosen.earned, currency)} a month more ({1 - chosen.alpha:.1%} interval)"
    return line


def _money(earned: Earned, currency: str) -> str:
    a_month, low, high = (
        ENGLISH.money(each, currency) for each in (earned.a_month_minor, earned.low_minor, earned.high_minor)
    )
    return f"{a_month}, between {low} and {high}"


if __name__ == "__main__":
    run(main)
