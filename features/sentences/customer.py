"""Sentences of `features.definitions.customer`."""

import math

from features.params import DefinitionParams
from features.sentences.history import History
from features.sentences.sentence import CUSTOMER_LINES, GUEST, Phrase, Sentence, Values
from features.sentences.wording import about, against, count, finite, percent, span, whole

NEW_CUSTOMER = "new customer: nothing ordered before"
NEVER_ORDERED = "customer never ordered this product before"
NO_OUTCOME = "no outcome of this product known for this customer yet"


def sentences(params: DefinitionParams) -> dict[str, Sentence]:
    """The sentence of each feature, by its name."""
    lives = params.half_life
    shop = (("shop_return_rate", "the shop's rate"),)
    new = (CUSTOMER_LINES, NEW_CUSTOMER)
    customer = History("customer", "", params.prior_lines.customer, shop, GUEST, of_customer=True, new=new)
    by_name = customer.all(lives.short_days, lives.long_days)
    for kind, place, missing in (
        ("category", " in this category", "category not recorded"),
        ("brand", " of this brand", "brand not recorded"),
        ("size_system", " in this size system", "the line has no size"),
        ("basket_size", " in baskets of about this size", GUEST),
    ):
        by_name |= _within(customer, f"customer_{kind}", place, missing).all()
    return by_name | _volume() | _recency() | _of_this_product()


def _within(customer: History, key: str, place: str, missing: str) -> History:
    parents = (("customer_return_rate", "overall rate"),)
    return History(key, place, customer.strength_lines, parents, missing, of_customer=True, within=customer)


def _volume() -> dict[str, Sentence]:
    return {
        "customer_lines": _sentence(_lines),
        "customer_orders": _sentence(_orders),
        "customer_spend_minor": _sentence(_spend),
        "customer_returned_value_share": _sentence(_value_share, "nothing of value settled for this customer yet"),
        "customer_open_lines": _sentence(_open_lines),
        "customer_price_ratio": _sentence(_price, "customer ordered nothing of value before"),
    }


def _recency() -> dict[str, Sentence]:
    return {
        "customer_days_since_order": _sentence(lambda days, _: f"last order {span(days)} ago", NEW_CUSTOMER),
        "customer_days_since_first_order": _sentence(lambda days, _: f"first order {span(days)} ago", NEW_CUSTOMER),
        "customer_days_since_return": _sentence(
            lambda days, _: f"latest return of this customer {span(days)} ago", "no return of this customer so far"
        ),
    }


def _of_this_product() -> dict[str, Sentence]:
    return {
        "customer_product_lines": _sentence(
            lambda lines, _: (
                f"customer ordered {count(lines, 'line')} of this product before" if lines else NEVER_ORDERED
            )
        ),
        "customer_product_returned": _sentence(_outcome("returned")),
        "customer_product_kept": _sentence(_outcome("kept")),
        "customer_product_return_rate": _sentence(_product_rate()),
        "customer_product_last_returned": _sentence(_last_returned, NO_OUTCOME),
        "customer_product_days_since_order": _sentence(
            lambda days, _: f"customer last ordered this product {span(days)} ago", NEVER_ORDERED
        ),
    }


def _sentence(phrase: Phrase, missing: str = GUEST) -> Sentence:
    return Sentence(phrase, missing, of_customer=True)


def _lines(lines: float, _values: Values) -> str:
    return f"customer ordered {count(lines, 'line')} before" if lines else NEW_CUSTOMER


def _orders(orders: float, _values: Values) -> str:
    return f"customer placed {count(orders, 'order')} before" if orders else NEW_CUSTOMER


def _spend(value: float, values: Values) -> str:
    if values.get(CUSTOMER_LINES) == 0:
        return NEW_CUSTOMER
    return f"customer ordered goods worth {count(value, 'minor unit')} before"


def _value_share(share: float, _values: Values) -> str:
    return f"customer sent back {percent(share)} of the value settled so far"


def _open_lines(lines: float, values: Values) -> str:
    if values.get(CUSTOMER_LINES) == 0:
        return NEW_CUSTOMER
    if lines == 0:
        return "the outcome of all earlier lines of this customer is known"
    return f"{count(lines, 'earlier line')} of this customer with an outcome not known yet"


def _price(ratio: float, _values: Values) -> str:
    return f"this line's value is {against(ratio, 'the mean of what the customer ordered before')}"


def _outcome(verb: str) -> Phrase:
    def phrase(lines: float, values: Values) -> str:
        settled = values.get("customer_product_returned", math.nan) + values.get("customer_product_kept", math.nan)
        if settled == 0:
            return _unsettled(values)
        if not finite(settled):
            return f"customer {verb} {count(lines, 'line')} of this product before"
        return f"customer {verb} {whole(lines)} of {count(settled, 'settled line')} of this product"

    return phrase


def _unsettled(values: Values) -> str:
    return NEVER_ORDERED if values.get("customer_product_lines") == 0 else NO_OUTCOME


def _product_rate() -> Phrase:
    returned_of_settled = _outcome("returned")

    def phrase(rate: float, values: Values) -> str:
        returned, kept = (
            values.get("customer_product_returned", math.nan),
            values.get("customer_product_kept", math.nan),
        )
        if returned + kept == 0:
            return f"{_unsettled(values)}; overall rate is {about(rate)}"
        if finite(returned + kept):
            return returned_of_settled(returned, values)
        return f"customer returns {about(rate)} of this product's lines"

    return phrase


def _last_returned(returned: float, _values: Values) -> str:
    return f"customer {'returned' if returned else 'kept'} this product last time"
