"""Audits what was really decided and shown, among groups of customers: ``make fairness-log``.

It joins the decision log with the shop's tables by the pseudonyms of the customers, writes reports/fairness_log.json,
and prints what is sure. The stage `fairness` audits what the policy would do on the test lines of a run.
"""

import argparse
from collections.abc import Iterator

from data import params
from data.errors import UserError
from data.files import write_json
from data.number_format import ENGLISH
from data.stage import run
from training.audit import groups
from training.audit.criteria import Figure
from training.audit.decided import DecidedAudit, audit_log
from training.audit.files import FAIRNESS_LOG
from training.decisions.experiment_files import inputs
from training.decisions.experiment_files.log_files import read_log
from training.evaluation.intervals import Draw
from training.evaluation.measure import Evaluation


def main() -> None:
    """Audit the log.

    Raises
    ------
    UserError
        There is no decision yet, the log was damaged, or the tables are missing.
    """
    parser = argparse.ArgumentParser(prog="python -m training.audit.fairness_log", description=__doc__)
    inputs.add_places(parser)
    given = parser.parse_args()
    log = read_log(given.log)
    if log is None:
        raise UserError(
            expected=f"decisions in the log, {given.log}",
            found="none",
            fix=f"let a checkout ask for decisions, or name the log that has them (--log, {inputs.LOG_VARIABLE})",
        )
    chosen = params.load("evaluation", Evaluation)
    found = groups.of_decisions(log.decisions, given.tables, inputs.pseudonym(given.tables))
    audited = audit_log(log, found, Draw(chosen.bootstrap_resamples, chosen.bootstrap_seed))
    write_json(audited.as_json(), FAIRNESS_LOG)
    for line in summary(audited):
        print(line)


def summary(audited: DecidedAudit) -> Iterator[str]:
    """Say in some lines what was found."""
    number, percent = ENGLISH.number, ENGLISH.percent
    yield (
        f"{number(audited.decisions)} decisions by {', '.join(audited.policies)}, {number(audited.in_holdout)} of them"
        f" in the holdout; {len(audited.groups)} groups; all figures are in {FAIRNESS_LOG}"
    )
    for each in audited.groups:
        rates = [f"{name} {percent(one.value)}" for side in (each.acting, each.holdout) for name, one in side.items()]
        yield f"  {each.attribute} {each.name}: {number(each.decisions)} decisions; {', '.join(rates) or 'no action'}"
    for group, name, figure in audited.apart():
        yield f"surely apart: {group.attribute} {group.name}, {name}: {_difference(figure)}"
    if not audited.apart():
        yield "no group surely differs from the rest, with all groups and actions allowed for"
    if audited.too_small:
        yield f"left out, with fewer than {groups.LEAST_CUSTOMERS} customers: {', '.join(audited.too_small)}"
    if audited.absent:
        yield f"not recorded by this shop: {', '.join(audited.absent)}"


def _difference(figure: Figure) -> str:
    middle, low, high = (
        ENGLISH.points(each) for each in (figure.difference, figure.difference_low, figure.difference_high)
    )
    return f"{ENGLISH.percent(figure.value)}, {middle} points from the rest ({low} to {high})"


if __name__ == "__main__":
    run(main)
