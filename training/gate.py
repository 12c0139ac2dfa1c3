"""Stage gate: refuse a model that does not beat every baseline, is out of calibration, or looks like a leak.

The verdict is written in both cases. A refusal ends the stage with exit code 1, so that nothing is registered.
"""

from dataclasses import asdict

from data import params
from data.errors import UserError
from data.files import write_json
from data.stage import run
from training.registry.gate import VERDICT_FILE, Gate, read_metrics, verdict


def main() -> None:
    """Judge the model that was evaluated last, and write the verdict.

    Raises
    ------
    UserError
        The model is refused: the message lists every check that failed and by how much.
    """
    checks = verdict(read_metrics(), params.load("gate", Gate))
    refusals = [check.message for check in checks if not check.passed]
    write_json({"passed": not refusals, "checks": [asdict(check) for check in checks]}, VERDICT_FILE)
    if refusals:
        raise UserError(
            expected="a model that the gate lets through to the registry",
            found="".join(f"\n          - {message}" for message in refusals).lstrip(),
            fix=f"see reports/report.html and {VERDICT_FILE}; the bounds are the section gate of params.yaml",
        )
    print(f"gate: passed, {len(checks)} checks")
    for check in checks:
        if check.bound is not None:
            print(f"  {check.message}")


if __name__ == "__main__":
    run(main)
