"""From a folder of the decision log and the shop's tables to the read-out on disk."""

from pathlib import Path

from data import params
from data.logs import log
from data.outcome import OutcomeParams
from training.costs import Costs
from training.decisions.experiment.action_costs import unknown_costs
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.readout import Experiment, read_out
from training.decisions.experiment_files import inputs, report
from training.decisions.experiment_files.log_files import read_log
from training.decisions.experiment_files.placed_orders import read_placed
from training.decisions.experiment_files.report import Files


def read(decisions: Path, folder: Path, scored: Path, files: Files) -> list[Experiment]:
    """Read out the log in the folder ``decisions`` by the tables in ``folder``, and write ``files``.

    Parameters
    ----------
    scored
        The predictions with outcomes, which tell the orders of guests; there may be none.

    Returns
    -------
    list of Experiment
        The latest first; none where there is no decision, and then the tables are not read.

    Raises
    ------
    UserError
        The log was damaged, or the tables are missing.
    """
    chosen = params.load("experiment", ExperimentParams)
    decided = read_log(decisions)
    if decided is None:
        log.info("%s: %s", decisions, report.NONE_YET)
        report.write([], None, 0, [], chosen, files)
        return []
    placed = read_placed(folder, params.load("outcome", OutcomeParams), inputs.pseudonym(folder), scored)
    prices = inputs.costs_of_actions()
    made = read_out(decided, placed, params.load("costs", Costs), chosen, prices)
    left_out = unknown_costs(decided.decisions, prices)
    report.write(made, placed.as_of, decided.twice, left_out, chosen, files)
    log.info("%s: %d decisions, %d experiments", files.summary, len(decided.decisions), len(made))
    if left_out:
        log.warning("what these actions cost is not taken from their profit: %s", ", ".join(left_out))
    return made
