"""Sentences of `features.definitions.basket`."""

import math

from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import against, count, finite, percent, times, whole

ALONE = "the only line in the basket"
NO_SCALE = "no size with a place on a scale"
UNKNOWN = "the basket is not known"
WORTHLESS = "the basket is worth nothing"


def sentences() -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    return {
        "basket_lines": Sentence(_lines, UNKNOWN),
        "basket_value_minor": Sentence(_value, UNKNOWN),
        "basket_product_lines": Sentence(_alike("of this product"), UNKNOWN),
        "basket_category_lines": Sentence(_alike("of this category"), "category not recorded"),
        "basket_brand_lines": Sentence(_alike("of this brand"), "brand not recorded"),
        "basket_size_system_lines": Sentence(_alike("of this size system"), "the line has no size"),
        "basket_dearer_lines": Sentence(_dearer, UNKNOWN),
        "basket_product_larger_sizes": Sentence(_larger, NO_SCALE),
        "basket_product_other_sizes": Sentence(_others("size"), "the line has no size"),
        "basket_product_other_colors": Sentence(_others("color"), "the line has no color"),
        "basket_value_share": Sentence(_value_share, WORTHLESS),
        "basket_product_share": Sentence(_product_share, UNKNOWN),
        "basket_mean_price_ratio": Sentence(_mean_price, WORTHLESS),
    }


def _is_alone(values: Values) -> bool:
    return values.get("basket_lines") == 1


def _lines(lines: float, _values: Values) -> str:
    return ALONE if lines == 1 else f"{whole(lines)} lines in the basket"


def _value(value: float, values: Values) -> str:
    worth = f"worth {count(value, 'minor unit')}"
    if _is_alone(values):
        return f"{ALONE}, {worth}"
    share = values.get("basket_value_share", math.nan)
    return f"the basket is {worth}, {times(1 / share)} this line" if 0 < share < 1 else f"the basket is {worth}"


def _alike(kind: str) -> Phrase:
    def phrase(lines: float, values: Values) -> str:
        total = values.get("basket_lines", math.nan)
        if lines == 1:
            return ALONE if total == 1 else f"no other line {kind} in the basket"
        if not finite(total):
            return f"{whole(lines)} lines {kind} in the basket"
        return f"{whole(lines)} of {whole(total)} lines in the basket are {kind}"

    return phrase


def _dearer(lines: float, values: Values) -> str:
    if _is_alone(values):
        return ALONE
    if lines == 0:
        return "no line in the basket has a higher price"
    return f"{count(lines, 'line')} in the basket with a higher price"


def _larger(lines: float, _values: Values) -> str:
    if lines == 0:
        return "no larger size of this product in the basket"
    return f"{count(lines, 'line')} of this product in a larger size in the basket"


def _others(variant: str) -> Phrase:
    def phrase(lines: float, _values: Values) -> str:
        if lines == 0:
            return f"no other {variant} of this product in the basket"
        if lines == 1:
            return f"1 more line of this product in the basket in another {variant}"
        return f"{whole(lines)} more lines of this product in the basket in other {variant}s"

    return phrase


def _value_share(share: float, values: Values) -> str:
    return ALONE if _is_alone(values) else f"this line is {percent(share)} of the basket's value"


def _product_share(share: float, values: Values) -> str:
    return ALONE if _is_alone(values) else f"this product is {percent(share)} of the basket's lines"


def _mean_price(ratio: float, values: Values) -> str:
    return ALONE if _is_alone(values) else f"this line's value is {against(ratio, 'the mean of the basket')}"
