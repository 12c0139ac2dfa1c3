"""Concentration: the sizes or colors that most of a product's excess returns for one reason are of, and their week."""

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np
from scipy.stats import binom

from data.arrays import Floats, Ints
from features.language.sizes import read_size
from training.products.estimates.context import Context
from training.products.estimates.evidence import Evidence, sums
from training.products.estimates.rates import EDGE
from training.products.findings.reasons import Study
from training.products.findings.rises import WEEK_DAYS, by_week
from training.products.findings.spikes import Outcome, find

_MOST = 0.8
"""Least share of the excess returns that the named values make up."""
_AT_MOST = 3
"""More values than this are not named: they are nearly all."""
_BY_CHANCE = 0.05
"""Significance level: values are named where the p-value of their share of the returns is below this."""


@dataclass(frozen=True)
class Carriers:
    """The lines of the longest period by product, and each line's expected probability of a return for a reason."""

    context: Context
    studied: Study

    @cached_property
    def _by_product(self) -> tuple[Ints, Ints]:
        rows = np.flatnonzero(self.context.longest)
        product = self.context.lines.product[rows]
        starts = np.searchsorted(np.sort(product), np.arange(len(self.context.lines.names.product) + 1))
        return rows[np.argsort(product, kind="stable")], starts

    def rows(self, product: int) -> Ints:
        """Give the product's lines of the longest period."""
        rows, starts = self._by_product
        return rows[starts[product] : starts[product + 1]]

    def sizes(self, product: int, place: int) -> list[str]:
        """Name the sizes that carry the excess returns, in the order of sizes; none where all or many do.

        Parameters
        ----------
        place
            Place of the reason in `features.language.reasons.REASONS`.
        """
        codes, _ = self._carriers(product, place, self.context.lines.size, _AT_MOST)
        return sorted((self.context.lines.names.size[code] for code in codes), key=_size_order)

    def value(self, product: int, place: int) -> list[str]:
        """Name the one color or size that carries the excess returns; an empty list where there is none."""
        lines = self.context.lines
        found = [
            (chance, labels[code])
            for values, labels in ((lines.color, lines.names.color), (lines.size, lines.names.size))
            for codes, chance in (self._carriers(product, place, values, 1),)
            for code in codes
        ]
        return [min(found)[1]] if found else []

    def since(self, products: Ints, place: int, scale: float) -> Floats:
        """Find the week from which on each of ``products`` (ascending codes) comes back more for the reason.

        Parameters
        ----------
        scale
            The overdispersion of returns, from `training.products.findings.spikes.Spikes`.

        Returns
        -------
        Floats
            Days since 1970, shape (len(products),); NaN where no rise is found.
        """
        prior, params = self.studied.priors[place], self.context.params
        if prior is None or not len(products):
            return np.full(len(products), np.nan)
        lines = self.context.lines
        rows = np.flatnonzero(np.isin(lines.product, products))
        weekly = by_week(
            np.searchsorted(products, lines.product[rows]),
            lines.day[rows],
            self._of_reason(rows, place),
            self.context.visible[rows],
            until_day=lines.until,
            shape=(len(products), int(params.longest_days // WEEK_DAYS)),
        )
        return find([Outcome(place, weekly, prior)], scale, params.false_discovery_rate).since_day

    def _of_reason(self, rows: Ints, place: int) -> Evidence:
        """Weigh lines for the reason: see `training.products.findings.reasons`."""
        lines, whole = self.context.lines, self.context.evidence.take(rows)
        returned = (lines.reason[rows] == place).astype(np.float64)
        return Evidence(returned, whole.kept + whole.returned - returned, self._expected(rows, place))

    def _expected(self, rows: Ints, place: int) -> Floats:
        product = self.context.lines.product[rows]
        part = self.studied.expected[:, place] / self.context.products.expected
        return np.asarray(self.context.expected[rows] * part[product], dtype=np.float64)

    def _carriers(self, product: int, place: int, values: Ints, at_most: int) -> tuple[list[int], float]:
        """Find the fewest sizes or colors that make up most of the excess returns, if they are few and significant.

        The p-value is the probability that so large a part of the returns falls to as many values by chance, for any
        choice of these values. Gives the codes, the largest first (none where not significant), and the p-value.
        """
        codes, returned, expected = self._by_value(product, place, values)
        surplus = np.maximum(returned - expected, 0.0)
        order = np.argsort(-surplus, kind="stable")
        needed = int(np.searchsorted(np.cumsum(surplus[order]), _MOST * surplus.sum())) + 1
        few = order[:needed]
        if needed > at_most or needed >= len(codes):
            return [], 1.0
        part = expected[few].sum() / expected.sum()
        chance = float(binom.sf(returned[few].sum() - 1, returned.sum(), part)) * comb(len(codes), needed)
        return (codes[few].tolist(), chance) if chance < _BY_CHANCE else ([], chance)

    def _by_value(self, product: int, place: int, values: Ints) -> tuple[Ints, Floats, Floats]:
        """Give returns for the reason and expected returns by size or color: codes, and two arrays of their shape."""
        rows = self.rows(product)
        rows = rows[values[rows] >= 0]
        codes, of = np.unique(values[rows], return_inverse=True)
        # Without returns of others for this reason, its expected returns are spread over values like all returns.
        expected = self.context.visible[rows] * np.maximum(self._expected(rows, place), EDGE)
        returned = (self.context.lines.reason[rows] == place).astype(np.float64)
        return codes, sums(returned, of, len(codes)), sums(expected, of, len(codes))


def _size_order(label: str) -> tuple[float, str]:
    value = read_size(label).value
    return (np.inf if value is None else value, label)
