"""The simulated shop, opened: all that stays the same while orders come in."""

from dataclasses import dataclass

from data.sources.simulated.customers import Customers
from data.sources.simulated.draws import Draws
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.products import Products
from data.sources.simulated.seasons import Seasons


@dataclass(frozen=True)
class Shop:
    """Calendar, range and customers of one shop, and how many orders they make; orders are numbered in time."""

    params: SimulatorParams
    draws: Draws
    seasons: Seasons
    customers: Customers
    products: Products
    orders: int
