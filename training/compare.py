"""All experiments side by side: what each changed, and its headline metrics. ``make compare`` runs it.

``python -m training.compare --markdown main`` instead writes what differs from a revision, as the comment of a pull
request.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

from rich.console import Console

from data.errors import UserError
from data.stage import run
from training.registry.gate import read_verdict
from training.report.experiments import experiments, table
from training.report.pull_request import comment

WIDTH = 120


def main() -> None:
    """Print the table, or the comment.

    Raises
    ------
    UserError
        DVC can't list the experiments or the differences; no verdict of the gate is there.
    """
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__)
    parser.add_argument(
        "--markdown", metavar="REV", help="write Markdown: what differs from this branch, tag or commit"
    )
    against = parser.parse_args().markdown
    if against is not None:
        metrics = _dvc(f"to compare with {against}", "metrics", "diff", "--all", against)
        params = _dvc(f"to compare with {against}", "params", "diff", against)
        print(comment(against, metrics, params, read_verdict().refusals), end="")
        return
    listed = _dvc("to list the experiments of this clone", "exp", "show")
    Console(width=WIDTH, highlight=False).print(table(experiments(listed)))


def _dvc(expected: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", "dvc", *arguments, "--json"]
    given = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - DVC
    if given.returncode:
        raise UserError(
            expected=f"DVC {expected}",
            found=given.stderr.strip().splitlines()[0] if given.stderr.strip() else "no answer",
            fix="run it in the project's folder, after a first commit, with a revision that git knows",
        )
    return json.loads(given.stdout)


if __name__ == "__main__":
    run(main)
