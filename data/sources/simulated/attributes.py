"""The attributes of the simulated shop: material and fit of clothes, and the height of customers.

All three move the true probability of a return. The material makes a product please less or wear worse. The fit is the
height that a product is cut for: on a customer of another height it is too small or too large, in any size.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.arrays import Floats, Ints
from data.attributes import Attribute, Kind, checked
from data.schema import CUSTOMERS, PRODUCTS
from data.sources.simulated import catalogue
from data.sources.simulated.customers import Customers
from data.sources.simulated.draws import Draws
from data.sources.simulated.products import Products

DECLARED = checked(
    [
        Attribute("material", PRODUCTS.name, Kind.CATEGORY),
        Attribute("fit", PRODUCTS.name, Kind.CATEGORY),
        Attribute("height_cm", CUSTOMERS.name, Kind.NUMBER, personal=True),
    ]
)
MATERIALS = ("cotton", "wool", "linen", "viscose", "polyester")
MATERIAL_SHARES = (0.35, 0.12, 0.10, 0.18, 0.25)
MATERIAL_EFFECTS = (-0.25, -0.45, 0.15, 0.50, 0.25)
"""Added to the log of the hazards of taste, description and defects."""
FITS = ("short", "regular", "long")
FIT_SHARES = (0.25, 0.5, 0.25)
FIT_HEIGHTS = (162.0, 172.0, 182.0)
"""The height in cm that each fit is cut for."""
MISFIT_PER_CM, MOST_MISFIT = 0.08, 2.0
"""Misfit in tolerances of the size, for each cm of difference in height, and at most."""

_CLOTHES = ("letters", "eu", "inches")
_HEIGHTS = (166.0, 179.0, 172.0)
_HEIGHT_SPREAD = 6.5
_NONE = -1


@dataclass(frozen=True)
class ShopAttributes:
    """Material and fit of each product, -1 where it has none, and the height of each customer in whole cm."""

    material: Ints
    fit: Ints
    height: Floats

    def dislike(self, product: Ints) -> Floats:
        """What the material adds to the log of hazards, one value for each of ``product``."""
        return np.where(self.material < 0, 0.0, np.take(MATERIAL_EFFECTS, self.material))[product]

    def misfit(self, product: Ints, customer: Ints) -> Floats:
        """The misfit by height on each line, in tolerances; above 0 the product is too large."""
        cut_for, height = np.take(FIT_HEIGHTS, self.fit)[product], self.height[customer]
        apart = np.clip(MISFIT_PER_CM * (cut_for - height), -MOST_MISFIT, MOST_MISFIT)
        return np.where(self.fit[product] < 0, 0.0, apart)

    def of_products(self) -> dict[str, pa.Array]:
        """The columns of the table of products."""
        return {"attribute_material": _labels(MATERIALS, self.material), "attribute_fit": _labels(FITS, self.fit)}

    def of_customers(self) -> dict[str, pa.Array]:
        """The columns of the table of customers."""
        return {"attribute_height_cm": pa.array(self.height)}


def build(customers: Customers, products: Products, draws: Draws) -> ShopAttributes:
    """Draw the attributes. Their draws have names of their own, so that nothing else of the shop changes."""
    product, customer = np.arange(products.count, dtype=np.int64), np.arange(customers.count, dtype=np.int64)
    systems = np.array(list(catalogue.SIZE_SYSTEMS))[catalogue.size_systems()[products.category]]
    material = draws.choice("product/material", product, np.array(MATERIAL_SHARES))
    fit = draws.choice("product/fit", product, np.array(FIT_SHARES))
    height = np.take(_HEIGHTS, customers.title) + _HEIGHT_SPREAD * draws.normal("customer/height", customer)
    return ShopAttributes(
        material=np.where(products.department == catalogue.FASHION, material, _NONE),
        fit=np.where(np.isin(systems, _CLOTHES), fit, _NONE),
        height=np.round(height),
    )


def _labels(names: tuple[str, ...], code: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(code, mask=code < 0))
