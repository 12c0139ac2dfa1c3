"""Membership attack: how well scores tell whether a line, or a customer, was in the training.

Training lines are earlier than test lines, and drift alone tells these apart. So the attack is made on models that
learned from one half of the customers, dealt by chance: members and others are of the same time, and differ in nothing
else. All attacks know the scores; most also know the outcomes, which a shop knows of its own customers.

- loss: members have smaller losses (Yeom et al., CSF 2018);
- confidence: members are scored farther from one half; no outcome is needed (Salem et al., NDSS 2019);
- reference: members have smaller losses than by a model that learned from the other half, so that lines which are easy
  for every model do not count (Watson et al., ICLR 2022). Nobody outside of the shop has such a model: it is the
  strongest attack here, and an upper bound;
- loss and reference by customer: the same, by the mean over a customer's lines.

The figure is the ROC AUC: 0.5 is guessing.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

from data.arrays import Bools, Floats, Ints
from training.evaluation.intervals import Draw, ranking_intervals
from training.evaluation.metrics import log_losses, roc_auc

SERVED = ("loss", "confidence", "loss_by_customer")
"""The attacks that need scores and outcomes alone: whoever has them can make these."""
WORD = re.compile(rb"[\w.:-]+")


@dataclass(frozen=True)
class Attack:
    """The ROC AUC with which members are told from others, with an interval of 95% from resampled customers."""

    roc_auc: float
    low: float
    high: float


@dataclass(frozen=True)
class Attacked:
    """Scores of n lines: ``p`` of the attacked model, ``reference`` of one that learned from the others' lines.

    ``y``: outcomes, 0 or 1. ``member``: the attacked model learned from the line. ``customer``: a number from 0, all of
    whose lines are members, or none. Shape (n,) each.
    """

    y: Floats
    p: Floats
    reference: Floats
    member: Bools
    customer: Ints


@dataclass(frozen=True)
class Membership:
    """What the attacks found, on ``lines`` of ``customers``; ``ids_in_bundle``: how many customers the bundle names."""

    lines: int
    customers: int
    attacks: Mapping[str, Attack]
    ids_in_bundle: int

    def as_json(self) -> dict[str, Any]:
        """As reports/membership.json has it; ``at_least``: the highest lower end of the intervals of `SERVED`."""
        return {**asdict(self), "at_least": max(self.attacks[name].low for name in SERVED)}


def attacks(given: Attacked, draw: Draw) -> dict[str, Attack]:
    """Attack the model in each way.

    Raises
    ------
    UndefinedMetricError
        All lines are of members, or none.
    """
    loss = log_losses(given.y, given.p)
    relative = log_losses(given.y, given.reference) - loss
    by_line = {"loss": -loss, "confidence": np.abs(given.p - 1 / 2), "reference": relative}
    found = {
        name: _attack(signal, given.member.astype(np.float64), given.customer, draw) for name, signal in by_line.items()
    }
    lines = np.bincount(given.customer)
    is_member = (np.bincount(given.customer, given.member) > 0).astype(np.float64)
    people = np.arange(len(lines), dtype=np.int64)
    for name, signal in {"loss": -loss, "reference": relative}.items():
        of_customer = np.bincount(given.customer, signal) / lines
        found[f"{name}_by_customer"] = _attack(of_customer, is_member, people, draw)
    return found


def _attack(signal: Floats, member: Floats, customer: Ints, draw: Draw) -> Attack:
    """The AUC of ``signal``; its ranks stand for it, since a ranking takes values between 0 and 1."""
    ranks = (rankdata(signal) - 1) / len(signal)
    ends = ranking_intervals(member, ranks, customer, draw)["roc_auc"]
    return Attack(roc_auc(member, ranks), ends.low, ends.high)


def ids_in(folder: Path, ids: Collection[str]) -> int:
    """How many of ``ids`` stand as a word in any file of ``folder``."""
    wanted = {each.encode() for each in ids}
    files = (path for path in folder.rglob("*") if path.is_file())
    return len({word for file in files for word in WORD.findall(file.read_bytes())} & wanted)
