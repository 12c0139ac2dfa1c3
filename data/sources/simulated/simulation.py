"""From parameters to a shop, and from the shop to its orders, line by line to the outcome."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from data.sources.simulated import customers, products, seasons
from data.sources.simulated.brackets import Brackets, brackets_of
from data.sources.simulated.causes import causes_of, truth_of
from data.sources.simulated.draws import Draws
from data.sources.simulated.drivers import average_of, told_drivers
from data.sources.simulated.lines import Lines, lines_of
from data.sources.simulated.orders import Orders, orders_of
from data.sources.simulated.outcomes import Outcomes, outcomes_of
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.prices import Prices, prices_of
from data.sources.simulated.shop import Shop
from data.sources.simulated.terms import Terms, terms_of

_GUESSED_LINES_PER_ORDER = 2.0
_PILOT_ORDERS = 50_000
_PILOT_PART = 5_000
_AVERAGE_ORDERS = 10_000


@dataclass(frozen=True)
class Stretch:
    """Orders that follow each other, with all that belongs to them."""

    orders: Orders
    lines: Lines
    prices: Prices
    probability: Floats
    """P(returned) of each line at checkout."""
    cause_shares: Floats
    """P(cause | returned): one row a cause, one column a line."""
    drivers: Floats
    """What drives the probability, one row a factor: see `drivers`; NaN for lines whose drivers are not told."""
    outcomes: Outcomes


@dataclass(frozen=True)
class _Baskets:
    """Orders as they stand at checkout."""

    orders: Orders
    lines: Lines
    prices: Prices
    brackets: Brackets
    terms: Terms


def open_shop(params: SimulatorParams) -> Shop:
    """Lay out calendar, range and customers; a pilot finds how many orders make the lines that are asked for."""
    guess = _shop(params, max(1, round(params.lines / _GUESSED_LINES_PER_ORDER)))
    parts = _pilot(guess, _PILOT_ORDERS)
    lines = sum(len(lines_of(guess, orders_of(guess, part)).order) for part in parts)
    return _shop(params, max(1, round(params.lines * sum(map(len, parts)) / lines)))


def _pilot(shop: Shop, most: int) -> list[Ints]:
    """Numbers of at most so many orders, spread evenly over all.

    They come in parts, so that the pilot holds no more in memory than the orders that follow.
    """
    number = np.unique(np.linspace(0, shop.orders - 1, min(shop.orders, most)).astype(np.int64))
    return np.array_split(number, -(-len(number) // _PILOT_PART))


def _shop(params: SimulatorParams, orders: int) -> Shop:
    draws = Draws(params.seed)
    calendar = seasons.build(params, draws)
    people = customers.build(params, calendar, draws, orders)
    return Shop(params, draws, calendar, people, products.build(params, calendar, draws), orders)


def stretches(shop: Shop, orders: int) -> Iterator[Stretch]:
    """Let the orders come in, ``orders`` at a time, in the order of time."""
    average = average_of(_baskets(shop, part).terms for part in _pilot(shop, _AVERAGE_ORDERS))
    for start in range(0, shop.orders, orders):
        yield stretch(shop, np.arange(start, min(start + orders, shop.orders), dtype=np.int64), average)


def stretch(shop: Shop, number: Ints, average: Terms) -> Stretch:
    """Follow the orders of the given numbers from basket to outcome; no other order has a say in it.

    ``average``: the shop's average of each term, which the drivers are held against.
    """
    found = _baskets(shop, number)
    causes = causes_of(found.terms, shop.params.return_level)
    probability, shares = truth_of(causes, found.brackets.spurned, shop.params.undelivered_share)
    return Stretch(
        orders=found.orders,
        lines=found.lines,
        prices=found.prices,
        probability=probability,
        cause_shares=shares,
        drivers=told_drivers(shop, found.lines.time, found.terms, average),
        outcomes=outcomes_of(shop, found.orders, found.lines, causes, found.brackets),
    )


def _baskets(shop: Shop, number: Ints) -> _Baskets:
    orders = orders_of(shop, number)
    lines = lines_of(shop, orders)
    prices = prices_of(shop, orders, lines)
    brackets = brackets_of(shop, lines)
    return _Baskets(orders, lines, prices, brackets, terms_of(shop, orders, lines, prices, brackets.chosen_against))
