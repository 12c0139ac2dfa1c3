"""The reconciliation: lines, orders, customers, products, pieces and money from the source to the tables written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.schema import ORDER_LINES

Figures = dict[str, int]
DISTINCT = {"orders": "order_id", "customers": "customer_id", "products": "product_id"}


@dataclass(frozen=True)
class Reconciliation:
    """The same figures of order lines at three places, and a sentence for each that differs.

    Figures are ``lines``, ``orders``, ``customers``, ``products``, ``quantity`` (pieces) and ``money_minor`` (quantity
    by price, minor units). Customers and products are those that lines name.
    """

    source: Figures | None
    """What the source kept of its files, by its own accounts: lines, quantity and money; None without accounts."""
    read: Figures
    """The raw table."""
    written: Figures
    """The validated table."""
    differences: tuple[str, ...]


def figures(backend: Backend, lines: ir.Table) -> Figures:
    """Count the figures of the order ``lines``."""
    # Floats add whole numbers exactly up to 2**53, and can't overflow on a row that breaks a rule.
    pieces = lines["quantity"].cast("float64")
    sums = lines.aggregate(
        lines=lines.count(),
        quantity=pieces.sum().coalesce(0),
        money_minor=(pieces * lines["price_minor"].cast("float64")).sum().coalesce(0),
    )
    (found,) = backend.to_pyarrow(sums).to_pylist()
    # A distinct count of its own for each column runs on all threads, and spills.
    for name, column in DISTINCT.items():
        different = lines.filter(lines[column].notnull()).select(column).distinct()
        found[name] = backend.to_pyarrow(different.count()).as_py()
    order = ("lines", *DISTINCT, "quantity", "money_minor")
    return {name: round(found[name]) for name in order}


def of_source(accounts: list[Mapping[str, Any]]) -> Figures | None:
    """Add up what the ``accounts`` in source.json kept of order lines; None without an account of them."""
    of_lines = [account for account in accounts if account["table"] == ORDER_LINES.name]
    if not of_lines:
        return None
    found = {"lines": sum(account["kept"] for account in of_lines)}
    for name, key in (("quantity", "kept_quantity"), ("money_minor", "kept_money_minor")):
        if all(key in account for account in of_lines):
            found[name] = sum(account[key] for account in of_lines)
    return found


def reconcile(source: Figures | None, read: Figures, written: Figures) -> Reconciliation:
    """Compare the figures of the three places."""
    differences = [*_differences("the source kept", source or {}, "the raw table has", read)]
    differences += _differences("the raw table has", read, "the table written has", written)
    return Reconciliation(source, read, written, tuple(differences))


def lost_between(source: Figures | None, read: Figures) -> list[str]:
    """List what differs between the source's accounts and the raw table, which should be the same."""
    return [*_differences("the source kept", source or {}, "the raw table has", read)]


def _differences(one: str, before: Figures, other: str, after: Figures) -> Iterator[str]:
    for name, figure in before.items():
        if figure != after[name]:
            change = after[name] - figure
            yield f"{name}: {one} {figure:,}, {other} {after[name]:,} ({change:+,})"
