"""What the demo's shop sells, and who may order there: some of what stands in the orders of the state's seed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from pathlib import Path
from typing import Final

from features.language.sizes import read_size
from features.online_state.order import Order, OrderLine
from features.online_state.order_record import OrderRecord
from features.online_state.seed_file import RECORDS_FILE, read_about
from serving.state.seeded_orders import seeded_orders

MOST_ORDERS: Final = 5000
"""Orders that are read: a whole seed takes a minute where there are half a million."""
PRODUCTS: Final = 8
OF_A_CATEGORY: Final = 2
"""Products of one category among them, as long as there are others."""
CUSTOMERS: Final = (4, 2, 1)
"""An example customer for each: the one with most orders of those who have at most so many; and the one with most."""


@dataclass(frozen=True)
class Product:
    """A product as it was sold last. ``sizes``: those in which it was sold, the smallest first."""

    product_id: str
    price_minor: int
    category: str | None
    color: str | None
    sizes: tuple[str, ...]


@dataclass(frozen=True)
class ExampleCustomer:
    """A customer by the shop's own id, with the number of ``orders`` among those that were read."""

    customer_id: str
    orders: int


@dataclass(frozen=True)
class Catalogue:
    """``products``, those that sell most first, and ``customers``; none where their ids are hashed."""

    products: tuple[Product, ...]
    customers: tuple[ExampleCustomer, ...]


def read_catalogue(seed: Path) -> Catalogue:
    """Make the catalogue from the first orders of the seed in the folder ``seed``.

    Raises
    ------
    UserError
        There is no seed, or it is of another version.
    """
    hashed = read_about(seed).id_key is not None
    records = [each for each in islice(seeded_orders(seed / RECORDS_FILE), MOST_ORDERS) if each.content is not None]
    orders = [each.content.order for each in records if each.content is not None]
    return Catalogue(tuple(_products(records)), () if hashed else tuple(_customers(orders)))


@dataclass
class _Sold:
    """A product's sales: the number of lines, its sizes, and its last line."""

    last: OrderLine
    at: int
    category: str | None
    lines: int = 0
    sizes: set[str] = field(default_factory=set)


def _products(records: Iterable[OrderRecord]) -> Iterator[Product]:
    sold: dict[str, _Sold] = {}
    for record in records:
        _count(record, sold)
    for product_id in _varied(sold):
        each = sold[product_id]
        sizes = tuple(sorted(each.sizes, key=_place))
        yield Product(product_id, each.last.price_minor, each.category, each.last.color, sizes)


def _count(record: OrderRecord, sold: dict[str, _Sold]) -> None:
    content = record.content
    if content is None:
        return
    for line_id, line in zip(content.line_ids, content.order.lines, strict=True):
        counted = record.counted.get(line_id)
        category = None if counted is None else counted.columns.get("category")
        named = category if isinstance(category, str) else None
        at = content.order.ordered_at
        own = sold.setdefault(line.product_id, _Sold(line, at, named))
        if at >= own.at:
            own.last, own.at, own.category = line, at, named
        own.lines += 1
        own.sizes |= set() if line.size is None else {line.size}


def _varied(sold: Mapping[str, _Sold]) -> list[str]:
    """Choose products: those in several sizes first, few of one category, and those that sell most."""
    ranked = sorted(sold, key=lambda each: (len(sold[each].sizes) < 2, -sold[each].lines, each))
    of_category, first = Counter[str | None](), list[str]()
    for each in ranked:
        of_category[sold[each].category] += 1
        if of_category[sold[each].category] <= OF_A_CATEGORY:
            first.append(each)
    chosen = first[:PRODUCTS]
    others = (each for each in ranked if each not in frozenset(chosen))
    return [*chosen, *islice(others, PRODUCTS - len(chosen))]


def _place(label: str) -> tuple[float, str]:
    """Where a size stands among others of its product."""
    value = read_size(label).value
    return (inf if value is None else value), label


def _customers(orders: Sequence[Order]) -> Iterator[ExampleCustomer]:
    counts = Counter(order.customer_id for order in orders if order.customer_id is not None)
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    seen = set[str]()
    for most in (None, *CUSTOMERS):
        found = next(((name, count) for name, count in ranked if most is None or count <= most), None)
        if found is not None and found[0] not in seen:
            seen.add(found[0])
            yield ExampleCustomer(*found)
