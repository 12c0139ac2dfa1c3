"""Reads out the experiments in the decision log: ``python -m training.experiment``, or ``make readout``.

It joins what was decided with the orders and returns in the shop's tables, and writes what the policy changed against
the holdout into reports/experiment.json and reports/experiment. The stage `training.readout` does the same with a log
that goes with the data. This is a command, as `make outcomes` is, for the log that grows while the service runs.
"""

import argparse

from data import params
from data.number_format import ENGLISH
from data.stage import run
from training.decisions.experiment.earned import Earned
from training.decisions.experiment.readout import ACTION, CHOSEN, Comparison, Experiment
from training.decisions.experiment_files import inputs, reading, report
from training.decisions.experiment_files.placed_orders import PREDICTED
from training.products.params import ProductParams


def main() -> None:
    """Read out the log into the project's reports.

    Raises
    ------
    UserError
        The log was damaged, or the tables are missing.
    """
    parser = argparse.ArgumentParser(prog="python -m training.experiment", description=__doc__)
    inputs.add_places(parser)
    given = parser.parse_args()
    made = reading.read(given.log, given.tables, PREDICTED, report.OF_COMMAND)
    for line in summary(made.experiments, made.later, params.load("products", ProductParams).currency):
        print(line)


def summary(experiments: list[Experiment], later: int, currency: str) -> list[str]:
    """Say in some lines what came out; ``later``: decisions after the end of the tables."""
    if not experiments:
        return [report.state(experiments, later)]
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
    run(main, long=True)
