"""Order lines: each item in one size and color, or as a bracket of several sizes or colors."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated import catalogue
from data.sources.simulated.items import Items, items_of
from data.sources.simulated.orders import Orders
from data.sources.simulated.seasons import DAY
from data.sources.simulated.shop import Shop

MAX_BRACKET = 3
"""Most lines of one item."""
_COLOR_BRACKETS = 0.30
_STORE = catalogue.CHANNELS.index("store")


@dataclass(frozen=True)
class Lines:
    """One row a line, sorted by order and then by place in the order."""

    order: Ints
    """Position of the line's order in `Orders`."""
    place: Ints
    """Place of the line in its order, from 0."""
    index: Ints
    """Index of the line's draws, unique over all stretches of orders; ``item``: the same for its item."""
    item: Ints
    starts: Ints
    """Positions of each item's first line; an item is one line, or the lines of a bracket."""
    time: Ints
    customer: Ints
    product: Ints
    size: Ints
    """Place of the label in the size system of the category; 0 where there are no sizes."""
    misfit: Floats
    """Misfit: distance of the label from the true body size, in tolerances; below 0 too small, above 0 too large."""
    color: Ints
    by_size: Bools
    """Whether the line is one of several sizes; ``by_color``: one of several colors."""
    by_color: Bools
    quantity: Ints


def lines_of(shop: Shop, orders: Orders) -> Lines:
    """Simulate the lines of the orders: first the items, then the sizes or colors of each item."""
    items = items_of(shop, orders)
    label, true_place = _sizes(shop, orders, items)
    count, by_size = _brackets(shop, orders, items)
    row = np.repeat(np.arange(len(count)), count)
    starts = np.cumsum(count) - count
    slot = np.arange(len(row)) - starts[row]
    order, product = items.order[row], items.product[row]
    size = _neighbours(shop, items, label, np.where(by_size, count, 1))[row] + np.where(by_size[row], slot, 0)
    several = count[row] > 1
    index = items.number[row] * MAX_BRACKET + slot
    first_line = np.searchsorted(order, np.arange(len(orders.number)))
    return Lines(
        order=order,
        place=np.arange(len(row)) - first_line[order],
        index=index,
        item=items.number[row],
        starts=starts,
        time=orders.time[order],
        customer=orders.customer[order],
        product=product,
        size=size,
        misfit=_misfit(shop, product, size, true_place[row]),
        color=_colors(shop, items, row, np.where(by_size[row], 0, slot)),
        by_size=several & by_size[row],
        by_color=several & ~by_size[row],
        quantity=_quantity(shop, index, product, several),
    )


def _sizes(shop: Shop, orders: Orders, items: Items) -> tuple[Ints, Floats]:
    """Find the label meant to fit, and the true place of the wearer's body among the labels."""
    people, customer = shop.customers, items.customer
    count, step, _ = _systems(shop, items.product)
    shoes = catalogue.size_systems()[shop.products.category[items.product]] == catalogue.SHOES
    body = np.where(shoes, people.foot[customer], people.body[customer])
    tenure_days = np.maximum(orders.time[items.order] - people.registered[customer], 0) / DAY
    error = people.size_error[customer] * (1.0 + 0.5 * np.exp(-tenure_days / 120.0))
    error *= np.where(orders.gift[items.order], 2.0, 1.0)
    true_place = body / step + (count - 1) / 2.0
    meant = true_place + error / step * shop.draws.normal("item/size", items.number)
    label = np.clip(np.round(meant), 0, count - 1).astype(np.int64)
    # A customer outside of the size range knows what fits: the remaining misfit is at most one step.
    return label, np.clip(true_place, -1.0, count.astype(np.float64))


def _brackets(shop: Shop, orders: Orders, items: Items) -> tuple[Ints, Bools]:
    """Decide how many lines each item becomes, and whether they differ by size (otherwise by color)."""
    draws = shop.draws
    sizes, _, _ = _systems(shop, items.product)
    by_color = draws.happens("item/by_color", items.number, _COLOR_BRACKETS) | (sizes == 1)
    fashion = shop.products.department[items.product] == catalogue.FASHION
    share = shop.params.bracket_share * shop.customers.brackets[items.customer]
    share *= np.where(fashion, 1.0, 0.0) * np.where(orders.channel[items.order] == _STORE, 0.2, 1.0)
    bracket = draws.happens("item/bracket", items.number, np.minimum(share, 0.8))
    wanted = np.where(draws.happens("item/three", items.number, 0.25), MAX_BRACKET, 2)
    there = np.where(by_color, shop.products.colors[items.product], sizes)
    return np.where(bracket, np.minimum(wanted, there), 1), ~by_color


def _neighbours(shop: Shop, items: Items, label: Ints, count: Ints) -> Ints:
    """Find the smallest of ``count`` consecutive labels that include the label meant to fit."""
    sizes, _, _ = _systems(shop, items.product)
    one_below = shop.draws.happens("item/below", items.number, 0.45) | (count == MAX_BRACKET)
    smallest = label - np.where((count > 1) & one_below, 1, 0)
    return np.clip(smallest, 0, sizes - count).astype(np.int64)


def _colors(shop: Shop, items: Items, row: Ints, further: Ints) -> Ints:
    """Choose each line's color: the color of its item, or the color ``further`` places on in the product's colors."""
    colors = shop.products.colors[items.product]
    favoured = np.floor(colors * shop.draws.uniform("item/color", items.number) ** 1.3).astype(np.int64)
    place = (favoured[row] + further) % colors[row]
    return np.asarray((shop.products.first_color[items.product][row] + place) % len(catalogue.COLORS), dtype=np.int64)


def _misfit(shop: Shop, product: Ints, size: Ints, true_place: Floats) -> Floats:
    _, _, tolerance = _systems(shop, product)
    cut = 0.25 * shop.draws.normal("product/cut", product * 64 + size)  # one size of a product may be cut badly
    return np.asarray((size - true_place - shop.products.size_bias[product] + cut) / tolerance, dtype=np.float64)


def _quantity(shop: Shop, index: Ints, product: Ints, several_lines: Bools) -> Ints:
    share = catalogue.levels("several")[shop.products.category[product]]
    more = shop.draws.happens("line/several", index, share) & ~several_lines
    extra = 1 + shop.draws.choice("line/quantity", index, np.array([0.7, 0.2, 0.1]))
    return np.where(more, 1 + extra, 1)


def _systems(shop: Shop, product: Ints) -> tuple[Ints, Floats, Floats]:
    """Look up number of labels, step and tolerance of each product's size system."""
    systems = list(catalogue.SIZE_SYSTEMS.values())
    which = catalogue.size_systems()[shop.products.category[product]]
    count = np.array([len(system.labels) for system in systems], dtype=np.int64)
    step = np.array([system.step for system in systems])
    tolerance = np.array([system.tolerance for system in systems])
    return count[which], step[which], tolerance[which]
