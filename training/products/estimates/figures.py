"""The figures of every item of the report: counts, rate with its interval, expected rate, and money."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from scipy.special import expit, logit

from data.arrays import Bools, Floats, Ints
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence, grouped, sums
from training.products.estimates.rates import EDGE, Posterior, Prior, posterior

RATE_QUANTILES = {"rate_low80": 0.1, "rate_high80": 0.9, "rate_low95": 0.025, "rate_high95": 0.975}


@dataclass(frozen=True)
class Group:
    """The lines ``chosen`` (bool of shape (n,)), grouped by ``codes`` (int64 of shape (n,), -1: in no group)."""

    chosen: Bools
    codes: Ints
    count: int
    evidence: Evidence
    """The evidence of all n lines; only the chosen ones count."""

    def sums(self, values: Floats | Bools) -> Floats:
        """Add up a value of the lines by group, shape (count,)."""
        return sums(values[self._rows], self._codes, self.count)

    def grouped(self, visible: Floats) -> Evidence:
        """Add up the evidence by group."""
        return grouped(self.evidence.take(self._rows), visible[self._rows], self._codes, self.count)

    def lines(self) -> Ints:
        """Count the lines of each group, shape (count,)."""
        return np.bincount(self._codes, minlength=self.count)

    @cached_property
    def _rows(self) -> Ints:
        return np.flatnonzero(self.chosen & (self.codes >= 0))

    @cached_property
    def _codes(self) -> Ints:
        return self.codes[self._rows]


@dataclass(frozen=True)
class Rates:
    """Rates and expected rates of the m groups that have lines, shape (m,); ``places``: the codes of these groups."""

    places: Ints
    posterior: Posterior
    expected: Floats


def rates(context: Context, group: Group, prior: Prior, shift: Floats | None = None) -> Rates:
    """Estimate the rate of each group that has lines; a group whose lines are all too young keeps the prior.

    Parameters
    ----------
    shift
        How far, in log-odds, a group is expected to lie above its lines' expected rate, shape (count,): rates are
        shrunk towards the shifted rate. None: no shift.
    """
    evidence = group.grouped(context.visible)
    count = group.lines()
    places = np.flatnonzero(count)
    every = group.sums(group.evidence.expected)[places] / count[places]
    found = evidence.take(places)
    found = Evidence(found.returned, found.kept, np.where(np.isnan(found.expected), every, found.expected))
    towards = found if shift is None else shifted(found, shift[places])
    return Rates(places, posterior(towards, prior), found.expected)


def shifted(evidence: Evidence, shift: Floats) -> Evidence:
    """Move the expected rates by ``shift`` in log-odds."""
    moved = expit(logit(np.clip(evidence.expected, EDGE, 1.0 - EDGE)) + shift)
    return Evidence(evidence.returned, evidence.kept, np.asarray(moved, dtype=np.float64))


def shift_of(found: Rates, count: int) -> Floats:
    """Give how far each of ``count`` groups lies above its expected rate, in log-odds; 0 for groups without lines."""
    out = np.zeros(count)
    out[found.places] = logit(np.clip(found.posterior.mean, EDGE, 1 - EDGE)) - logit(
        np.clip(found.expected, EDGE, 1 - EDGE)
    )
    return out


def columns(context: Context, group: Group, found: Rates) -> dict[str, Floats | Ints | pa.Array]:
    """Make the columns ``lines`` to ``excess_cost_minor`` of `columns.ITEMS`, one row for each group with lines."""
    of = context.lines
    places, mean = found.places, found.posterior.mean
    lines = group.lines()[places]
    closed = group.sums(of.closed)[places]
    open_lines = group.sums(~of.closed & ~of.returned)[places]
    closed_returned = group.sums(of.closed & of.returned)[places]
    excess = mean - found.expected
    cost = mean_cost(context, group)[places]
    return {
        "lines": lines,
        "closed_lines": closed.astype(np.int64),
        "returned_lines": group.sums(of.returned)[places].astype(np.int64),
        "unsettled_share": open_lines / lines,
        "closed_rate": or_null(np.divide(closed_returned, closed, out=np.full(len(closed), np.nan), where=closed > 0)),
        "rate": mean,
        **{name: found.posterior.quantile(q) for name, q in RATE_QUANTILES.items()},
        "expected_rate": found.expected,
        "excess_rate": excess,
        "excess_returns": excess * lines,
        "excess_probability": found.posterior.above(found.expected),
        "return_cost_minor": mean * lines * cost,
        "excess_cost_minor": excess * lines * cost,
    }


def mean_cost(context: Context, group: Group) -> Floats:
    """Give the mean cost of a return of each group, in minor units: lines weigh by their probability of a return."""
    weight = group.evidence.expected
    total = group.sums(weight)
    return np.divide(group.sums(weight * context.return_cost), total, out=np.zeros(group.count), where=total > 0)


def or_null(values: Floats) -> pa.Array:
    """Make an Arrow column, null where NaN."""
    return pa.array(values, mask=np.isnan(values))
