"""Which lines an action is about, for many baskets at once: what `training.decisions.rules` finds for one."""

from typing import Final

import numpy as np

from data.arrays import Bools, Floats
from data.errors import UserError
from tests.benchmarks.closed_loop.visits import FAULTS, Lines, columns_of
from training.decisions.policy import Action, Bounds

_KNOWN: Final = {"probability", "value_minor", "reasons", "bracket", "other_size", "faults"}


def about(action: Action, lines: Lines) -> Bools:
    """Mark the lines that ``action`` is about, bool of shape (lines,).

    Raises
    ------
    UserError
        The action has a condition of which the simulated visits know nothing.
    """
    rules = action.lines
    named = {name for name in type(rules).model_fields if getattr(rules, name) not in (None, False, {})}
    if named - _KNOWN:
        fix = "take the condition out of the policy, or give the visits what it looks at"
        raise UserError(expected=f"conditions among {sorted(_KNOWN)}", found=f"{sorted(named - _KNOWN)}", fix=fix)
    found = np.ones(len(lines.value), dtype=np.bool_)
    if rules.probability is not None:
        found &= _within(rules.probability, lines.probability)
    if rules.value_minor is not None:
        found &= _within(rules.value_minor, lines.value)
    if rules.reasons is not None:
        found &= lines.scored[:, columns_of(rules.reasons.of)].sum(axis=1) >= rules.reasons.least
    if rules.bracket is not None:
        found &= lines.several_sizes if rules.bracket == "size" else lines.several_colors
    if rules.other_size:
        found &= lines.other_size
    if rules.faults is not None:
        found &= lines.faulty & (not FAULTS.isdisjoint(rules.faults))
    return found


def _within(bounds: Bounds, value: Floats) -> Bools:
    found = np.ones(len(value), dtype=np.bool_)
    if bounds.least is not None:
        found &= value >= bounds.least
    if bounds.most is not None:
        found &= value <= bounds.most
    return found
