"""The spread of the true log-odds around the score's, and the interval that follows from it.

A score is the mean of what may be true of a line: two lines with the same score can have different true probabilities,
the more so the less is known of the customer and the product. The true log-odds of a line are taken as normal with the
variance

    ((p + 0.1) / 0.4)^exponent
        · (line + order + customer / (1 + c / customer_lines) + product / (1 + n / product_lines)),

for the probability p, the settled lines c of the customer and n of the product. The four variances hold at p = 0.3. The
parts of order, customer and product are learned from the shop's outcomes: lines of one customer err in the same
direction by as much as the customer's part, and those of one order by that of the order, too (the method of moments for
variance components, Searle et al., 1992, ch. 2). The part of the line alone can't be seen in outcomes, since a line is
bought once; it comes from the simulated shop, whose truth is known.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.stats import norm

from data.arrays import Floats
from data.params import Section
from features.compiled import compiled
from training.model.matrix import places_of

CUSTOMER_LINES, PRODUCT_LINES = "customer_settled_lines", "product_settled_lines"
"""The features that tell how much is known of a customer and of a product."""

ROUNDS = 5
"""Rounds of learning: the slope of the probability depends on the whole spread, and so on the parts found before."""
LEAST = 0.01
"""The least factor of a part: the unknown stays wider than the known."""

Variance = Annotated[float, Field(gt=0, le=25)]
Lines = Annotated[float, Field(gt=0, le=100_000)]


class IntervalParams(Section):
    """The section ``interval`` of params.yaml."""

    level: Annotated[float, Field(gt=0.5, lt=1)]
    line_variance: Annotated[float, Field(ge=0, le=25)]
    order_variance: Variance
    customer_variance: Variance
    customer_lines: Lines
    product_variance: Variance
    product_lines: Lines
    exponent: Annotated[float, Field(ge=0, le=4)]
    prior_scale: Annotated[float, Field(gt=0, le=10)]


@dataclass(frozen=True)
class Known:
    """What is known of the customers and products of n lines: their settled lines, shape (n,) each, NaN for none."""

    customer_lines: Floats
    product_lines: Floats


@dataclass(frozen=True)
class Bounds:
    """The interval of n lines, shape (n,) each.

    ``low`` and ``high``: its ends, which enclose the probability. ``deviation``: the standard deviation of the
    probability. ``order_share``, ``customer_share`` and ``product_share``: the shares of its square that all lines of
    an order, of a customer and of a product have in common.
    """

    low: Floats
    high: Floats
    deviation: Floats
    order_share: Floats
    customer_share: Floats
    product_share: Floats


@dataclass(frozen=True)
class Spread:
    """The fitted spread: the formula above, with the level of its intervals; variances in squared log-odds."""

    level: float
    line: float
    order: float
    customer: float
    customer_lines: float
    product: float
    product_lines: float
    exponent: float

    @classmethod
    def before_outcomes(cls, params: IntervalParams) -> "Spread":
        """The spread of ``params``, for a shop without outcomes."""
        return cls(
            level=params.level,
            line=params.line_variance,
            order=params.order_variance,
            customer=params.customer_variance,
            customer_lines=params.customer_lines,
            product=params.product_variance,
            product_lines=params.product_lines,
            exponent=params.exponent,
        )

    def bounds(self, probability: Floats, known: Known, unsent: Floats | float = 0.0) -> Bounds:
        """Give the interval of each line; ``probability`` is the calibrated one, shape (n,).

        ``unsent``: the variance that comes on top, as the request lacks fields; squared log-odds, shape (n,).

        The middle of the log-odds lies further out than the log-odds of the probability, so that the mean over the
        spread is the probability (MacKay, 1992, "The evidence framework", eq. 10).
        """
        p, unsent = np.ascontiguousarray(probability), unsent + np.zeros(len(probability))
        customers, products = np.ascontiguousarray(known.customer_lines), np.ascontiguousarray(known.product_lines)
        found = np.empty((6, len(p)))
        _bounds(p, customers, products, unsent, self._terms, found)
        return Bounds(*found)

    @cached_property
    def _terms(self) -> Floats:
        """What `_bounds` reads: the fields, with the standard deviations from the middle to an end as the level."""
        quantile = float(norm.ppf((1 + self.level) / 2))
        customer, product = (self.customer, self.customer_lines), (self.product, self.product_lines)
        return np.array([quantile, self.line, self.order, *customer, *product, self.exponent])

    def as_json(self) -> dict[str, float]:
        """All fields, for `Spread(**...)`."""
        return asdict(self)


@compiled
def _bounds(
    probability: Floats, customers: Floats, products: Floats, unsent: Floats, terms: Floats, found: Floats
) -> None:
    """Write the fields of `Bounds` into ``found``, shape (6, n)."""
    quantile, line, order, customer_variance, customer_lines, product_variance, product_lines, exponent = terms
    for place in range(len(probability)):
        p = probability[place]
        customer = _narrowed(customer_variance, customers[place], customer_lines)
        product = _narrowed(product_variance, products[place], product_lines)
        scale = ((p + 0.1) / 0.4) ** exponent  # of the variance; 1 at 0.3
        variance = scale * (line + order + customer + product) + unsent[place]
        flattened = math.sqrt(1 + math.pi / 8 * variance)
        inside = min(max(p, 1e-12), 1 - 1e-12)
        middle = (math.log(inside) - math.log1p(-inside)) * flattened
        reach = quantile * math.sqrt(variance)
        found[0, place] = min(_expit(middle - reach), p)
        found[1, place] = max(_expit(middle + reach), p)
        found[2, place] = p * (1 - p) * math.sqrt(variance) / flattened
        found[3, place] = order * scale / variance
        found[4, place] = customer * scale / variance
        found[5, place] = product * scale / variance


@compiled
def _narrowed(variance: float, known: float, half: float) -> float:
    """The variance of a part of which so many lines are ``known``; NaN for none."""
    return variance / (1 + (0.0 if math.isnan(known) else known) / half)


@compiled
def _expit(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def known_of(x: Floats, names: Sequence[str]) -> Known:
    """Read from rows of the features ``names``, shape (n, names), what is known; a feature that is absent: nothing."""
    nothing = np.full(len(x), np.nan)
    places = places_of((CUSTOMER_LINES, PRODUCT_LINES), tuple(names))
    return Known(*(nothing if place is None else x[:, place] for place in places))


def fit_spread(lines: pd.DataFrame, known: Known, params: IntervalParams) -> Spread:
    """Learn the parts of customer and product from scored lines that the score has not seen.

    Parameters
    ----------
    lines
        ``probability`` and ``label`` of n lines with a known outcome, and their ``customer_id`` (null for a guest),
        ``order_id`` and ``product_id``.
    known
        What was known of the same lines.
    params
        The spread before any outcome. Each part is multiplied by a factor with a normal prior around 1, whose standard
        deviation is ``prior_scale``.
    """
    assumed = Spread.before_outcomes(params)
    p = lines["probability"].to_numpy(dtype=np.float64)
    columns = lines[["order_id", "customer_id", "product_id"]].assign(residual=lines["label"].to_numpy(float) - p)
    spread = assumed
    for _ in range(ROUNDS):
        bounds = spread.bounds(p, known)
        # What lines would share with each part as it was assumed, at the slope of the whole spread.
        part = columns.assign(
            order=bounds.deviation * np.sqrt(bounds.order_share * assumed.order / spread.order),
            customer=bounds.deviation * np.sqrt(bounds.customer_share * assumed.customer / spread.customer),
            product=bounds.deviation * np.sqrt(bounds.product_share * assumed.product / spread.product),
        )
        customer = _factor(part, "customer_id", "order_id", "customer", params.prior_scale)
        product = _factor(part, "product_id", "customer_id", "product", params.prior_scale)
        part["known"] = part["customer"] * np.sqrt(customer)
        order = _factor(part, "order_id", "product_id", "order", params.prior_scale, known="known")
        spread = replace(
            spread,
            order=assumed.order * order,
            customer=assumed.customer * customer,
            product=assumed.product * product,
        )
    return spread


def _factor(
    lines: pd.DataFrame, owner: str, apart: str, part: str, prior_scale: float, known: str | None = None
) -> float:
    """Estimate by how much the part that an owner's lines share is larger than ``part`` expects.

    Two lines of one owner that differ in ``apart`` have residuals whose product is, in the mean, the product of what
    each is expected to share, times the factor; plus that of what is ``known`` to be shared otherwise. Its variance is
    taken as that of independent residuals.
    """
    lines = lines.dropna(subset=[owner, apart])
    found, expected = (_pairs(lines[name], lines[owner], lines[apart]) for name in ("residual", part))
    if known is not None:
        found -= _pairs(lines[known], lines[owner], lines[apart])
    noise = 2 * _pairs(lines["residual"] ** 2, lines[owner], lines[apart])
    if expected <= 0 or noise <= 0:
        return 1.0
    precision, prior = expected**2 / noise, 1 / prior_scale**2
    return float(max(LEAST, (precision * found / expected + prior) / (precision + prior)))


def _pairs(values: "pd.Series[float]", owner: pd.Series, apart: pd.Series) -> float:
    """Sum the products of ``values`` over all ordered pairs of lines of one owner that differ in ``apart``."""
    of_owner, together = values.groupby(owner).sum(), values.groupby([owner, apart]).sum()
    return float((of_owner**2).sum() - (together**2).sum())
