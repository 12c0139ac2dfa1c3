"""The simulation: builds the shop from its parameters, then its orders, lines and outcomes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from data.sources.simulated import attributes, customers, products, seasons
from data.sources.simulated.brackets import Brackets, brackets_of
from data.sources.simulated.causes import causes_of, truth_of
from data.sources.simulated.draws import Draws
from data.sources.simulated.drivers import average_of, recent_drivers
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
    """Consecutive orders with their lines, prices, truth and outcomes."""

    orders: Orders
    lines: Lines
    prices: Prices
    probability: Floats
    """P(returned) of each line at checkout."""
    cause_shares: Floats
    """P(cause | returned): one row a cause, one column a line."""
    drivers: Floats
    """True contributions, one row a factor: see `drivers`; NaN for lines older than `drivers.DRIVER_DAYS`."""
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
    """Build calendar, products and customers; a pilot finds the number of orders that gives ``params.lines``."""
    guess = _shop(params, max(1, round(params.lines / _GUESSED_LINES_PER_ORDER)))
    parts = _pilot(guess, _PILOT_ORDERS)
    lines = sum(len(lines_of(guess, orders_of(guess, part)).order) for part in parts)
    return _shop(params, max(1, round(params.lines * sum(map(len, parts)) / lines)))


def _pilot(shop: Shop, most: int) -> list[Ints]:
    """Give the numbers of at most ``most`` orders, spread evenly over all orders.

    The numbers come in parts, so that the pilot needs no more memory than the simulation of a stretch.
    """
    number = np.unique(np.linspace(0, shop.orders - 1, min(shop.orders, most)).astype(np.int64))
    return np.array_split(number, -(-len(number) // _PILOT_PART))


def _shop(params: SimulatorParams, orders: int) -> Shop:
    draws = Draws(params.seed)
    calendar = seasons.build(params, draws)
    people = customers.build(params, calendar, draws, orders)
    items = products.build(params, calendar, draws)
    further = attributes.build(people, items, draws) if params.attributes else None
    return Shop(params, draws, calendar, people, items, orders, further)


def stretches(shop: Shop, orders: int) -> Iterator[Stretch]:
    """Simulate all orders by time, ``orders`` at a time."""
    average = average_of(_baskets(shop, part).terms for part in _pilot(shop, _AVERAGE_ORDERS))
    for start in range(0, shop.orders, orders):
        yield stretch(shop, np.arange(start, min(start + orders, shop.orders), dtype=np.int64), average)


def stretch(shop: Shop, number: Ints, average: Terms) -> Stretch:
    """Simulate the orders of the given numbers from basket to outcome, independent of all other orders.

    ``average``: the shop's average of each term, the reference of the drivers.
    """
    found = _baskets(shop, number)
    causes = causes_of(found.terms, shop.params.return_level)
    probability, shares = truth_of(causes, found.brackets.bracket_causes, shop.params.undelivered_share)
    return Stretch(
        orders=found.orders,
        lines=found.lines,
        prices=found.prices,
        probability=probability,
        cause_shares=shares,
        drivers=recent_drivers(shop, found.lines.time, found.terms, average),
        outcomes=outcomes_of(shop, found.orders, found.lines, causes, found.brackets),
    )


def _baskets(shop: Shop, number: Ints) -> _Baskets:
    orders = orders_of(shop, number)
    lines = lines_of(shop, orders)
    prices = prices_of(shop, orders, lines)
    brackets = brackets_of(shop, lines)
    return _Baskets(orders, lines, prices, brackets, terms_of(shop, orders, lines, prices, brackets.chosen_against))
