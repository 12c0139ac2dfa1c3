"""From a folder of the decision log and the shop's tables to the read-out on disk."""

from pathlib import Path
from typing import NamedTuple

from data import params
from data.logs import log
from data.outcome import OutcomeParams
from data.progress.steps import step
from data.times import iso
from training.costs import Costs
from training.decisions.experiment.action_costs import unknown_costs
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.readout import Experiment, read_out
from training.decisions.experiment_files import inputs, report
from training.decisions.experiment_files.log_files import read_log
from training.decisions.experiment_files.placed_orders import read_placed
from training.decisions.experiment_files.report import Files


class Made(NamedTuple):
    """The experiments of a log, the latest first; ``later``: decisions after the end of the tables, in none of them."""

    experiments: list[Experiment]
    later: int = 0


def read(decisions: Path, folder: Path, scored: Path, files: Files) -> Made:
    """Read out the log in the folder ``decisions`` by the tables in ``folder``, and write ``files``.

    Parameters
    ----------
    scored
        The predictions with outcomes, which tell the orders of guests; there may be none.

    Returns
    -------
    Made
        Without experiments where there is no decision, and then the tables are not read.

    Raises
    ------
    UserError
        The log was damaged, or the tables are missing.
    """
    chosen = params.load("experiment", ExperimentParams)
    with step("decision log"):
        decided = read_log(decisions)
    if decided is None:
        log.info("%s: %s", decisions, report.NONE_YET)
        report.write([], None, 0, [], chosen, files)
        return Made([])
    placed = read_placed(folder, params.load("outcome", OutcomeParams), inputs.pseudonym(folder), scored)
    prices = inputs.costs_of_actions()
    made = read_out(decided, placed, params.load("costs", Costs), chosen, prices)
    left_out = unknown_costs(decided.decisions, prices)
    later = int((decided.decisions["decided_at"] > placed.as_of).sum())
    report.write(made, placed.as_of, decided.twice, left_out, chosen, files, later)
    log.info("%s: %d decisions, %d experiments", files.summary, len(decided.decisions), len(made))
    if later:
        log.warning(
            "%d decisions are later than the tables, which end at %s: they don't count", later, iso(placed.as_of)
        )
    if left_out:
        log.warning("what these actions cost is not taken from their profit: %s", ", ".join(left_out))
    return Made(made, later)
