"""The fixed parts of the simulated shop, which are the same for all orders."""

from dataclasses import dataclass

from data.sources.simulated.attributes import ShopAttributes
from data.sources.simulated.customers import Customers
from data.sources.simulated.draws import Draws
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.products import Products
from data.sources.simulated.seasons import Seasons


@dataclass(frozen=True)
class Shop:
    """Calendar, products and customers of one shop, and its number of orders; orders are numbered by time.

    ``attributes``: None for a shop without `SimulatorParams.attributes`.
    """

    params: SimulatorParams
    draws: Draws
    seasons: Seasons
    customers: Customers
    products: Products
    orders: int
    attributes: ShopAttributes | None = None
