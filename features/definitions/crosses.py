"""Return rates of kinds of lines, which many products and customers share: brand, category, price, region, basket."""

from collections.abc import Iterator

from features.definitions import keys
from features.definitions.families import RateOf
from features.language.nodes import Feature, Key

KINDS: dict[Key, str] = {
    keys.DEPARTMENT: "product",
    keys.CATEGORY: "product",
    keys.BRAND: "product",
    keys.SUPPLIER: "product",
    keys.SIZE_LABEL: "size",
    keys.REGION: "context",
    keys.PAYMENT: "context",
    keys.CHANNEL: "context",
    keys.PRICE_SYSTEM_BRAND: "price",
    keys.PRICE_CATEGORY: "price",
    keys.SYSTEM_COLOR: "product",
    keys.SYSTEM_DISCOUNT: "price",
    keys.SYSTEM_REGION: "context",
    keys.BASKET_DUPLICATES: "bracketing",
}
"""Each key with the factor of its rate."""


def features(shop_rate: Feature, prior_lines: float, half_life: float, *, demographics: bool) -> Iterator[Feature]:
    """The shop's rate, and the rate of each kind shrunk towards it; the rate of titles only with ``demographics``."""
    yield shop_rate
    kinds = KINDS | ({keys.TITLE: "demographics"} if demographics else {})
    for key, factor in kinds.items():
        kind = rate_of(key, factor, shop_rate, prior_lines)
        if key in (keys.CATEGORY, keys.BRAND):
            yield from kind.all(half_life)
        else:
            yield kind.rate()


def rate_of(key: Key, factor: str, shop_rate: Feature, prior_lines: float) -> RateOf:
    """The rates of one kind."""
    return RateOf(key, factor, f"{key.name.replace('_', ' ')} not recorded", shop_rate, prior_lines)
