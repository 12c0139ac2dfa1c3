"""Sentences of `features.definitions.product`."""

from features.params import DefinitionParams
from features.sentences.history import History
from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import against, count, often, span

NEW_PRODUCT = "new product: never ordered before"
NO_PRICE = "no earlier price of this product"
UNKNOWN = "not known of this product"


def sentences(params: DefinitionParams) -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    lives, prior = params.half_life, params.prior_lines
    # The possible parents of a product's rate, as in `features.definitions.selection`.
    kinds = (
        ("category_return_rate", "its category's rate"),
        ("brand_return_rate", "its brand's rate"),
        ("shop_return_rate", "the shop's rate"),
    )
    product = History("product", " of this product", prior.product, kinds, UNKNOWN, new=("product_lines", NEW_PRODUCT))
    trend = product.sentence(_ratio(product, "this product lately comes back", "over all its time"))
    by_name = product.all(lives.short_days, lives.long_days) | {"product_return_rate_trend": trend}
    return by_name | _variants(product, prior.variant) | _sales() | _prices()


def _variants(product: History, strength_lines: float) -> dict[str, Sentence]:
    by_name: dict[str, Sentence] = {}
    for kind, place, missing, subject, other in (
        ("size", "in this size", "the line has no size", "this size comes back", "the product in all sizes"),
        ("color", "in this color", "the line has no color", "this color comes back", "the product in all colors"),
        ("basket_size", "in baskets of about this size", UNKNOWN, "in such a basket it comes back", "in all baskets"),
    ):
        parents = (("product_return_rate", "overall rate"),)
        where = f" of this product {place}"
        history = History(f"product_{kind}", where, strength_lines, parents, missing, within=product)
        by_name |= history.all() | {
            f"{history.key}_return_rate_ratio": history.sentence(_ratio(history, subject, other))
        }
    return by_name


def _ratio(history: History, subject: str, other: str) -> Phrase:
    """The text of a ratio of two shrunk rates; where no line is settled, the text of an empty history."""

    def phrase(ratio: float, values: Values) -> str:
        return history.empty(values) if history.is_empty(values) else f"{subject} about {often(ratio)} {other}"

    return phrase


def _sales() -> dict[str, Sentence]:
    return {
        "product_lines": Sentence(
            lambda lines, _: f"{count(lines, 'earlier line')} of this product" if lines else NEW_PRODUCT, UNKNOWN
        ),
        "product_days_since_first_order": Sentence(
            lambda days, _: f"product first ordered {span(days)} ago", NEW_PRODUCT
        ),
        "product_days_since_order": Sentence(lambda days, _: f"product last ordered {span(days)} ago", NEW_PRODUCT),
    }


def _prices() -> dict[str, Sentence]:
    return {
        "product_price_ratio": Sentence(
            lambda ratio, _: f"price {against(ratio, 'the mean price of this product so far')}", NO_PRICE
        ),
        "product_price_to_highest": Sentence(
            lambda ratio, _: f"price {against(ratio, 'the highest price of this product so far')}", NO_PRICE
        ),
    }
