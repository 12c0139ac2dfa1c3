"""The proposal on disk: a summary for people and programs, and the lines of the challenger for the policy's file."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from data.files import write_json, write_text
from training.decisions.learning.proposal import FoundEffect, Proposal
from training.decisions.learning.value import Estimate

SUMMARY: Final = Path("reports/policy_proposal.json")
LINES: Final = Path("reports/policy_proposal.yaml")
LEVEL: Final = 0.95
"""Level of the two-sided intervals in the summary."""


def content(made: Proposal, left_out: Mapping[str, int], costs_left_out: Sequence[str]) -> dict[str, Any]:
    """The summary: what was found, by which rows, and the verdict with each check. Money in minor units a decision.

    ``left_out``: units by why they were. ``costs_left_out``: actions of which not all costs are in the profit.
    """
    return {
        "proposed": made.proposed,
        "checks": [
            {
                "name": each.name,
                "passed": each.passed,
                "value": each.value,
                "bound": each.bound,
                "message": each.message,
            }
            for each in made.checks
        ],
        "learner": made.effects.learner.value,
        "actions": list(made.effects.actions),
        "decisions": dict(zip(("learned_from", "chosen_by", "judged_by"), made.rows, strict=True)),
        "left_out": dict(left_out),
        "costs_left_out": list(costs_left_out),
        "acts_on_share": made.acts,
        "gain": {**_estimate(made.gain), "lower": made.gain.lower(made.level), "level": made.level},
        "gain_over_nothing": {**_estimate(made.over_nothing), "lower": made.over_nothing.lower(made.level)},
        "gain_where_chosen": {each.learner.value: _estimate(each.gain) for each in made.tried},
        "value": {name: _estimate(each) for name, each in made.values.items()},
        "weights": {
            **_estimate(made.support.weights),
            "effective_decisions": made.support.effective,
            "clipped_share": made.support.clipped,
        },
        "effects": {name: _effect(found) for name, found in made.found.items()},
    }


def metrics(made: Proposal) -> dict[str, float]:
    """The figures that the registry keeps, flat."""
    return {
        "gain.value": made.gain.value,
        "gain.lower": made.gain.lower(made.level),
        "gain.over_nothing": made.over_nothing.value,
        "gain.over_nothing_lower": made.over_nothing.lower(made.level),
        "acts_on_share": made.acts,
        "weights.mean": made.support.weights.value,
        "weights.effective_decisions": made.support.effective,
        **{f"qini.{name}": found.qini.coefficient.value for name, found in made.found.items()},
    }


def challenger_lines(name: str, share: float, policy: Path) -> str:
    """The lines that make the effects called ``name`` a challenger arm of the policy in the file ``policy``."""
    return (
        f"# A challenger that passed its checks. Put these lines at the end of {policy}; where it has challengers,\n"
        "# put the item at the end of their list. The policy itself stays as it is.\n"
        "challengers:\n"
        f"  - name: {name}\n"
        f"    share: {share:g}\n"
        f"    learned: {name}\n"
    )


def write(summary: Mapping[str, Any], lines: str | None, *, folder: Path = Path()) -> None:
    """Write the summary, and the lines of the challenger; without ``lines``, those of an earlier proposal go."""
    write_json(summary, folder / SUMMARY)
    if lines is None:
        (folder / LINES).unlink(missing_ok=True)
    else:
        write_text(lines, folder / LINES)


def _estimate(found: Estimate) -> dict[str, float | int | None]:
    """The estimate with its interval; None for what can't be known, as of a policy that was never followed."""
    low, high = found.interval(LEVEL)
    numbers = {"value": found.value, "low": low, "high": high}
    return {**{name: each if math.isfinite(each) else None for name, each in numbers.items()}, "units": found.units}


def _effect(found: FoundEffect) -> dict[str, Any]:
    slope = found.calibration.slope
    return {
        "qini": _estimate(found.qini.coefficient),
        "curve": {"share": found.qini.share.tolist(), "added": found.qini.added.tolist()},
        "predicted": found.calibration.predicted,
        "found": _estimate(found.calibration.found),
        "slope": None if slope is None else _estimate(slope),
        "groups": [{"predicted": each.predicted, **_estimate(each.found)} for each in found.calibration.groups],
    }
