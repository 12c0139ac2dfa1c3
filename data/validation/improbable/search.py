"""The search for everything improbable in the tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.schema import ORDER_LINES, PRODUCTS, RETURNS
from data.validation.improbable import amounts, customer_ids, customers, ids, orders, whole_orders
from data.validation.improbable.finding import ENOUGH_LINES, Improbable


@dataclass(frozen=True)
class Searched:
    """What is searched: rows and counts of the tables, the keys without a match, and what the source described."""

    rows: Mapping[str, ir.Table]
    """All rows of the raw tables, by table: a table with cut ids breaks so many rules that few rows are kept."""
    all_lines: int
    """Order lines in ``rows``."""
    lines: ir.Table
    """The kept order lines."""
    kept_lines: int
    orders: int
    """Orders of the kept lines."""
    unmatched_lines: ir.Table | None
    """``line_id`` of the returns without an order line; None where there is none."""
    unmatched_products: ir.Table | None
    """``product_id`` of the order lines without a product; None where there is none."""
    description: Mapping[str, Any]
    """The content of source.json; empty where there is none."""


def search(backend: Backend, searched: Searched) -> Iterator[Improbable]:
    """Search the tables: ids first, because they explain other findings."""
    if searched.unmatched_lines is not None:
        known = searched.rows[ORDER_LINES.name]
        yield from ids.in_two_forms(backend, RETURNS.name, "line_id", searched.unmatched_lines, known)
    if searched.unmatched_products is not None:
        known = searched.rows[PRODUCTS.name]
        yield from ids.in_two_forms(backend, ORDER_LINES.name, "product_id", searched.unmatched_products, known)
    yield from ids.cut(backend, searched.rows)
    decisions = searched.description.get("decisions", {})
    yield from customer_ids.search(decisions, searched.description.get("examples", {}), searched.all_lines)
    yield from amounts.rounded(decisions, searched.description.get("rows", {}))
    yield from amounts.thousands(decisions, searched.description.get("rows", {}))
    if searched.kept_lines >= ENOUGH_LINES:
        yield from customers.search(backend, searched.lines, searched.orders)
        yield from orders.twins(backend, searched.lines, searched.kept_lines, searched.orders)
        yield from amounts.far_apart(backend, searched.lines)
        yield from orders.at_one_time_of_day(backend, searched.lines)
        if not decisions.get("order_lines.ordered_at", {}).get(orders.SURE_DAYS):
            yield from orders.on_few_days_of_the_month(backend, searched.lines)
        yield from whole_orders.came_back_whole(backend, searched.lines, searched.rows[RETURNS.name])
    else:
        yield from customers.far_ahead(backend, searched.lines)
    yield from whole_orders.in_most_orders(backend, searched.lines, searched.rows[RETURNS.name], searched.orders)


def marked(found: Iterable[Improbable], accepted: Collection[str]) -> list[Improbable]:
    """Mark the ``accepted`` of the findings."""
    return [replace(finding, accepted=finding.name in accepted) for finding in found]
