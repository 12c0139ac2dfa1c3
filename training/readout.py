"""Stage experiment: read out the decision log that goes with the data, as `make readout` reads out that of now.

The log lies in the folder that ``experiment.log`` names. Without a decision in it, the read-out says so.
"""

from pathlib import Path

from data import params, tables
from data.errors import UserError
from data.predicted import columns as predicted
from data.stage import run
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment_files import reading, report


def main() -> None:
    """Read out the log by the tables of this run.

    Raises
    ------
    UserError
        There is no such folder, or as `training.decisions.experiment_files.reading.read`.
    """
    folder = Path(params.load("experiment", ExperimentParams).log)
    if not folder.is_dir():
        raise UserError(
            expected=f"a folder at {folder}, which experiment.log in params.yaml names",
            found="no folder there",
            fix="make it, or name that of the decision log; it may be empty",
        )
    reading.read(folder, tables.VALIDATED, folder / predicted.FILE, report.OF_STAGE)


if __name__ == "__main__":
    run(main)
