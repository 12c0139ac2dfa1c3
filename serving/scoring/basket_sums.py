"""The sums over a basket, each with the interval that follows from those of its lines.

What is not known of an order and its customer moves all lines of the basket in the same direction, and what is not
known of a product all lines of this product; the rest is each line's own. So the reach of a sum lies between those of
independent lines and of lines that err together. For a basket of one line it is the line's own.
"""

from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from serving.scores import ScoredLine


class Sum(NamedTuple):
    """What is expected of a basket, with its interval."""

    expected: float
    low: float
    high: float


class Part(NamedTuple):
    """What a line brings to each sum.

    ``down``, ``up``: from its probability to the ends of its interval. ``own``: the share of the interval's variance
    that is its own; ``of_basket``, ``of_product``: the roots of those that it has in common. ``product``: the number of
    its product among those of the basket.
    """

    probability: float
    down: float
    up: float
    own: float
    of_basket: float
    of_product: float
    product: int


def parts_of(lines: Sequence[ScoredLine], products: Sequence[str]) -> list[Part]:
    """Give what each of ``lines`` brings to sums over the basket; ``products`` are their products."""
    number = {product: place for place, product in enumerate(dict.fromkeys(products))}
    return [
        Part(
            line.probability,
            line.probability - line.low,
            line.high - line.probability,
            max(0.0, 1 - line.basket_share - line.product_share),
            sqrt(line.basket_share),
            sqrt(line.product_share),
            number[product],
        )
        for line, product in zip(lines, products, strict=True)
    ]


def basket_sum(weights: Sequence[float], parts: Sequence[Part]) -> Sum:
    """Sum ``weights``, each counted where its line comes back."""
    expected, own_down, own_up, together_down, together_up = 0.0, 0.0, 0.0, 0.0, 0.0
    products_down, products_up = [0.0] * len(parts), [0.0] * len(parts)
    for weight, (probability, down, up, own, of_basket, of_product, product) in zip(weights, parts, strict=True):
        expected += weight * probability
        reach_down, reach_up = weight * down, weight * up
        own_down += reach_down * reach_down * own
        own_up += reach_up * reach_up * own
        together_down += reach_down * of_basket
        together_up += reach_up * of_basket
        products_down[product] += reach_down * of_product
        products_up[product] += reach_up * of_product
    below = sqrt(own_down + together_down * together_down + sum([each * each for each in products_down]))
    above = sqrt(own_up + together_up * together_up + sum([each * each for each in products_up]))
    return Sum(expected, max(0.0, expected - below), min(sum(weights), expected + above))
