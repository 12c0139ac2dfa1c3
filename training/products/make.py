"""Brings the lines of a shop, as they were known at some moment, together with what is to be expected of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from features.catalog import LINES_FILE, Entry
from training.costs import Costs
from training.model.booster import ModelParams
from training.products.context import Context
from training.products.expectation import expected
from training.products.lines import Lines
from training.products.params import ProductParams
from training.products.settling import delays, visible


@dataclass(frozen=True)
class Rules:
    """The parameters that a report hangs on, and the catalog of the matrix."""

    products: ProductParams
    model: ModelParams
    costs: Costs
    catalog: Sequence[Entry]


def context_of(lines: Lines, rules: Rules, matrix: Path = LINES_FILE) -> Context:
    """Learn how late returns become known, and what is to be expected of each line, from these lines alone.

    Raises
    ------
    UserError
        No line is closed, or all closed lines had the same outcome.
    """
    late = delays(lines)
    seen = visible(lines, late)
    found = expected(lines, seen, rules.catalog, rules.products, rules.model, matrix)
    return Context(lines, late, seen, found.alike, found.buyers, rules.products, rules.costs)
