"""What was decided and shown, by the decision log: the measures of it, and the groups of customers compared by them.

A row is a decision. Arms that act, and the holdout, are measured apart: nothing is shown in the holdout, and what the
policy chose there is what it would have done.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.arrays import Bools
from data.logged.decisions import HOLDOUT, Did
from training.audit.criteria import Figure, Measure, compare
from training.audit.groups import Group, Groups
from training.decisions.experiment.log import Log
from training.evaluation.intervals import Draw

ANY = "any action"


@dataclass(frozen=True)
class DecidedGroup:
    """One group: its decisions and customers, and the shares of its decisions with an action, by `measures`.

    ``acting``: in the arms that act. ``holdout``: what was chosen there, and not shown.
    """

    attribute: str
    name: str
    decisions: int
    customers: int
    acting: Mapping[str, Figure]
    holdout: Mapping[str, Figure]


@dataclass(frozen=True)
class DecidedAudit:
    """The groups, those left out as too small, the columns that the shop does not record, and the policies by name.

    ``decisions``: how many the log has, ``in_holdout`` of them in the holdout.
    """

    decisions: int
    in_holdout: int
    policies: tuple[str, ...]
    groups: tuple[DecidedGroup, ...]
    too_small: tuple[str, ...]
    absent: tuple[str, ...]

    def apart(self) -> list[tuple[DecidedGroup, str, Figure]]:
        """The groups that surely differ from the rest in the arms that act, with the measure, largest first."""
        found = [(each, name, one) for each in self.groups for name, one in each.acting.items() if one.surely > 0]
        return sorted(found, key=lambda each: -each[2].surely)

    def as_json(self) -> dict[str, Any]:
        """As reports/fairness_log.json has it."""
        return {**asdict(self), "surely_apart": len(self.apart())}


def audit_log(log: Log, groups: Groups, draw: Draw) -> DecidedAudit:
    """Audit the decisions of ``log``, whose groups are in the order of its decisions."""
    acting, holdout = measures(log)
    sides = [compare(groups, each, each.keys(), draw) for each in (acting, holdout)]
    return DecidedAudit(
        len(log.decisions),
        int((log.decisions["arm"] == HOLDOUT).sum()),
        tuple(sorted(log.decisions["policy_name"].unique())),
        tuple(
            _group(each, groups, *(side.get((each.attribute, each.name), {}) for side in sides))
            for each in groups.large
        ),
        groups.too_small,
        groups.absent,
    )


def measures(log: Log) -> tuple[dict[str, Measure], dict[str, Measure]]:
    """The measures of the decisions in the arms that act, and of those in the holdout.

    ``decided NAME``: the checkout was told to take this action. ``shown NAME``: it reported that it did; without a
    report in the whole log there is no such measure. ``chosen NAME``: the policy would have taken it.
    """
    decided = log.decisions
    holdout = (decided["arm"] == HOLDOUT).to_numpy(dtype=bool)
    shown = decided["decision_id"].isin(log.reactions.loc[log.reactions["did"] == Did.SHOWN, "decision_id"])
    acting = _of_actions("decided", decided["action"], ~holdout)
    if shown.any():
        acting |= _of_actions("shown", decided["action"].where(shown, None), ~holdout)
    return acting, _of_actions("chosen", decided["chosen"], holdout)


def _of_actions(word: str, actions: pd.Series, inside: Bools) -> dict[str, Measure]:
    """A measure of each action that occurs ``inside``, and one of any of them."""
    names = sorted(actions[inside].dropna().unique())
    found = {f"{word} {ANY}": actions.notna()} if names else {}
    found |= {f"{word} {name}": actions == name for name in names}
    return {name: Measure(values.to_numpy(dtype=np.bool_).astype(np.float64), inside) for name, values in found.items()}


def _group(group: Group, groups: Groups, acting: Mapping[str, Figure], holdout: Mapping[str, Figure]) -> DecidedGroup:
    customers = len(np.unique(groups.customer[group.mask]))
    return DecidedGroup(group.attribute, group.name, int(group.mask.sum()), customers, acting, holdout)
