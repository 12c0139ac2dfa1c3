"""The history of the product: return rates of it and its variants, its sales, and its price against earlier prices."""

from collections.abc import Iterator
from dataclasses import dataclass

from features.definitions import line
from features.definitions.families import RateOf, ordered
from features.definitions.keys import PRODUCT, PRODUCT_BASKET, PRODUCT_COLOR, PRODUCT_SIZE
from features.language.algebra import days, ratio
from features.language.nodes import ASKED_AT, Counter, Feature, LineEvent, Total

FACTOR = "product"


@dataclass(frozen=True)
class ProductPriors:
    """Priors in lines: a product's rate is shrunk towards its kind's rate, a variant's towards its product's."""

    product: float
    variant: float


def features(kind_rate: Feature, priors: ProductPriors, half_lives: tuple[float, ...]) -> Iterator[Feature]:
    """History of the product, shrunk towards ``kind_rate``: the rate of its category, brand or shop."""
    product = RateOf(PRODUCT, FACTOR, "never missing", kind_rate, priors.product)
    yield from product.all(*half_lives)
    yield _trend(product, half_lives[0])
    for key, lacks in (
        (PRODUCT_SIZE, "the line has no size"),
        (PRODUCT_COLOR, "the line has no color"),
        (PRODUCT_BASKET, "never missing"),
    ):
        variant = RateOf(key, FACTOR, lacks, product.rate(), priors.variant)
        yield from (variant.settled(), variant.rate())
        yield _excess(variant, product)
    yield from _sales()
    yield from _price()


def _trend(product: RateOf, half_life: float) -> Feature:
    return Feature(
        name="product_return_rate_trend",
        factor=FACTOR,
        unit="ratio",
        meaning=f"rate of the product lately (halved every {half_life:g} days) to its rate all told",
        missing="never missing",
        reads=(product.recent(half_life), product.rate()),
        formula=ratio,
    )


def _excess(variant: RateOf, product: RateOf) -> Feature:
    return Feature(
        name=f"{variant.key.name}_return_rate_ratio",
        factor=FACTOR,
        unit="ratio",
        meaning=f"rate of the {variant.label} to the rate of the product",
        missing=variant.missing,
        reads=(variant.rate(), product.rate()),
        formula=ratio,
    )


def _sales() -> Iterator[Feature]:
    yield Feature(
        name="product_lines",
        factor=FACTOR,
        unit="lines",
        meaning="lines of the product ordered before",
        missing="never missing",
        reads=(ordered(PRODUCT),),
        formula=lambda lines: lines,
        whole=True,
    )
    for name, total, meaning in (
        ("product_days_since_first_order", Total.FIRST, "days since the product was first ordered"),
        ("product_days_since_order", Total.LATEST, "days since the product was last ordered"),
    ):
        yield Feature(
            name=name,
            factor=FACTOR,
            unit="days",
            meaning=meaning,
            missing="new product",
            reads=(ASKED_AT, Counter(PRODUCT, LineEvent.ORDERED, total=total)),
            formula=lambda at, then: days(at - then),
        )


def _price() -> Iterator[Feature]:
    yield Feature(
        name="product_price_ratio",
        factor="price",
        unit="ratio",
        meaning="price to the mean price of the product's earlier lines",
        missing="new product, or worth nothing before",
        reads=(line.PRICE, ordered(PRODUCT), Counter(PRODUCT, LineEvent.ORDERED, "price_minor")),
        formula=lambda price, lines, total: ratio(price * lines, total),
    )
    yield Feature(
        name="product_price_to_highest",
        factor="price",
        unit="ratio",
        meaning="price to the highest price at which the product was ordered before",
        missing="new product, or worth nothing before",
        reads=(line.PRICE, Counter(PRODUCT, LineEvent.ORDERED, "price_minor", total=Total.MAX)),
        formula=ratio,
    )
