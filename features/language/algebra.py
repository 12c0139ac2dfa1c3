"""The named operators of feature formulas: they work alike on Ibis columns, numbers, arrays and symbols of a tape.

A formula uses only these operators, ``+ - * / // %`` and comparisons, so that one definition runs offline and online.
A missing value is NULL in a table and NaN in a number. Arithmetic keeps it missing; a comparison with it is not true.
"""

import bisect
import math
from typing import Any

import ibis
import numpy as np
from ibis.expr.types import Value

from data.times import MICROSECONDS_PER_DAY
from features.language import tape
from features.language.tape import Symbol

NUMBERS = (float, int)
"""The types that skip NumPy: baskets are small, and a call of NumPy costs more than the computation itself."""

Operand = Any
"""An Ibis column or scalar, a Python or NumPy number, a NumPy array, or a symbol (`features.language.tape`)."""


def where(condition: Operand, yes: Operand, no: Operand) -> Operand:
    """``yes`` where ``condition`` is true; ``no`` where it is false or missing. None stands for a missing value."""
    if type(condition) is bool:
        chosen = yes if condition else no
        return math.nan if chosen is None else chosen
    if isinstance(condition, Symbol):
        return condition.where(yes, no)
    if _is_table_side(condition, yes, no):
        return ibis.ifelse(condition, yes, no)
    return _plain(np.where(condition, *(np.nan if value is None else value for value in (yes, no))))


def missing(value: Operand) -> Operand:
    """True where ``value`` is missing."""
    if type(value) in NUMBERS:
        return value != value  # noqa: PLR0124 - NaN alone differs from itself
    if isinstance(value, Symbol):
        return value.missing()
    return value.isnull() if isinstance(value, Value) else np.isnan(value)


def ratio(numerator: Operand, denominator: Operand) -> Operand:
    """``numerator / denominator``, missing where the denominator is 0 or either is missing."""
    if type(numerator) in NUMBERS and type(denominator) in NUMBERS:
        return numerator / denominator if denominator else math.nan
    if isinstance(numerator, Symbol) or isinstance(denominator, Symbol):
        return tape.ratio(numerator, denominator)
    if _is_table_side(numerator, denominator):
        divisor = denominator.cast("float64") if isinstance(denominator, Value) else ibis.literal(float(denominator))
        return numerator / divisor.nullif(0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        safe = np.where(np.equal(denominator, 0), np.nan, denominator)
        return _plain(np.true_divide(numerator, safe))


def shrink(returned: Operand, settled: Operand, parent: Operand, strength_lines: float) -> Operand:
    """A rate shrunk towards its parent's as if ``strength_lines`` more lines had come back at the parent's rate.

    This is the posterior mean of a beta-binomial model whose prior has the parent's rate as mean and
    ``strength_lines`` as its sum of parameters (Gelman et al., Bayesian Data Analysis, ch. 2.4).
    """
    return (returned + strength_lines * parent) / (settled + strength_lines)


def days(microseconds: Operand) -> Operand:
    """A length of time in microseconds as days."""
    return microseconds / MICROSECONDS_PER_DAY


def coalesce(value: Operand, otherwise: Operand) -> Operand:
    """``otherwise`` where ``value`` is missing."""
    return where(missing(value), otherwise, value)


def band(value: Operand, edges: tuple[int, ...]) -> Operand:
    """How many of the ascending ``edges`` ``value`` has reached: 0 to ``len(edges)``. Exact on whole numbers.

    A missing value has reached no edge, offline and online.
    """
    if type(value) in NUMBERS:
        return 0 if value != value else bisect.bisect_right(edges, value)  # noqa: PLR0124
    reached = [where(value >= edge, 1, 0) for edge in edges]
    total = reached[0]
    for one in reached[1:]:
        total = total + one
    return total


def _is_table_side(*operands: Operand) -> bool:
    return any(isinstance(operand, Value) for operand in operands)


def _plain(array: np.ndarray) -> Operand:
    return array[()] if array.ndim == 0 else array
