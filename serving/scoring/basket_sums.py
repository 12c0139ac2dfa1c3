"""The sums over a basket, each with the interval that follows from those of its lines.

What is not known of an order and its customer moves all lines of the basket in the same direction, and what is not
known of a product all lines of this product; the rest is each line's own. So the reach of a sum lies between those of
independent lines and of lines that err together. For a basket of one line it is the line's own.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

from serving.scores import ScoredLine


class Sum(NamedTuple):
    """What is expected of a basket, with its interval."""

    expected: float
    low: float
    high: float


def basket_sum(weights: Sequence[float], lines: Sequence[ScoredLine], products: Sequence[str]) -> Sum:
    """Sum ``weights``, each counted where its line comes back; ``products`` are the products of the lines."""
    expected = sum(weight * line.probability for weight, line in zip(weights, lines, strict=True))
    down = _reach(weights, lines, products, lambda line: line.probability - line.low)
    up = _reach(weights, lines, products, lambda line: line.high - line.probability)
    return Sum(expected, max(0.0, expected - down), min(sum(weights), expected + up))


def _reach(
    weights: Sequence[float],
    lines: Sequence[ScoredLine],
    products: Sequence[str],
    distance: Callable[[ScoredLine], float],
) -> float:
    own, together, by_product = 0.0, 0.0, dict.fromkeys(products, 0.0)
    for weight, line, product in zip(weights, lines, products, strict=True):
        reach = weight * distance(line)
        own += reach**2 * max(0.0, 1 - line.basket_share - line.product_share)
        together += reach * sqrt(line.basket_share)
        by_product[product] += reach * sqrt(line.product_share)
    return sqrt(own + together**2 + sum(each**2 for each in by_product.values()))
