"""The simulated shop as canonical tables: numbers become ids, labels and times."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data import attributes, schema
from data.arrays import Bools, Floats, Ints
from data.sources.simulated import catalogue
from data.sources.simulated.attributes import DECLARED
from data.sources.simulated.lines import Lines
from data.sources.simulated.orders import Orders
from data.sources.simulated.outcomes import NEVER, Outcomes
from data.sources.simulated.prices import Prices
from data.sources.simulated.shop import Shop

_ABSENT = {"closes_at", "outcome_recorded", "cancelled_at", "reason_inferred", *schema.CARRIED}
ORDER_LINES = schema.ORDER_LINES.arrow(set(schema.ORDER_LINES.names) - _ABSENT)
RETURNS = schema.RETURNS.arrow(set(schema.RETURNS.names) - _ABSENT)
TRUTH = schema.TRUTH.arrow()
TRUTH_PRODUCTS = pa.schema(
    [
        pa.field("product_id", pa.string(), nullable=False),
        pa.field("department", pa.string(), nullable=False),
        pa.field("category", pa.string(), nullable=False),
        pa.field("quality", pa.float64(), nullable=False),
        pa.field("honesty", pa.float64(), nullable=False),
        pa.field("appeal", pa.float64(), nullable=False),
        pa.field("size_bias", pa.float64(), nullable=True),
        pa.field("fault", pa.string(), nullable=True),
        pa.field("fault_from", schema.TIME, nullable=True),
    ]
)
"""Hidden traits of a product: quality, honesty of the description and appeal, each standard normal; ``size_bias``:
steps of its size system by which the product runs small (below 0: large; missing without sizes); its fault, if any, and
the time at which the fault begins."""


def order_lines(shop: Shop, orders: Orders, lines: Lines, prices: Prices, outcomes: Outcomes) -> pa.Table:
    """Make the table of order lines of one stretch of orders; deliveries after the last day are missing."""
    of = lines.order
    sized = catalogue.size_systems()[shop.products.category[lines.product]] > 0
    delivered = np.where(outcomes.delivered < shop.seasons.end, outcomes.delivered, NEVER)
    columns = {
        "line_id": line_ids(orders.number[of], lines.place),
        "order_id": numbered("o", orders.number, 9).take(pa.array(of)),
        "customer_id": _blank(customer_ids(lines.customer), orders.guest[of]),
        "product_id": product_ids(lines.product),
        "ordered_at": times(lines.time),
        "quantity": pa.array(lines.quantity),
        "price_minor": pa.array(prices.paid_minor),
        "list_price_minor": pa.array(prices.list_minor),
        "size": _blank(_sizes(shop, lines), ~sized),
        "color": labels(catalogue.COLORS, lines.color),
        "voucher_used": pa.array(orders.voucher[of]),
        "payment_method": labels(catalogue.PAYMENTS, orders.payment[of]),
        "channel": labels(catalogue.CHANNELS, orders.channel[of]),
        "region": labels(catalogue.REGIONS, orders.region[of]),
        "delivered_at": times(delivered),
    }
    return pa.table(columns, schema=ORDER_LINES)


def truth(orders: Orders, lines: Lines, probability: Floats, shares: Floats, drivers: Floats) -> pa.Table:
    """Make the table of the truth: each line's probability, P(cause | returned), and drivers."""
    ids = line_ids(orders.number[lines.order], lines.place)
    contributions = [pa.array(row, mask=np.isnan(row)) for row in _single(drivers)]
    return pa.table([ids, pa.array(probability), *map(pa.array, _single(shares)), *contributions], schema=TRUTH)


def products(shop: Shop) -> pa.Table:
    """Make the table of products."""
    items = shop.products
    brands = [name for names in catalogue.BRANDS for name in names]
    suppliers = [f"supplier {number:03d}" for number in range(int(items.supplier.max()) + 1)]
    columns = {
        "product_id": product_ids(np.arange(items.count)),
        "name": _names(shop, brands),
        "department": labels(catalogue.DEPARTMENTS, items.department),
        "category": labels(tuple(c.name for c in catalogue.CATEGORIES), items.category),
        "brand": labels(tuple(brands), items.brand),
        "supplier": labels(tuple(suppliers), items.supplier),
        "launched_at": times(items.launched),
    }
    return _with_attributes(schema.PRODUCTS, columns, {} if shop.attributes is None else shop.attributes.of_products())


def truth_products(shop: Shop) -> pa.Table:
    """Make the table of each product's hidden traits, see `TRUTH_PRODUCTS`."""
    items = shop.products
    sound = items.fault == catalogue.FAULT_NONE
    no_sizes = catalogue.levels("fit")[items.category] < 0.1
    columns = {
        "product_id": product_ids(np.arange(items.count)),
        "department": labels(catalogue.DEPARTMENTS, items.department),
        "category": labels(tuple(c.name for c in catalogue.CATEGORIES), items.category),
        "quality": pa.array(items.quality),
        "honesty": pa.array(items.honesty),
        "appeal": pa.array(items.appeal),
        "size_bias": pa.array(items.size_bias, mask=no_sizes),
        "fault": _blank(labels(catalogue.FAULTS, items.fault), sound),
        "fault_from": times(np.where(sound, NEVER, items.fault_from)),
    }
    return pa.table(columns, schema=TRUTH_PRODUCTS)


def customers(shop: Shop) -> pa.Table:
    """Make the table of customers."""
    people = shop.customers
    columns = {
        "customer_id": customer_ids(np.arange(people.count)),
        "registered_at": times(people.registered),
        "birth_year": pa.array(people.birth_year),
        "title": labels(catalogue.TITLES, people.title),
    }
    return _with_attributes(
        schema.CUSTOMERS, columns, {} if shop.attributes is None else shop.attributes.of_customers()
    )


def labels_or_missing(names: tuple[str, ...], code: Ints) -> pa.Array:
    """Give the name of each code; missing for codes below 0."""
    return _blank(labels(names, np.maximum(code, 0)), code < 0)


def line_ids(order: Ints, place: Ints) -> pa.StringArray:
    """Ids such as o000000012-01, padded so that ids and numbers sort alike."""
    return _padded(("o", order, 9), ("-", place + 1, 2))


def product_ids(number: Ints) -> pa.StringArray:
    """Ids such as p0000012."""
    return numbered("p", number, 7)


def customer_ids(number: Ints) -> pa.StringArray:
    """Ids such as c00000012."""
    return numbered("c", number, 8)


def numbered(prefix: str, number: Ints, width: int) -> pa.StringArray:
    """Put the prefix before each number, padded with zeros to ``width`` digits."""
    return _padded((prefix, number, width))


def labels(names: tuple[str, ...], code: Ints) -> pa.Array:
    """Give the name of each code: the text at its position in ``names``."""
    return pa.array(names, pa.string()).take(pa.array(code))


def times(seconds: Ints) -> pa.Array:
    """Seconds since 1970 as times of the schema; `NEVER` is missing."""
    return pa.array(np.where(seconds == NEVER, 0, seconds) * 1_000_000, mask=seconds == NEVER).cast(schema.TIME)


def _with_attributes(table: schema.Table, columns: dict[str, pa.Array], further: dict[str, pa.Array]) -> pa.Table:
    whole = attributes.extended(table, DECLARED if further else ())
    return pa.table({**columns, **further}, schema=whole.arrow({*columns, *further}))


def _single(values: Floats) -> Floats:
    """Round to single precision, which halves the file; the probability alone keeps double precision."""
    return values.astype(np.float32).astype(np.float64)


def _names(shop: Shop, brands: list[str]) -> pa.Array:
    """Name each product by brand, model word, number and category, such as lumora aspen 12 headphones."""
    items = shop.products
    index = np.arange(items.count)
    words = labels(catalogue.MODELS, index % len(catalogue.MODELS))
    numbers = pa.array(index // len(catalogue.MODELS) + 1).cast(pa.string())
    categories = labels(tuple(c.name for c in catalogue.CATEGORIES), items.category)
    return pc.binary_join_element_wise(labels(tuple(brands), items.brand), words, numbers, categories, " ")


def _sizes(shop: Shop, lines: Lines) -> pa.Array:
    systems = list(catalogue.SIZE_SYSTEMS.values())
    offsets = np.cumsum([0] + [len(system.labels) for system in systems[:-1]])
    names = tuple(label for system in systems for label in system.labels)
    which = catalogue.size_systems()[shop.products.category[lines.product]]
    return labels(names, offsets[which] + lines.size)


def _blank(values: pa.Array, missing: Bools) -> pa.Array:
    return pc.if_else(pa.array(~missing), values, pa.scalar(None, pa.string()))


def _padded(*parts: tuple[str, Ints, int]) -> pa.StringArray:
    """Strings of one length, built as one block of bytes, without Python objects."""
    width = sum(len(prefix) + digits for prefix, _, digits in parts)
    count = len(parts[0][1])
    block: npt.NDArray[np.uint8] = np.empty((count, width), dtype=np.uint8)
    at = 0
    for prefix, number, digits in parts:
        block[:, at : at + len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
        at += len(prefix)
        rest = number.astype(np.int64)
        for column in range(at + digits - 1, at - 1, -1):
            rest, digit = np.divmod(rest, 10)
            block[:, column] = 48 + digit
        at += digits
    offsets = np.arange(count + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(block))
