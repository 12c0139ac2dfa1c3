"""Improbable orders: each that came back did so whole, or one product stands in most of them and is never returned."""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.validation.improbable.finding import Improbable

FEWEST_ORDERS = 20
"""Orders of several lines that came back: fewer may all have come back whole by chance."""
MOST_WHOLE = 0.95
"""Share of whole ones from which a date or a flag is most likely of orders."""
MOST_ORDERS = 0.5
"""Share of the orders from which a product on so many is most likely no goods."""


def came_back_whole(backend: Backend, lines: ir.Table, returns: ir.Table) -> Iterator[Improbable]:
    """Look for orders of several lines, nearly all of which came back with all lines at one moment, where any did."""
    back = returns.group_by("line_id").aggregate(moment=returns["returned_at"].min())
    marked = lines.select("order_id", "line_id").left_join(back, "line_id")
    orders = marked.group_by("order_id").aggregate(
        lines=marked.count(), back=marked["moment"].count(), moments=marked["moment"].nunique()
    )
    orders = orders.filter((orders["lines"] > 1) & (orders["back"] > 0))
    whole = (orders["back"] == orders["lines"]) & (orders["moments"] == 1)
    figures = orders.aggregate(
        orders=orders.count(), whole=whole.sum().coalesce(0), example=orders["order_id"].min(where=whole)
    )
    (found,) = backend.to_pyarrow(figures).to_pylist()
    if found["orders"] >= FEWEST_ORDERS and found["whole"] >= MOST_WHOLE * found["orders"]:
        yield Improbable(
            "whole_orders_returned",
            f"{found['whole']:,} of {found['orders']:,} orders with several lines and a return came back whole, at one "
            "moment",
            f"order_id '{found['example']}'",
            "The date or the flag of a return may be one of the order, such as of its refund, and lines that were kept "
            "count as returned",
            "map a date or a file of returns that is of each line; or withdraw the outcome of these lines by a rule of "
            "order_lines.unknown_outcome. Where customers can only send whole orders back, nothing is to be done",
        )


def in_most_orders(backend: Backend, lines: ir.Table, returns: ir.Table, orders: int) -> Iterator[Improbable]:
    """Look for a product on a line of most ``orders`` that never came back, such as shipping."""
    if orders < FEWEST_ORDERS:
        return
    each = lines.group_by("product_id").aggregate(orders=lines["order_id"].nunique())
    usual = each.filter(each["orders"] > MOST_ORDERS * orders)
    never = usual.anti_join(lines.semi_join(returns, "line_id"), "product_id").order_by(
        [ibis.desc("orders"), "product_id"]
    )
    others = backend.to_pyarrow(each.count().as_scalar()).as_py() > 1
    for row in backend.to_pyarrow(never.limit(1)).to_pylist() if others else ():
        yield Improbable(
            "product_in_most_orders",
            f"one product stands in {row['orders']:,} of {orders:,} orders, and none of it came back",
            f"product_id '{row['product_id']}'",
            "It may be shipping, a fee or a discount, which nobody sends back: each such row counts as a kept line",
            "leave these rows out by a rule of order_lines.leave_out in the mapping",
        )
