"""Items: the products of an order, before bracketing turns an item into several lines."""

from dataclasses import dataclass, replace

import numpy as np

from data.arrays import Floats, Ints
from data.sources.simulated import catalogue, products
from data.sources.simulated.orders import Orders
from data.sources.simulated.seasons import DAY
from data.sources.simulated.shop import Shop

MAX_ITEMS = 8
"""Most items of an order."""
_FAVOURITE_SHARE = 0.12
_FAVOURITES = 3
_OTHER_DEPARTMENT = 0.10


@dataclass(frozen=True)
class Items:
    """One row an item, sorted by order and then by place in the order."""

    number: Ints
    """Index of the item's draws, unique over all stretches of orders."""
    order: Ints
    """Position of the item's order in `Orders`."""
    customer: Ints
    product: Ints


def items_of(shop: Shop, orders: Orders) -> Items:
    """Fill the baskets of the orders."""
    more = shop.customers.basket[orders.customer]
    reach = np.log(shop.draws.uniform("order/items", orders.number)) / np.log(more)
    count = np.minimum(1 + np.floor(reach), MAX_ITEMS).astype(np.int64)
    order = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    empty = Items(orders.number[order] * MAX_ITEMS + place, order, orders.customer[order], np.empty(0, dtype=np.int64))
    return replace(empty, product=_products(shop, orders, empty))


def _products(shop: Shop, orders: Orders, items: Items) -> Ints:
    """Choose the product of each item: mostly any product of the shop, sometimes a favourite of the customer."""
    draws, time = shop.draws, orders.time[items.order]
    favourite = draws.happens("item/favourite", items.number, _FAVOURITE_SHARE)
    period = time // (products.FAVOURITE_DAYS * DAY)
    which = np.floor(_FAVOURITES * draws.uniform("item/which", items.number)).astype(np.int64)
    # Negative numbers keep the draws of favourites apart from those of items.
    of_customer = -1 - ((period * shop.customers.count + items.customer) * _FAVOURITES + which)
    number = np.where(favourite, of_customer, items.number)
    category = _categories(shop, orders, items, number)
    life = (catalogue.levels("life_days")[category] * DAY).astype(np.int64)
    newest = np.where(favourite, period * products.FAVOURITE_DAYS * DAY, time)
    oldest = np.where(favourite, newest + products.FAVOURITE_DAYS * DAY, time) - life
    return products.pick(shop.products, category, newest, oldest, draws.uniform("item/product", number) ** 1.2)


def _categories(shop: Shop, orders: Orders, items: Items, number: Ints) -> Ints:
    """Choose the category of each item by the order's department, the customer and the month."""
    draws, love = shop.draws, shop.customers.electronics
    of_order = draws.happens("order/department", orders.number, love[orders.customer])
    other = draws.happens("item/department", items.number, _OTHER_DEPARTMENT)
    favourite_department = love[items.customer] > 0.5
    tech = np.where(number < 0, favourite_department, of_order[items.order] ^ other).astype(np.int64)
    women = (shop.customers.title[items.customer] != catalogue.TITLES.index("mr")).astype(np.int64)
    month = shop.seasons.month[shop.seasons.day(orders.time)][items.order]
    return draws.choice("item/category", number, _category_weights()[tech, women, month])


def _category_weights() -> Floats:
    """Weights of the categories by department, gender (women or others) and month."""
    seasons = np.array([catalogue.SEASONS[category.season] for category in catalogue.CATEGORIES]).T
    taste = np.stack([catalogue.levels("men"), catalogue.levels("women")])
    mine = catalogue.departments() == np.arange(len(catalogue.DEPARTMENTS))[:, None]
    return np.asarray(mine[:, None, None, :] * taste[None, :, None, :] * seasons[None, None, :, :], dtype=np.float64)
