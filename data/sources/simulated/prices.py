"""Prices of lines: list price, markdowns by age, sales, promotions and vouchers."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from data.sources.simulated import catalogue
from data.sources.simulated.lines import Lines
from data.sources.simulated.orders import Orders
from data.sources.simulated.seasons import DAY
from data.sources.simulated.shop import Shop

_VOUCHER = 0.10
_PROMOTED_SHARE = 0.08
_DEEPEST = 0.70


@dataclass(frozen=True)
class Prices:
    """One row a line; money in minor units, ``discount`` as a share of the list price, voucher included."""

    list_minor: Ints
    paid_minor: Ints
    discount: Floats
    relative: Floats
    """Log of the price paid against the median list price of the category."""


def prices_of(shop: Shop, orders: Orders, lines: Lines) -> Prices:
    """Compute the prices of the lines at the time of their order."""
    category = shop.products.category[lines.product]
    listed = np.round(shop.products.price[lines.product] * 100.0).astype(np.int64)
    discount = 1.0 - (1.0 - _markdown(shop, lines)) * np.where(orders.voucher[lines.order], 1.0 - _VOUCHER, 1.0)
    paid = np.maximum(np.round(listed * (1.0 - discount)), 1.0).astype(np.int64)
    return Prices(listed, paid, discount, np.log(paid / 100.0 / catalogue.levels("price")[category]))


def _markdown(shop: Shop, lines: Lines) -> Floats:
    """Sum of seasonal sale, markdown by age (up to 40% at the end of the product's life) and weekly promotion."""
    draws, product = shop.draws, lines.product
    life = catalogue.levels("life_days")[shop.products.category[product]] * DAY
    age = np.clip((lines.time - shop.products.launched[product]) / life, 0.0, 1.0)
    fashion = shop.products.department[product] == catalogue.FASHION
    aging = np.where(fashion, 0.40, 0.20) * np.clip(age - 0.55, 0.0, None) / 0.45
    week = lines.time // (7 * DAY)
    promoted = draws.happens("product/promotion", product * 2**20 + week, _PROMOTED_SHARE)
    on_sale = draws.happens("product/sale", product * 2**20 + week // 8, np.where(fashion, 0.7, 0.35))
    sale = np.where(on_sale, shop.seasons.sale[shop.seasons.day(lines.time)], 0.0)
    depth = np.minimum(aging + sale + np.where(promoted, 0.20, 0.0), _DEEPEST)
    return np.asarray(np.round(depth * 20.0) / 20.0, dtype=np.float64)  # shops mark down in steps of 5%
