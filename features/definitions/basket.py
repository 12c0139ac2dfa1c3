"""Basket features: its size and value, and lines of the same product or category in other variants."""

from collections.abc import Iterator

from features.definitions import line
from features.language.algebra import ratio
from features.language.nodes import BasketCounter, Feature

FACTOR = "basket"
_NEVER = "never missing"


def features() -> Iterator[Feature]:
    """The features that count the lines of the same order."""
    yield _count(line.BASKET_LINES, "lines in the basket, this one included")
    yield _count(line.BASKET_VALUE, "value of the basket", unit="minor units")
    yield _count(line.PRODUCT_LINES, "lines of the same product in the basket, this one included")
    yield _count(line.CATEGORY_LINES, "lines of the same category in the basket", missing="category unknown")
    yield _count(line.BRAND_LINES, "lines of the same brand in the basket", missing="brand unknown")
    yield _count(line.SYSTEM_LINES, "lines of the same size system in the basket", missing="no size")
    yield _count(line.DEARER_LINES, "lines in the basket with a higher price than this one: its rank by price")
    yield _count(
        line.SIZES_LARGER,
        "lines of the same product in the basket in a larger size than this one",
        missing="the size has no place on a scale",
    )
    yield from _variants()
    yield from _shares()


def _count(counter: BasketCounter, meaning: str, unit: str = "lines", missing: str = _NEVER) -> Feature:
    return Feature(counter.name, FACTOR, unit, meaning, missing, (counter,), lambda count: count, whole=True)


def _variants() -> Iterator[Feature]:
    for variant, same in (("sizes", line.PRODUCT_SIZE_LINES), ("colors", line.PRODUCT_COLOR_LINES)):
        yield Feature(
            name=f"basket_product_other_{variant}",
            factor="bracketing",
            unit="lines",
            meaning=f"lines of the same product in other {variant}, or in none, in the basket: a sign of bracketing",
            missing=f"the line has no {variant[:-1]}",
            reads=(line.PRODUCT_LINES, same),
            formula=lambda all_lines, same_lines: all_lines - same_lines,
            whole=True,
        )


def _shares() -> Iterator[Feature]:
    yield Feature(
        name="basket_value_share",
        factor=FACTOR,
        unit="share",
        meaning="share of the basket's value that this line makes up",
        missing="the basket is worth nothing",
        reads=(line.VALUE, line.BASKET_VALUE),
        formula=ratio,
    )
    yield Feature(
        name="basket_product_share",
        factor="bracketing",
        unit="share",
        meaning="share of the basket's lines that are this product",
        missing=_NEVER,
        reads=(line.PRODUCT_LINES, line.BASKET_LINES),
        formula=ratio,
    )
    yield Feature(
        name="basket_mean_price_ratio",
        factor=FACTOR,
        unit="ratio",
        meaning="value of this line to the mean value of the basket's lines",
        missing="the basket is worth nothing",
        reads=(line.VALUE, line.BASKET_LINES, line.BASKET_VALUE),
        formula=lambda value, lines, total: ratio(value * lines, total),
    )
