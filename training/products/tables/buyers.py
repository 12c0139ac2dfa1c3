"""The table of who buys: lines by the customer's activity before the order, for the shop, categories and products."""

import pyarrow as pa

from training.products.columns import BUYERS
from training.products.estimates.context import Context
from training.products.tables.activity import STATES, activity_at_order
from training.products.tables.bands import divided


def buyers(context: Context) -> pa.Table:
    """Divide the lines of the longest period by the activity of who ordered: the table `BUYERS`."""
    activity = activity_at_order(context.lines, context.params.segments)
    found = divided(context, activity, STATES, "segment")
    return found.select(BUYERS.schema.names).cast(BUYERS.schema)
