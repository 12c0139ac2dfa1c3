"""The lines of one order as features and counters read them: what `features.offline.lines` is for tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from features.language.nodes import ASKED_AT, BasketCounter, Derived, LineColumn, LineNode, Node, Over
from features.language.sizes import Size, read_size
from features.online_state.counters.layout import Value
from features.online_state.order import CustomerFacts, Order, OrderLine, ProductFacts

NAN = float("nan")
Row = dict[str, Value]
Group = tuple[list[Row], list[Row]]
"""Rows that agree in some columns, and those of them that are wanted."""
_read_size = lru_cache(maxsize=10_000)(read_size)
_NO_SIZE = Size("", None)


def rows(
    order: Order,
    nodes: Sequence[LineNode],
    products: Mapping[str, ProductFacts],
    customer: CustomerFacts,
    places: Sequence[int] | None = None,
    asked_at: int | None = None,
) -> list[Row]:
    """Lay out lines of ``order``: their own columns, and the basket counters and derived columns in ``nodes``.

    Parameters
    ----------
    nodes
        Parts before wholes; basket counters read the lines' own columns only.
    products, customer
        What the state knows; the facts that come with the order go first.
    places
        The lines that are wanted, by their places in the order, which count all its lines alike; None for every line.
    asked_at
        The moment of the question; None for that of the order.

    Raises
    ------
    IndexError
        The order has no line at a place.
    """
    at = order.ordered_at if asked_at is None else asked_at
    found = [_own(order, line, products.get(line.product_id), customer, at) for line in order.lines]
    wanted = found if places is None else [found[place] for place in places]
    blank: Row = dict.fromkeys([node.name for node in nodes])
    for row in wanted:
        row.update(blank)
    groups: dict[tuple[str, ...], list[Group]] = {}
    for node in nodes:
        if isinstance(node, Derived):
            _derive(node, wanted)
        elif isinstance(node, BasketCounter):
            if node.columns not in groups:
                groups[node.columns] = _grouped(found, wanted, node.columns)
            _count(node, groups[node.columns])
    return wanted


def line_nodes(nodes: Sequence[Node]) -> tuple[LineNode, ...]:
    """Pick basket counters and derived columns out of ``nodes``, each once, in their order."""
    chosen = {node.name: node for node in nodes if isinstance(node, BasketCounter | Derived)}
    return tuple(chosen.values())


def number(value: Value) -> Any:
    """A line column as formulas take it: NaN where it is missing."""
    return NAN if value is None else value


def _own(order: Order, line: OrderLine, known: ProductFacts | None, customer: CustomerFacts, asked_at: int) -> Row:
    size = _NO_SIZE if line.size is None else _read_size(line.size)
    given, known, who = line.product or _NOTHING, known or _NOTHING, order.customer or _NOBODY
    voucher = order.voucher_used
    return {
        "customer_id": order.customer_id,
        "product_id": line.product_id,
        "ordered_at": order.ordered_at,
        ASKED_AT.name: asked_at,
        "quantity": line.quantity,
        "price_minor": line.price_minor,
        "list_price_minor": line.list_price_minor,
        "value_minor": line.price_minor * line.quantity,
        "size": line.size,
        "size_system": size.system or None,
        "size_value": size.value,
        "color": line.color,
        "voucher_used": None if voucher is None else int(voucher),
        "payment_method": order.payment_method,
        "channel": order.channel,
        "region": order.region,
        "department": given.department or known.department,
        "category": given.category or known.category,
        "brand": given.brand or known.brand,
        "supplier": given.supplier or known.supplier,
        "launched_at": given.launched_at if given.launched_at is not None else known.launched_at,
        "registered_at": who.registered_at if who.registered_at is not None else customer.registered_at,
        "birth_year": who.birth_year if who.birth_year is not None else customer.birth_year,
        "title": who.title or customer.title,
    }


_NOTHING, _NOBODY = ProductFacts(), CustomerFacts()


def _count(node: BasketCounter, groups: Iterable[Group]) -> None:
    """Give the counter to the wanted rows of each group; a group holds the rows that agree in the counter's columns."""
    name, value = node.name, node.value
    for group, wanted in groups:
        if value is None:
            for row in wanted:
                row[name] = len(group)
            continue
        present: list[Any] = [row[value] for row in group if row[value] is not None]
        total = sum(present) if present else None
        for row in wanted:
            row[name] = total if node.over is Over.SUM else _above(present, row[value])


def _grouped(found: list[Row], wanted: list[Row], columns: tuple[str, ...]) -> list[Group]:
    """Group the rows that agree in ``columns``, where one of them is wanted and none of its columns is missing."""
    if not columns:
        return [(found, wanted)]
    groups: dict[tuple[Value, ...], Group] = {}
    for row in wanted:
        key = tuple([row[name] for name in columns])
        if None not in key:
            groups.setdefault(key, ([], []))[1].append(row)
    if wanted is found:
        return [(group, group) for _, group in groups.values()]
    for row in found:
        if group := groups.get(tuple([row[name] for name in columns])):
            group[0].append(row)
    return list(groups.values())


def _above(present: list[Any], own: Any) -> Value:
    return None if own is None else sum(value > own for value in present)


def _derive(node: Derived, wanted: list[Row]) -> None:
    names = [part.name for part in node.reads]
    formula: Callable[..., Any] = node.formula
    for row in wanted:
        value = formula(*[number(row[name]) for name in names])
        row[node.name] = None if value != value else int(value)  # noqa: PLR0124 - NaN is missing


def inputs(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Name the line columns that ``nodes`` read as numbers, sorted."""
    parts = (part for node in nodes for part in getattr(node, "reads", ()))
    return tuple(sorted({part.name for part in parts if isinstance(part, LineColumn | BasketCounter | Derived)}))
