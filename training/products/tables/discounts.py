"""The table of discounts: lines by the share taken off the list price, for the shop, categories and products."""

import numpy as np
import pyarrow as pa

from data.arrays import Floats, Ints
from training.products.columns import DISCOUNT_BANDS, PRICES
from training.products.estimates.context import Context
from training.products.estimates.lines import NONE
from training.products.tables.bands import divided

NOISE = 0.005
"""A smaller share off the list price is rounding, not a discount."""
EDGES = (NOISE, 0.15, 0.30, 0.50)
"""Lower bounds of the bands after the first, as shares of the list price."""


def discount_bands(discount_share: Floats) -> Ints:
    """Give each line's place in `DISCOUNT_BANDS`, shape (n,); -1 where the discount is not known (NaN)."""
    # A discount of 30% belongs to the band that begins at 30%, also where rounding of cents left 29.99%.
    band = np.searchsorted(EDGES, np.round(discount_share, 3), side="right")
    return np.where(np.isnan(discount_share), NONE, band).astype(np.int64)


def prices(context: Context) -> pa.Table:
    """Divide the lines of the longest period by discount: the table `PRICES`; empty without list prices."""
    found = divided(context, discount_bands(context.lines.discount_share), DISCOUNT_BANDS, "discount")
    return found.select(PRICES.schema.names).cast(PRICES.schema)
