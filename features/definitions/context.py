"""Features of the line itself: price, discount, quantity, size, voucher, calendar and ages."""

from collections.abc import Iterator

from data.times import MICROSECONDS_PER_DAY
from features.definitions import line
from features.language.algebra import days, ratio, where
from features.language.nodes import ASKED_AT, Feature, LineColumn

_YEAR = 3_652_425  # mean length of a Gregorian year in days, times 10,000 so that the remainder is exact
_NEVER = "never missing"


def features(*, demographics: bool) -> Iterator[Feature]:
    """Features of the line and its order; age and title only with ``demographics``."""
    yield _own(line.PRICE, "price", "minor units", "price paid for one piece")
    yield _own(line.QUANTITY, "basket", "pieces", "pieces ordered on this line")
    yield _own(line.VOUCHER, "price", "0 or 1", "whether a voucher was redeemed", "not recorded")
    yield _own(line.SIZE_VALUE, "size", "steps", "place of the size on its scale", "the size has no place on a scale")
    yield Feature(
        name="discount_share",
        factor="price",
        unit="share",
        meaning="discount as a share of the list price",
        missing="no list price, or one of 0",
        reads=(line.PRICE, line.LIST_PRICE),
        formula=lambda price, listed: ratio(listed - price, listed),
    )
    yield from _calendar()
    yield from _ages()
    if demographics:
        yield _own(line.BIRTH_YEAR, "demographics", "year", "year of birth", "not recorded")


def _own(node: LineColumn, factor: str, unit: str, meaning: str, missing: str = _NEVER) -> Feature:
    whole = node is not line.SIZE_VALUE
    return Feature(node.name, factor, unit, meaning, missing, (node,), lambda value: value, whole=whole)


def _calendar() -> Iterator[Feature]:
    yield Feature(
        name="weekday",
        factor="season",
        unit="day, Monday is 0",
        meaning="weekday of the order, UTC",
        missing=_NEVER,
        reads=(line.ORDERED_AT,),
        formula=lambda at: (at // MICROSECONDS_PER_DAY + 3) % 7,  # 1 January 1970 was a Thursday
        whole=True,
    )
    yield Feature(
        name="hour",
        factor="season",
        unit="hour",
        meaning="hour of the order, UTC; 0 where the source has dates only",
        missing=_NEVER,
        reads=(line.ORDERED_AT,),
        formula=lambda at: at % MICROSECONDS_PER_DAY // (MICROSECONDS_PER_DAY // 24),
        whole=True,
    )
    yield Feature(
        name="day_of_year",
        factor="season",
        unit="days",
        meaning="how far the year has gone, in days of a mean year",
        missing=_NEVER,
        reads=(line.ORDERED_AT,),
        formula=lambda at: (at // MICROSECONDS_PER_DAY * 10_000 % _YEAR) / 10_000,
    )


def _ages() -> Iterator[Feature]:
    ages = (
        ("customer_tenure_days", line.REGISTERED_AT, "customer", "days since the customer registered"),
        ("product_age_days", line.LAUNCHED_AT, "product", "days since the product went on sale"),
    )
    for name, since, factor, meaning in ages:
        yield Feature(
            name=name,
            factor=factor,
            unit="days",
            meaning=meaning,
            missing="not recorded, or not yet at the order",
            reads=(ASKED_AT, since),
            # A date after the scoring time is a fact of the future.
            formula=lambda at, since: where(since <= at, days(at - since), None),
        )
