"""Sentences of `features.definitions.size`."""

import math

from features.params import DefinitionParams
from features.sentences.history import NEARLY
from features.sentences.sentence import Said, Sentence, Values
from features.sentences.wording import TRILLION, count, figure, finite, percent, whole

SAME = 0.05
"""Below so many steps two sizes are said to be the same."""


def sentences(params: DefinitionParams) -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    said = {
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
        said[f"{key}_{outcome}_size_offset"] = Sentence(against_mean, missing, of_customer=True)
    for key, whose in (("product", "of this product"), ("product_size", "of this product in this size")):
        for flag in ("too_small", "too_large"):
            said[f"{key}_{flag}_share"] = Sentence(_share(flag.replace("_", " "), whose), _no_reason(whose))
    return said


def _against(mean: str) -> Said:
    def said(steps: float, _values: Values) -> str:
        if -SAME < steps < SAME:
            return f"the size is {mean}"
        return f"the size is {_steps(steps)} {'above' if steps > 0 else 'below'} {mean}"

    return said


def _in_basket() -> Said:
    among_sizes = _against("the mean size of this product in the basket")

    def said(steps: float, values: Values) -> str:
        if values.get("basket_product_lines") == 1:
            return "no other line of this product in the basket"
        return among_sizes(steps, values)

    return said


def _steps(steps: float) -> str:
    size = figure(round(abs(steps), 1))
    return f"{size} step" if size == "1" else f"{size} steps"


def _no_reason(whose: str) -> str:
    return f"no return {whose} with a recorded reason yet"


def _share(reason: str, whose: str) -> Said:
    def said(share: float, _values: Values) -> str:
        return f"{percent(share)} of returns {whose} with a reason were {reason}"

    return said


def _bias(strength_returns: float) -> Said:
    def said(bias: float, values: Values) -> str:
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

    return said


def _recorded(bias: float, small: float, large: float, strength_returns: float) -> float:
    """How many returns have a reason, NaN where the values don't tell.

    The bias is (too large - too small) / (recorded + strength), the shares are too large and too small over recorded.
    """
    left = large - small - bias
    recorded = bias * strength_returns / left if left else math.nan
    likely = 0 <= small <= 1 and 0 <= large <= 1 and 1 - NEARLY < recorded < TRILLION
    return round(recorded) if likely and abs(recorded - round(recorded)) < NEARLY else math.nan
