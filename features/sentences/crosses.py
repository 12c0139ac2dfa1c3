"""Sentences of `features.definitions.crosses`, with that of the shop's rate."""

from features.params import DefinitionParams
from features.sentences.history import History
from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import about

ROUGH: dict[str, tuple[str, str]] = {
    "department": ("in this department", "department not recorded"),
    "supplier": ("of this supplier", "supplier not recorded"),
    "size_label": ("in this size, of all products,", "the line has no size"),
    "region": ("shipped to this region", "region not recorded"),
    "payment_method": ("paid this way", "payment method not recorded"),
    "channel": ("ordered through this channel", "channel not recorded"),
    "price_size_system_brand": ("of this brand in this size system at about this price", "no size, or no brand"),
    "price_category": ("in this category at about this price", "category not recorded"),
    "size_system_color": ("in this size system and color", "no size, or no color"),
    "size_system_discount": ("in this size system at about this discount", "no size, or no list price"),
    "size_system_region": ("in this size system shipped to this region", "no size, or no region"),
    "basket_size_duplicates": ("in baskets like this, with as many of one product,", "not known of such baskets"),
    "title": ("of customers with this title", "title not recorded"),
}
"""Keys with a rate as their only feature: the words for the lines of the rate, and the text of a missing rate."""


def sentences(params: DefinitionParams) -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    by_name = {f"{key}_return_rate": Sentence(_of(lines), missing) for key, (lines, missing) in ROUGH.items()}
    shop = (("shop_return_rate", "the shop's rate"),)
    for key, place in (("category", " in this category"), ("brand", " of this brand")):
        history = History(key, place, params.prior_lines.kind, shop, f"{key} not recorded")
        by_name |= history.all(params.half_life.short_days)
    return by_name | {"shop_return_rate": Sentence(_of_shop, "rate of the shop not known")}


def _of_shop(rate: float, _values: Values) -> str:
    return f"{about(rate)} of the shop's lines came back lately"


def _of(lines: str) -> Phrase:
    def phrase(rate: float, _values: Values) -> str:
        return f"{about(rate)} of lines {lines} come back"

    return phrase
