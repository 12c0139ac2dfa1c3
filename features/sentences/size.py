"""Sentences of `features.definitions.size`."""

import math

from features.params import DefinitionParams
from features.sentences.history import NEARLY
from features.sentences.sentence import Phrase, Sentence, Values
from features.sentences.wording import TRILLION, count, figure, finite, percent, whole

SAME = 0.05
"""Two sizes count as the same below a difference of so many steps."""


def sentences(params: DefinitionParams) -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    by_name = {
        "basket_size_offset": Sentence(_in_basket(), "no size with a place on a scale"),
        "product_size_bias": Sentence(_bias(params.prior_returns.product), _no_reason("of this product")),
    }
    for key, outcome, place in (
        ("customer_size_system", "kept", "size system"),
        ("customer_category_size_system", "kept", "category"),
        ("customer_size_system", "returned", "size system"),
    ):
        missing = f"no comparable size {outcome} by this customer"
        against_mean = _against(f"the customer's mean {outcome} size in this {place}")
        by_name[f"{key}_{outcome}_size_offset"] = Sentence(against_mean, missing, of_customer=True)
    for key, whose in (("product", "of this product"), ("product_size", "of this product in this size")):
        for flag in ("too_small", "too_large"):
            by_name[f"{key}_{flag}_share"] = Sentence(_share(flag.replace("_", " "), whose), _no_reason(whose))
    return by_name


def _against(mean: str) -> Phrase:
    def phrase(steps: float, _values: Values) -> str:
        if -SAME < steps < SAME:
            return f"the size is {mean}"
        return f"the size is {_steps(steps)} {'above' if steps > 0 else 'below'} {mean}"

    return phrase


def _in_basket() -> Phrase:
    among_sizes = _against("the mean size of this product in the basket")

    def phrase(steps: float, values: Values) -> str:
        if values.get("basket_product_lines") == 1:
            return "no other line of this product in the basket"
        return among_sizes(steps, values)

    return phrase


def _steps(steps: float) -> str:
    size = figure(round(abs(steps), 1))
    return f"{size} step" if size == "1" else f"{size} steps"


def _no_reason(whose: str) -> str:
    return f"no return {whose} with a recorded reason yet"


def _share(reason: str, whose: str) -> Phrase:
    def phrase(share: float, _values: Values) -> str:
        return f"{percent(share)} of returns {whose} with a reason were {reason}"

    return phrase


def _bias(strength_returns: float) -> Phrase:
    def phrase(bias: float, values: Values) -> str:
        small, large = values.get("product_too_small_share", math.nan), values.get("product_too_large_share", math.nan)
        if not finite(small + large):
            return _no_reason("of this product")
        if bias == 0:
            return f"as many returns of this product were too small as too large: {percent(small)} each"
        runs = f"the product runs {'small' if bias < 0 else 'large'}"
        recorded = _recorded(bias, small, large, strength_returns)
        if not finite(recorded):
            return runs
        of = f"{whole(small * recorded)} of {count(recorded, 'return')} with a reason"
        return f"{runs}: {of} too small, {whole(large * recorded)} too large"

    return phrase


def _recorded(bias: float, small: float, large: float, strength_returns: float) -> float:
    """Compute the number of returns with a reason from bias and shares; NaN where these don't determine it.

    The bias is (too large - too small) / (recorded + strength). The shares are too large / recorded and too small /
    recorded.
    """
    left = large - small - bias
    recorded = bias * strength_returns / left if left else math.nan
    likely = 0 <= small <= 1 and 0 <= large <= 1 and 1 - NEARLY < recorded < TRILLION
    return round(recorded) if likely and abs(recorded - round(recorded)) < NEARLY else math.nan
