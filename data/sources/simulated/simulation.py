"""From parameters to a shop, and from the shop to its orders, line by line to the outcome."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.sources.simulated import customers, products, seasons
from data.sources.simulated.causes import causes_of, late_probability, truth_of
from data.sources.simulated.draws import Draws, FloatArray, IntArray
from data.sources.simulated.lines import Lines, lines_of
from data.sources.simulated.orders import Orders, orders_of
from data.sources.simulated.outcomes import Outcomes, outcomes_of
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.prices import Prices, prices_of
from data.sources.simulated.shop import Shop

_GUESSED_LINES_PER_ORDER = 2.0
_PILOT_ORDERS = 50_000
_PILOT_PART = 5_000


@dataclass(frozen=True)
class Stretch:
    """Orders that follow each other, with all that belongs to them."""

    orders: Orders
    lines: Lines
    prices: Prices
    probability: FloatArray
    """P(returned) of each line at checkout."""
    cause_shares: FloatArray
    """P(cause | returned): one row a cause, one column a line."""
    outcomes: Outcomes


def open_shop(params: SimulatorParams) -> Shop:
    """Lay out calendar, range and customers; a pilot finds how many orders make the lines that are asked for."""
    guess = _shop(params, max(1, round(params.lines / _GUESSED_LINES_PER_ORDER)))
    number = np.unique(np.linspace(0, guess.orders - 1, min(guess.orders, _PILOT_ORDERS)).astype(np.int64))
    # In parts, so that the pilot holds no more in memory than the orders that follow.
    parts = np.array_split(number, -(-len(number) // _PILOT_PART))
    lines = sum(len(lines_of(guess, orders_of(guess, part)).order) for part in parts)
    return _shop(params, max(1, round(params.lines * len(number) / lines)))


def _shop(params: SimulatorParams, orders: int) -> Shop:
    draws = Draws(params.seed)
    calendar = seasons.build(params, draws)
    people = customers.build(params, calendar, draws, orders)
    return Shop(params, draws, calendar, people, products.build(params, calendar, draws), orders)


def stretches(shop: Shop, orders: int) -> Iterator[Stretch]:
    """Let the orders come in, ``orders`` at a time, in the order of time."""
    for start in range(0, shop.orders, orders):
        yield stretch(shop, np.arange(start, min(start + orders, shop.orders), dtype=np.int64))


def stretch(shop: Shop, number: IntArray) -> Stretch:
    """Follow the orders of the given numbers from basket to outcome; no other order has a say in it."""
    orders = orders_of(shop, number)
    lines = lines_of(shop, orders)
    prices = prices_of(shop, orders, lines)
    causes = causes_of(shop, orders, lines, prices)
    late = late_probability(shop, orders)
    probability, shares = truth_of(causes, late[lines.order], shop.params.undelivered_share)
    return Stretch(orders, lines, prices, probability, shares, outcomes_of(shop, orders, lines, causes, late))
