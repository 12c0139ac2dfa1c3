"""Size features: the sizes that this customer kept or returned, and size reasons in the product's returns."""

from collections.abc import Iterator

from data.schema import Reason
from features.definitions import line
from features.definitions.families import kept, returned
from features.definitions.keys import CUSTOMER_CATEGORY_SIZE_SYSTEM, CUSTOMER_SIZE_SYSTEM, PRODUCT, PRODUCT_SIZE
from features.language.algebra import ratio
from features.language.nodes import Counter, Feature, Key, LineEvent
from features.language.reasons import RECORDED, flag

FACTOR = "size"


def features(bias_returns: float) -> Iterator[Feature]:
    """Size features, for sources with sizes, and shares of size reasons, for sources with reasons.

    ``bias_returns``: the prior, in returns with a reason, that shrinks a product's size bias towards 0.
    """
    for key in (CUSTOMER_SIZE_SYSTEM, CUSTOMER_CATEGORY_SIZE_SYSTEM):
        yield _against(key, "kept", kept(key), Counter(key, LineEvent.KEPT, "size_value"))
    yield _against(
        CUSTOMER_SIZE_SYSTEM,
        "returned",
        returned(CUSTOMER_SIZE_SYSTEM),
        Counter(CUSTOMER_SIZE_SYSTEM, LineEvent.RETURNED, "size_value"),
    )
    yield Feature(
        name="basket_size_offset",
        factor="bracketing",
        unit="steps",
        meaning="size against the mean size of the same product in the basket",
        missing="the size has no place on a scale",
        reads=(line.SIZE_VALUE, line.SIZED_LINES, line.SIZES_TOTAL),
        formula=lambda size, lines, total: size - ratio(total, lines),
    )
    for key in (PRODUCT, PRODUCT_SIZE):
        for reason in (Reason.SIZE_TOO_SMALL, Reason.SIZE_TOO_LARGE):
            yield _reason_share(key, reason)
    yield _bias(bias_returns)


def _against(key: Key, outcome: str, count: Counter, total: Counter) -> Feature:
    return Feature(
        name=f"{key.name}_{outcome}_size_offset",
        factor=FACTOR,
        unit="steps",
        meaning=f"size against the mean size that the customer {outcome} before in this {_kind(key)}",
        missing=f"guest, nothing {outcome} yet, or the size has no place on a scale",
        reads=(line.SIZE_VALUE, count, total),
        formula=lambda size, lines, total: size - ratio(total, lines),
    )


def _reason_share(key: Key, reason: Reason) -> Feature:
    too = reason.value.removeprefix("SIZE_").lower()
    return Feature(
        name=f"{key.name}_{too}_share",
        factor=FACTOR,
        unit="share",
        meaning=f"share of the {key.name.replace('_', ' ')}'s returns with a reason that were {too.replace('_', ' ')}",
        missing="no return with a recorded reason yet",
        reads=(Counter(key, LineEvent.RETURNED, flag(reason)), Counter(key, LineEvent.RETURNED, RECORDED)),
        formula=ratio,
    )


def _bias(strength_returns: float) -> Feature:
    return Feature(
        name="product_size_bias",
        factor=FACTOR,
        unit="share",
        meaning="too large minus too small among the product's returns with a reason; below 0 it runs small",
        missing="never missing",
        reads=(
            Counter(PRODUCT, LineEvent.RETURNED, flag(Reason.SIZE_TOO_LARGE)),
            Counter(PRODUCT, LineEvent.RETURNED, flag(Reason.SIZE_TOO_SMALL)),
            Counter(PRODUCT, LineEvent.RETURNED, RECORDED),
        ),
        formula=lambda large, small, recorded: (large - small) / (recorded + strength_returns),
    )


def _kind(key: Key) -> str:
    return " and ".join(column.name.replace("_", " ") for column in key.columns[1:])
