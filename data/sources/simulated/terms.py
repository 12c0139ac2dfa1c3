"""The terms of a line's return hazards, and the factor that each term belongs to."""

from dataclasses import dataclass, fields

import numpy as np

from data.arrays import Floats
from data.sources.simulated import catalogue
from data.sources.simulated.lines import Lines
from data.sources.simulated.orders import Orders
from data.sources.simulated.prices import Prices
from data.sources.simulated.shop import Shop

TERMS: dict[str, tuple[str, ...]] = {
    "customer": ("propensity", "liking", "loyalty", "affinity", "impatience"),
    "product": (
        *("fit", "taste", "appeal", "defective", "misdescribed", "incompatible", "dishonest", "hue", "late_level"),
    ),
    "size": ("small", "large"),
    "price": ("dear", "cheap", "bargain", "voucher"),
    "bracketing": ("chosen_against",),
    "basket": ("others",),
    "season": ("drift", "gift_impulse", "gift_hurry"),
    "context": ("payment", "channel", "region", "late"),
}
"""The terms of each factor of `schema.DRIVERS`, in its order: what the features of that factor can learn.

A customer's liking for one product belongs to the factor customer. All levels of a category belong to the factor
product, also the level of ``fit``: it separates a dress from a cable, whatever the size.
"""

_LATE_HAZARD = (0.35, 0.12)
"""Hazard of a late delivery, by department."""
_FAULT_HAZARD = (0.0, 0.45, 0.0, 0.0, 0.55)
_FAULT_SHIFT = (0.0, 0.0, -2.0, 2.0, 0.0)
"""Effect of a fault by its kind: added to the hazard of its cause, or to the misfit in tolerances."""


@dataclass(frozen=True)
class Terms:
    """Float64 of shape (n,) each, one value a line, or of shape (1,) where all lines share it; see `causes_of`."""

    propensity: Floats
    """Added to the log of nearly every hazard, as are ``liking`` (of a category), ``loyalty`` (to a brand),
    ``payment``, ``channel``, ``region`` and ``drift``."""
    liking: Floats
    loyalty: Floats
    payment: Floats
    channel: Floats
    region: Floats
    drift: Floats
    taste: Floats
    """Level of the hazard of taste. Its log is raised by ``affinity`` (of this customer to this product), ``dear``,
    ``others`` (in the basket) and ``voucher``, and lowered by ``appeal`` and ``cheap``."""
    affinity: Floats
    appeal: Floats
    dear: Floats
    cheap: Floats
    others: Floats
    voucher: Floats
    bargain: Floats
    """Added to the log of the hazard of `Reason.UNWANTED`, as is ``gift_impulse``."""
    gift_impulse: Floats
    fit: Floats
    """Level of the hazards of too small and too large; ``small`` and ``large``, from the misfit, are their factors."""
    small: Floats
    large: Floats
    defective: Floats
    """Hazard of a defect for an average customer; ``misdescribed`` and ``incompatible`` are hazards, too."""
    misdescribed: Floats
    incompatible: Floats
    dishonest: Floats
    """Factor of ``incompatible``."""
    hue: Floats
    """Factor of the hazard of `Reason.COLOR`."""
    late_level: Floats
    """Hazard of a late delivery, times ``impatience`` and ``gift_hurry``."""
    impatience: Floats
    gift_hurry: Floats
    late: Floats
    """Probability that the delivery is late."""
    chosen_against: Floats
    """Probability that the line comes back because another line of its bracket is preferred."""

    def __getitem__(self, where: slice) -> "Terms":
        """Take the terms of a stretch of lines, where each term has one value a line."""
        return Terms(**{term.name: getattr(self, term.name)[where] for term in fields(self)})


def terms_of(shop: Shop, orders: Orders, lines: Lines, prices: Prices, chosen_against: Floats) -> Terms:
    """Compute the terms of every line; ``chosen_against``: the probability from its bracket."""
    gift = np.where(orders.gift[lines.order], 1.0, 0.0)
    return Terms(
        **_of_person(shop, orders, lines),
        **_of_taste(shop, orders, lines, prices),
        **_of_product(shop, lines),
        bargain=0.9 * prices.discount,
        gift_impulse=0.9 * gift,
        impatience=shop.customers.impatience[lines.customer],
        gift_hurry=1.0 + gift,
        late=late_probability(shop, orders)[lines.order],
        chosen_against=chosen_against,
    )


def late_probability(shop: Shop, orders: Orders) -> Floats:
    """P(late | checkout) of each order: by region, and higher when volume peaks before Christmas."""
    month = shop.seasons.month[shop.seasons.day(orders.time)]
    peak = np.where(month == 11, 1.8, np.where(month == 10, 1.3, 0.9))
    return np.minimum(shop.params.late_share * np.take(catalogue.REGION_LATENESS, orders.region) * peak, 0.6)


def _of_person(shop: Shop, orders: Orders, lines: Lines) -> dict[str, Floats]:
    """Terms of customer and order (how, where and when), with lasting preferences for categories and brands."""
    draws, of = shop.draws, lines.order
    category = shop.products.category[lines.product]
    liking = draws.normal("customer/category", lines.customer * len(catalogue.CATEGORIES) + category)
    loyalty = draws.normal("customer/brand", lines.customer * 1024 + shop.products.brand[lines.product])
    return {
        "propensity": shop.customers.propensity[lines.customer],
        "payment": np.take(catalogue.PAYMENT_EFFECTS, orders.payment)[of],
        "channel": np.take(catalogue.CHANNEL_EFFECTS, orders.channel)[of],
        "region": np.take(catalogue.REGION_EFFECTS, orders.region)[of],
        "drift": shop.seasons.drift[shop.seasons.day(orders.time)][of],
        "liking": 0.30 * liking,
        "loyalty": 0.20 * loyalty,
    }


def _of_taste(shop: Shop, orders: Orders, lines: Lines, prices: Prices) -> dict[str, Floats]:
    """Terms of taste: appeal, the customer's affinity to the product, price, and the other lines of the order."""
    pair = lines.customer * (shop.products.count + 1) + lines.product
    others = np.bincount(lines.order, minlength=len(orders.number))[lines.order] - 1.0
    return {
        "taste": catalogue.levels("taste")[shop.products.category[lines.product]],
        "affinity": 0.35 * shop.draws.normal("customer/product", pair),
        "appeal": shop.params.product_spread * shop.products.appeal[lines.product] - _dislike(shop, lines),
        "dear": 0.45 * prices.relative,
        "cheap": 0.7 * prices.discount,
        "others": 0.10 * np.minimum(others, 8.0),
        "voucher": np.where(orders.voucher[lines.order], 0.10, 0.0),
    }


def _of_product(shop: Shop, lines: Lines) -> dict[str, Floats]:
    """Terms of the product: its hazards, its hidden fault, and the misfit of its size."""
    items, product, spread = shop.products, lines.product, shop.params.product_spread
    category = items.category[product]
    fault = np.where(lines.time >= items.fault_from[product], items.fault[product], catalogue.FAULT_NONE)
    extra = np.take(_FAULT_HAZARD, fault)
    miss = lines.misfit + np.take(_FAULT_SHIFT, fault)
    if shop.attributes is not None:
        miss = miss + shop.attributes.misfit(product, lines.customer)
    dislike = _dislike(shop, lines)
    faulty, poor = catalogue.levels("fault")[category], np.exp(-spread * items.quality[product] + dislike)
    dishonest = np.exp(-spread * items.honesty[product] + dislike)
    misleading = 0.4 * faulty + 0.14 * catalogue.levels("taste")[category]
    hue = shop.draws.normal("product/hue", product * 64 + lines.color)
    return {
        "fit": catalogue.levels("fit")[category],
        # The hazards of too small and too large grow with the misfit; a fault of the cut shifts the misfit.
        "small": 0.20 + np.minimum(np.maximum(-miss - 0.25, 0.0) ** 1.5, 2.2),
        "large": 0.17 + np.minimum(np.maximum(miss - 0.35, 0.0) ** 1.5, 2.2),
        "defective": faulty * poor + extra * (fault == catalogue.FAULT_DEFECTIVE),
        "misdescribed": misleading * dishonest + extra * (fault == catalogue.FAULT_DESCRIPTION),
        "incompatible": catalogue.levels("incompatible")[category],
        "dishonest": dishonest,
        "hue": np.exp(0.6 * spread * hue),
        "late_level": np.take(_LATE_HAZARD, items.department[product]),
    }


def _dislike(shop: Shop, lines: Lines) -> Floats | float:
    """What the material adds to the log of the hazards of taste, description and defects; 0 in most shops."""
    return 0.0 if shop.attributes is None else shop.attributes.dislike(lines.product)
