"""Stage gate: judge whether a model beats every baseline, is in calibration, fair and private, and no leak.

The verdict is data: a refused model ends no run, so that its reports, its product pages and its row among the
experiments are there to look at. It is not registered, and so never serves. ``python -m training.gate --last`` ends
with exit code 1 where the last verdict is a refusal, for whoever asks.
"""

import argparse
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from data import params
from data.errors import UserError
from data.files import write_json
from data.stage import run
from training.registry.gate import (
    REFUSALS_FILE,
    VERDICT_FILE,
    Gate,
    read_audits,
    read_evaluation,
    read_verdict,
    verdict,
)

WIDTH = 120


def main() -> None:
    """Judge the model that was evaluated last, write the verdict, and print it.

    Raises
    ------
    UserError
        With ``--last``, the model is refused: the message lists every check that failed and by how much. Or the file of
        an earlier stage is missing.
    """
    parser = argparse.ArgumentParser(prog="python -m training.gate", description=__doc__)
    parser.add_argument("--last", action="store_true", help="end with an error where the last verdict is a refusal")
    if parser.parse_args().last:
        require_passed(read_verdict().refusals)
    else:
        judge()


def judge() -> None:
    """Judge the model that was evaluated last, write the verdict, and print it."""
    checks = verdict(read_evaluation() | read_audits(), params.load("gate", Gate))
    refusals = [check.message for check in checks if not check.passed]
    write_json({"passed": not refusals, "checks": [asdict(check) for check in checks]}, VERDICT_FILE)
    write_json({"refusals": len(refusals)}, REFUSALS_FILE)  # for tables of experiments, which hold numbers
    if refusals:
        print(f"gate: refused, {len(refusals)} of {len(checks)} checks failed; the model will not be registered")
    else:
        print(f"gate: passed, {len(checks)} checks")
    for message in refusals or [check.message for check in checks if check.bound is not None]:
        print(textwrap.fill(message, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False))


def require_passed(refusals: Sequence[str]) -> None:
    """Raise where there are refusals."""
    if refusals:
        raise UserError(
            expected="a model that the gate lets through to the registry",
            found="".join(f"\n          - {message}" for message in refusals).lstrip(),
            fix=f"see reports/report.html and {VERDICT_FILE}; the bounds are the section gate of params.yaml",
        )


if __name__ == "__main__":
    run(main)
