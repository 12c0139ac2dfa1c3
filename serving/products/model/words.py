"""What the page of the model calls by a word, in English; the languages translate it."""

from collections.abc import Mapping
from typing import Final

from serving.products.web.language import mark

KINDS: Final[Mapping[str, str]] = {
    "all": mark("All lines"),
    "part": mark("Version of the model"),
    "customer": mark("Customer"),
    "product": mark("Product"),
    "price_band": mark("Price"),
    "basket_size": mark("Lines in the basket"),
    "department": mark("Department"),
    "category": mark("Category"),
    "brand": mark("Brand"),
    "supplier": mark("Supplier"),
    "payment_method": mark("Payment method"),
    "payment method": mark("Payment method"),
    "channel": mark("Channel"),
    "region": mark("Region"),
    "arm": mark("Arm"),
}
NAMES: Final[Mapping[tuple[str, str], str]] = {
    ("customer", "known"): mark("has ordered before"),
    ("customer", "new"): mark("orders for the first time"),
    ("customer", "guest"): mark("guest"),
    ("product", "known"): mark("was ordered before"),
    ("product", "new"): mark("never ordered before"),
    ("all", "all lines"): mark("all of them"),
}
MISSING: Final[Mapping[str, str]] = {"(missing)": mark("not recorded"), "(other)": mark("all others")}
DIRECTIONS: Final[Mapping[str, str]] = {
    "more": mark("More comes back than the scores say"),
    "fewer": mark("Fewer come back than the scores say"),
    "too sure": mark("The scores are too sure: outcomes follow them less than they say"),
    "not sure enough": mark("The scores are not sure enough: outcomes follow them more than they say"),
}
ADVICE: Final[Mapping[str, str]] = {
    "all": mark("Bring the level up to date (make level); where the loss stays high, train again (make retrain)."),
    "brand": mark("Look at its items: a fault, a description or a size may have changed."),
    "category": mark("Look at its items, and at what changed in the shop's pages."),
    "channel": mark("Compare what this channel sends with what it sent before: a field that stops, another tracking."),
    "payment method": mark("Ask what changed at checkout: terms, limits, a provider."),
    "region": mark("Ask the carrier of this region about late and damaged parcels."),
    "supplier": mark("Ask the supplier about the latest batches, and look at its items."),
    "arm": mark("Look at what this arm shows: it may change who buys, and what comes back."),
}
LEVEL: Final = frozenset({"more", "fewer"})
"""Directions of the rate; the others are of how sure the scores are."""
SLOPE: Final = mark(
    "Look at when the champion changed (make history), and roll back if that was it (make rollback). Else look at which"
    " fields stopped coming, and train again (make retrain)."
)
FEWER: Final = mark("Look first whether returns of these lines still arrive: a feed that stopped looks the same.")
