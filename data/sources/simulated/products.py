"""The products of the simulated shop, with visible and hidden traits."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Floats, Ints
from data.sources.simulated import catalogue
from data.sources.simulated.draws import Draws
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.seasons import DAY, Seasons

FAVOURITE_DAYS = 90
"""Days for which a customer's favourite products stay the same."""
_SUPPLIERS_PER_BRAND = 3
_FAULT_SHARES = (0.40, 0.25, 0.15, 0.20)


@dataclass(frozen=True)
class Products:
    """The products, one array a trait, sorted by category and then by launch. Times are seconds since 1970 UTC."""

    category: Ints
    department: Ints
    brand: Ints
    supplier: Ints
    launched: Ints
    price: Floats
    """List price in major units, as set at launch."""
    colors: Ints
    """Number of colors of the product."""
    first_color: Ints
    quality: Floats
    """Standard normal, higher is better; the same for ``honesty`` (of the description) and ``appeal``."""
    honesty: Floats
    appeal: Floats
    size_bias: Floats
    """In steps of the size system; above 0 the product runs small, below 0 it runs large."""
    fault: Ints
    fault_from: Ints
    """When the fault begins: at the launch or later. Meaningless where there is no fault."""
    shelf: Ints
    """Category and launch in one sorted number, to search for products on sale."""
    weight: Floats
    """Cumulative weight of popularity, from 0; one element longer than the other arrays."""

    @property
    def count(self) -> int:
        """How many products there are."""
        return len(self.category)


def build(params: SimulatorParams, seasons: Seasons, draws: Draws) -> Products:
    """Draw the products: each category launches them evenly over time, from one product life before the first day."""
    category = np.repeat(np.arange(len(catalogue.CATEGORIES)), _counts(params))
    index = np.arange(len(category), dtype=np.int64)
    launched = _launched(category, index, params, seasons, draws)
    department = catalogue.departments()[category]
    brand = _brands(department, index, draws)
    fault = _faults(category, index, params, draws)
    popularity = np.exp(1.1 * draws.normal("product/popularity", index))
    return Products(
        category=category,
        department=department,
        brand=brand,
        supplier=brand * _SUPPLIERS_PER_BRAND + (category + index % 2) % _SUPPLIERS_PER_BRAND,
        launched=launched,
        price=_prices(category, brand, index, draws),
        colors=1 + draws.choice("product/colors", index, np.array([0.30, 0.25, 0.25, 0.12, 0.08])),
        first_color=np.floor(len(catalogue.COLORS) * draws.uniform("product/color", index) ** 1.5).astype(np.int64),
        quality=0.8 * draws.normal("product/quality", index) + 0.6 * draws.normal("brand/quality", brand),
        honesty=0.9 * draws.normal("product/honesty", index) + 0.45 * draws.normal("brand/honesty", brand),
        appeal=0.9 * draws.normal("product/appeal", index) + 0.45 * draws.normal("brand/appeal", brand),
        size_bias=_size_bias(category, brand, index, params, draws),
        fault=fault,
        fault_from=_fault_from(launched, index, params, seasons, draws),
        shelf=_shelf(category, launched),
        weight=np.concatenate(([0.0], np.cumsum(popularity))),
    )


def pick(products: Products, category: Ints, time: Ints, oldest: Ints, position: Floats) -> Ints:
    """Choose a product of the category with a launch after ``oldest`` and not after ``time``.

    ``position`` is a draw from 0 to 1: the same position finds the same product as long as the bounds stay the same.
    """
    first = np.searchsorted(products.shelf, _shelf(category, oldest), side="right")
    end = np.searchsorted(products.shelf, _shelf(category, time), side="right")
    low, high = products.weight[first], products.weight[end]
    found = np.searchsorted(products.weight, high - position * (high - low), side="right") - 1
    return np.clip(found, first, end - 1).astype(np.int64)


def _shelf(category: Ints, launched: Ints) -> Ints:
    return np.asarray(category * 2**40 + launched, dtype=np.int64)


def _counts(params: SimulatorParams) -> Ints:
    """Number of products a category: by its sales and product life, and enough to have one on sale at any time."""
    life = catalogue.levels("life_days")
    department = catalogue.departments()
    sales = catalogue.levels("women") + catalogue.levels("men")
    sales = sales / np.bincount(department, weights=sales)[department]
    sales *= np.where(department == catalogue.ELECTRONICS, params.electronics_share, 1.0 - params.electronics_share)
    turnover = sales * (params.days + life) / life
    wanted = params.lines / params.lines_per_product * turnover / turnover.sum()
    least = np.ceil(3.0 * (params.days + life) / (life - FAVOURITE_DAYS))
    return np.asarray(np.maximum(np.round(wanted), least), dtype=np.int64)


def _launched(category: Ints, index: Ints, params: SimulatorParams, seasons: Seasons, draws: Draws) -> Ints:
    """Launch the j-th of n products in the j-th of n equal spans of time, so that no category is ever empty."""
    counts = np.bincount(category)
    place = index - np.repeat(np.cumsum(counts) - counts, counts)
    life = catalogue.levels("life_days")[category]
    span = (params.days + life) / counts[category]
    days = (place + draws.uniform("product/launched", index)) * span - life
    return seasons.start + np.floor(days * DAY).astype(np.int64)


def _brands(department: Ints, index: Ints, draws: Draws) -> Ints:
    """Draw the brands; their numbers continue from one department to the next."""
    brand = np.zeros(len(index), dtype=np.int64)
    offset = 0
    for number, names in enumerate(catalogue.BRANDS):
        popularity = 1.0 / (2.0 + np.arange(len(names), dtype=np.float64))
        mine = department == number
        brand[mine] = offset + draws.choice("product/brand", index[mine], popularity)
        offset += len(names)
    return brand


def _prices(category: Ints, brand: Ints, index: Ints, draws: Draws) -> Floats:
    level = 0.25 * draws.normal("brand/price", brand) + 0.40 * draws.normal("product/price", index)
    major = catalogue.levels("price")[category] * np.exp(level)
    return np.maximum(np.round(major), 2.0) - 0.01  # shop prices end in 99


def _size_bias(category: Ints, brand: Ints, index: Ints, params: SimulatorParams, draws: Draws) -> Floats:
    of_brand = 0.30 * draws.normal("brand/size", brand * len(catalogue.CATEGORIES) + category)
    return of_brand + params.product_spread * 1.1 * draws.normal("product/size", index)


def _faults(category: Ints, index: Ints, params: SimulatorParams, draws: Draws) -> Ints:
    shares = np.tile(_FAULT_SHARES, (len(index), 1))
    shares[catalogue.levels("fit")[category] < 0.1, 1:3] = 0.0
    fault = 1 + draws.choice("product/fault", index, shares)
    return np.where(draws.happens("product/faulty", index, params.fault_share), fault, catalogue.FAULT_NONE)


def _fault_from(launched: Ints, index: Ints, params: SimulatorParams, seasons: Seasons, draws: Draws) -> Ints:
    """Begin some faults after the launch, as with a bad batch: 20 to 150 days after the start of sales."""
    later = draws.happens("product/fault_later", index, params.fault_start_share)
    on_sale = np.maximum(launched, seasons.start)
    start = on_sale + np.floor((20 + 130 * draws.uniform("product/fault_from", index)) * DAY).astype(np.int64)
    return np.where(later, start, launched)
