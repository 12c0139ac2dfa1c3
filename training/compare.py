"""All experiments side by side: what each changed, and its headline metrics. ``make compare`` runs it."""

import json
import subprocess
import sys

from rich.console import Console

from data.errors import UserError
from data.stage import run
from training.report.experiments import experiments, table

WIDTH = 120


def main() -> None:
    """Print the table.

    Raises
    ------
    UserError
        DVC can't list the experiments.
    """
    command = [sys.executable, "-m", "dvc", "exp", "show", "--json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - DVC
    if listed.returncode:
        raise UserError(
            expected="DVC to list the experiments of this clone",
            found=listed.stderr.strip().splitlines()[-1] if listed.stderr.strip() else "no answer",
            fix="run it in the project's folder, after a first commit; see dvc exp show",
        )
    Console(width=WIDTH, highlight=False).print(table(experiments(json.loads(listed.stdout))))


if __name__ == "__main__":
    run(main)
