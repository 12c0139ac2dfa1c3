"""Whether the size will fit: what this customer kept, and what the product's returns say of its sizes."""

from collections.abc import Iterator

from features.algebra import ratio
from features.definition import Counter, Event, Feature, Key
from features.definitions import line
from features.definitions.families import kept, returned
from features.definitions.keys import CUSTOMER_CATEGORY_SIZE_SYSTEM, CUSTOMER_SIZE_SYSTEM, PRODUCT, PRODUCT_SIZE

FACTOR = "size"


def features() -> Iterator[Feature]:
    """Size features, for sources with sizes; size reasons where they are recorded."""
    for key in (CUSTOMER_SIZE_SYSTEM, CUSTOMER_CATEGORY_SIZE_SYSTEM):
        yield _against(key, "kept", kept(key), Counter(key, Event.KEPT, "size_value"))
    yield _against(
        CUSTOMER_SIZE_SYSTEM,
        "returned",
        returned(CUSTOMER_SIZE_SYSTEM),
        Counter(CUSTOMER_SIZE_SYSTEM, Event.RETURNED, "size_value"),
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
        for flag in ("too_small", "too_large"):
            yield _reason_share(key, flag)


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


def _reason_share(key: Key, flag: str) -> Feature:
    return Feature(
        name=f"{key.name}_{flag}_share",
        factor=FACTOR,
        unit="share",
        meaning=f"share of the {key.name.replace('_', ' ')}'s returns with a reason that were {flag.replace('_', ' ')}",
        missing="no return with a recorded reason yet",
        reads=(Counter(key, Event.RETURNED, flag), Counter(key, Event.RETURNED, "reason_recorded")),
        formula=ratio,
    )


def _kind(key: Key) -> str:
    return " and ".join(column.name.replace("_", " ") for column in key.columns[1:])
