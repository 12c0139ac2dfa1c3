"""The history of the customer: lines ordered, kept and returned, in all, recently, and of the same kind."""

from collections.abc import Iterator

from features.definitions import line
from features.definitions.families import RateOf, kept, ordered, returned
from features.definitions.keys import (
    CUSTOMER,
    CUSTOMER_BASKET,
    CUSTOMER_BRAND,
    CUSTOMER_CATEGORY,
    CUSTOMER_PRODUCT,
    CUSTOMER_SIZE_SYSTEM,
)
from features.language.algebra import Operand, days, missing, ratio, shrink, where
from features.language.nodes import ASKED_AT, PIECES_VALUE, Counter, Feature, LineEvent, LineNode, Total
from features.params import PriorLines

FACTOR = "customer"
_GUEST = "guest"


def features(shop_rate: Feature, prior: PriorLines, half_lives: tuple[float, ...]) -> Iterator[Feature]:
    """History of the customer, shrunk towards the shop's rate with the strengths of ``prior``."""
    rates = RateOf(CUSTOMER, FACTOR, _GUEST, shop_rate, prior.customer)
    yield from rates.all(*half_lives)
    yield from _volume()
    yield from _recency()
    for key in (CUSTOMER_CATEGORY, CUSTOMER_BRAND, CUSTOMER_SIZE_SYSTEM, CUSTOMER_BASKET):
        lacks = _GUEST if key is CUSTOMER_BASKET else f"guest, or no {_words(key.columns[1])}"
        narrower = RateOf(key, FACTOR, lacks, rates.rate(), prior.customer)
        yield from (narrower.settled(), narrower.rate())
    yield from _of_this_product(rates.rate(), prior.customer_product)


def _volume() -> Iterator[Feature]:
    spend = Counter(CUSTOMER, LineEvent.ORDERED, "value_minor")
    yield _plain("customer_lines", "lines", "lines that the customer ordered before", ordered(CUSTOMER))
    yield _plain("customer_orders", "orders", "orders before", Counter(CUSTOMER, LineEvent.ORDERED, "first_in_order"))
    yield _plain("customer_spend_minor", "minor units", "value of all lines ordered before", spend)
    yield Feature(
        name="customer_returned_value_share",
        factor=FACTOR,
        unit="share",
        meaning="share of the settled value that the customer sent back, by pieces",
        missing="guest, or nothing settled yet",
        reads=(
            Counter(CUSTOMER, LineEvent.PIECES_RETURNED, PIECES_VALUE),
            Counter(CUSTOMER, LineEvent.PIECES_KEPT, PIECES_VALUE),
        ),
        formula=lambda back, kept: ratio(back, back + kept),
    )
    yield Feature(
        name="customer_open_lines",
        factor=FACTOR,
        unit="lines",
        meaning="lines ordered before whose outcome is not known yet",
        missing=_GUEST,
        reads=(ordered(CUSTOMER), returned(CUSTOMER), kept(CUSTOMER)),
        formula=lambda ordered, returned, kept: ordered - returned - kept,
        whole=True,
    )
    yield Feature(
        name="customer_price_ratio",
        factor="price",
        unit="ratio",
        meaning="value of this line to the mean value of the customer's earlier lines",
        missing="guest, new customer, or nothing worth anything before",
        reads=(line.VALUE, ordered(CUSTOMER), spend),
        formula=lambda value, lines, total: ratio(value * lines, total),
    )


def _recency() -> Iterator[Feature]:
    for name, event, total, meaning in (
        ("customer_days_since_order", LineEvent.ORDERED, Total.LATEST, "days since the customer's latest order"),
        ("customer_days_since_first_order", LineEvent.ORDERED, Total.FIRST, "days since the customer's first order"),
        (
            "customer_days_since_return",
            LineEvent.RETURNED,
            Total.LATEST,
            "days since a return of the customer was known",
        ),
    ):
        yield Feature(
            name=name,
            factor=FACTOR,
            unit="days",
            meaning=meaning,
            missing="guest, or none yet",
            reads=(ASKED_AT, Counter(CUSTOMER, event, total=total)),
            formula=lambda at, then: days(at - then),
        )


def _of_this_product(customer_rate: Feature, prior_lines: float) -> Iterator[Feature]:
    """The customer's history with this product: lines ordered, returned and kept, and the latest outcome."""
    key = CUSTOMER_PRODUCT
    for name, counter, meaning in (
        ("customer_product_lines", ordered(key), "lines of this product that the customer ordered before"),
        ("customer_product_returned", returned(key), "of those, sent back"),
        ("customer_product_kept", kept(key), "of those, kept"),
    ):
        yield Feature(name, "customer and product", "lines", meaning, _GUEST, (counter,), lambda n: n, whole=True)
    yield Feature(
        name="customer_product_return_rate",
        factor="customer and product",
        unit="share",
        meaning="share of this product's lines that the customer sent back, shrunk towards the customer's own rate",
        missing=_GUEST,
        reads=(returned(key), kept(key), customer_rate),
        formula=lambda returned, kept, parent: shrink(returned, returned + kept, parent, prior_lines),
    )
    yield Feature(
        name="customer_product_last_returned",
        factor="customer and product",
        unit="0 or 1",
        meaning="the last known outcome of this product: 1 returned, 0 kept",
        missing="guest, or no outcome of this product known yet",
        reads=(Counter(key, LineEvent.RETURNED, total=Total.LATEST), Counter(key, LineEvent.KEPT, total=Total.LATEST)),
        formula=_last_returned,
        whole=True,
    )
    yield Feature(
        name="customer_product_days_since_order",
        factor="customer and product",
        unit="days",
        meaning="days since the customer last ordered this product",
        missing="guest, or never ordered",
        reads=(ASKED_AT, Counter(key, LineEvent.ORDERED, total=Total.LATEST)),
        formula=lambda at, then: days(at - then),
    )


def _plain(name: str, unit: str, meaning: str, counter: Counter) -> Feature:
    return Feature(name, FACTOR, unit, meaning, _GUEST, (counter,), lambda value: value, whole=True)


def _last_returned(returned: Operand, kept: Operand) -> Operand:
    """1 where the latest return is later than the latest kept line, or no line was kept; missing without an outcome."""
    only_kept = where(missing(kept), None, 0)
    back = where(missing(kept), 1, where(returned > kept, 1, 0))
    return where(missing(returned), only_kept, back)


def _words(node: LineNode) -> str:
    return node.name.replace("_", " ")
