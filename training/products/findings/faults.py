"""Faults that the reasons of returns show: runs small, runs large, defective, not as described.

A fault is found where its reason's rate lies above ``fault_ratio`` times the expected one with a probability of at
least ``min_probability``. One minus that probability is the local false discovery rate (Efron 2004,
doi:10.1198/016214504000000089): of all faults found, the share of false ones is at most 1 - ``min_probability`` on
average, for any number of products.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.arrays import Bools, Floats, Ints
from data.schema import Reason
from features.language.reasons import REASONS
from training.products.columns import FAULTS
from training.products.estimates.context import Context
from training.products.estimates.lines import NONE
from training.products.findings.reasons import Study, fit_priors, products, study

REASON_OF = {
    "runs_small": Reason.SIZE_TOO_SMALL,
    "runs_large": Reason.SIZE_TOO_LARGE,
    "defective": Reason.DEFECTIVE,
    "not_as_described": Reason.NOT_AS_DESCRIBED,
}
"""The reason that customers give for each fault."""


@dataclass(frozen=True)
class Faults:
    """Every product and fault, in the order of `FAULTS`: shape (products, len(FAULTS)).

    ``probability`` and ``excess_cost_minor`` are NaN for products without lines in the longest period.
    """

    probability: Floats
    excess_cost_minor: Floats
    found: Bools

    @property
    def top(self) -> Ints:
        """The place in `FAULTS` of each product's costliest fault found, -1 without one; shape (products,)."""
        cost = np.where(self.found, self.excess_cost_minor, -np.inf)
        return np.where(self.found.any(axis=1), cost.argmax(axis=1), NONE)


def look(context: Context) -> Study:
    """Study the reasons of all products over the longest period."""
    items = products(context, context.longest)
    return study(items, fit_priors(items), context.params.fault_ratio)


def faults(studied: Study, min_probability: float) -> Faults:
    """Find the faults of each product; ``studied``: all products, from `look`."""
    places = [REASONS.index(REASON_OF[fault]) for fault in FAULTS]
    probability = studied.unusual[:, places]
    return Faults(probability, studied.excess_cost_minor[:, places], probability >= min_probability)


def columns(found: Faults) -> dict[str, pa.Array]:
    """Give the columns of `training.products.columns.ITEMS` about the costliest fault, by product code."""
    top = found.top
    none = top == NONE
    probability = np.take_along_axis(found.probability, np.maximum(top, 0)[:, None], axis=1)[:, 0]
    return {
        "fault": pa.array(FAULTS, pa.string()).take(pa.array(top, mask=none)),
        "fault_probability": pa.array(probability, mask=none),
    }
