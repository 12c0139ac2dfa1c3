"""The input of every table of the product report: the lines, what is known of them by now, and what is expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from data.arrays import Bools, Floats
from features.catalog import LINES_FILE, CatalogEntry
from training.costs import Costs, return_cost
from training.model.booster import ModelParams
from training.products.estimates.evidence import Evidence, grouped, of_lines
from training.products.estimates.expectation import expected
from training.products.estimates.lines import ReportLines
from training.products.estimates.rates import Prior, fit_prior
from training.products.estimates.settling import Delays, delays, visible
from training.products.params import ProductParams

COVERED = 0.95
"""Share of a period that the history has to cover, so that the period may be compared."""


@dataclass(frozen=True)
class Context:
    """n lines as known at the report's moment; arrays of shape (n,).

    ``delays``: how late returns become known. ``visible``: P(a return is known by now). ``expected``: the probability
    of a return expected without the product's own history; ``expected_of_buyers``: without the category either.
    """

    lines: ReportLines
    delays: Delays
    visible: Floats
    expected: Floats
    expected_of_buyers: Floats
    params: ProductParams
    costs: Costs

    def within(self, days: float, until_days_ago: float = 0.0) -> Bools:
        """Choose the lines ordered in the ``days`` days that end ``until_days_ago`` days before the latest order."""
        until = self.lines.until - until_days_ago
        return (self.lines.day > until - days) & (self.lines.day <= until)

    def covers(self, days: float, until_days_ago: float = 0.0) -> bool:
        """Whether the shop's history covers (nearly all of) this period, so that its figures may be compared."""
        first = self.lines.until - until_days_ago - COVERED * days
        return bool(len(self.lines)) and bool(self.lines.day.min() <= first)

    @cached_property
    def longest(self) -> Bools:
        """The lines of the longest period."""
        return self.within(self.params.longest_days)

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence of each line, against the expected rate without the product's own history."""
        return of_lines(self.lines.returned, self.visible, self.expected)

    @cached_property
    def evidence_of_buyers(self) -> Evidence:
        """The evidence of each line, against the expected rate of its buyers only."""
        return of_lines(self.lines.returned, self.visible, self.expected_of_buyers)

    @cached_property
    def products(self) -> Evidence:
        """The evidence of each product, from its lines of the longest period."""
        chosen = self.longest
        codes = self.lines.product[chosen]
        return grouped(self.evidence.take(chosen), self.visible[chosen], codes, len(self.lines.names.product))

    @cached_property
    def prior(self) -> Prior:
        """How far products' rates lie from their expected rates, learned over the longest period."""
        return fit_prior(self.products)

    @cached_property
    def return_cost(self) -> Floats:
        """The cost of a return of each line, in minor units."""
        return np.asarray(return_cost(self.lines.value_minor, self.costs), dtype=np.float64)


@dataclass(frozen=True)
class Rules:
    """The parameters of a report, and the catalog of the matrix."""

    products: ProductParams
    model: ModelParams
    costs: Costs
    catalog: Sequence[CatalogEntry]


def context_of(lines: ReportLines, rules: Rules, matrix: Path = LINES_FILE) -> Context:
    """Learn the delays of returns and the expected rate of each line, from these lines only.

    Raises
    ------
    UserError
        No line is closed, or all closed lines have the same outcome.
    """
    late = delays(lines)
    seen = visible(lines, late)
    found = expected(lines, seen, rules.catalog, rules.products, rules.model, matrix)
    return Context(lines, late, seen, found.alike, found.buyers, rules.products, rules.costs)
