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
FEWEST_PRODUCTS = 2
MOST_ORDERS = 0.5
"""Share of the orders from which a product on so many is most likely no goods."""
CHANCE = 0.05
"""Probability of an event that may well be chance."""


def came_back_whole(backend: Backend, lines: ir.Table, returns: ir.Table) -> Iterator[Improbable]:
    """Look for orders of several lines, nearly all of which came back with all lines at one moment, where any did."""
    first = returns.group_by("line_id").aggregate(moment=returns["returned_at"].min())
    back = lines.select("order_id", "line_id").inner_join(first, "line_id")
    back = back.group_by("order_id").aggregate(back=back.count(), together=back["moment"].min() == back["moment"].max())
    back = backend.create_table("orders_that_came_back", back, temp=True)
    several = back["back"] > 1
    bound = back.aggregate(orders=several.sum().coalesce(0), whole=(several & back["together"]).sum().coalesce(0))
    (found,) = backend.to_pyarrow(bound).to_pylist()
    # More orders have several lines than had several back, and no more came back whole: mostly this is the end.
    if found["whole"] < FEWEST_ORDERS * MOST_WHOLE or found["whole"] < MOST_WHOLE * found["orders"]:
        return
    all_lines = lines.semi_join(back, "order_id").group_by("order_id").aggregate(lines=ibis._.count())
    orders = back.inner_join(all_lines, "order_id")
    orders = orders.filter(orders["lines"] > 1)
    whole = (orders["back"] == orders["lines"]) & orders["together"]
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
    each = lines.group_by("product_id").aggregate(lines=lines.count())
    each = backend.create_table("lines_of_products", each, temp=True)
    most = backend.to_pyarrow(each.aggregate(products=each.count(), lines=each["lines"].max())).to_pylist()[0]
    # A product has as many lines as orders at least: mostly this is the end.
    if most["products"] < FEWEST_PRODUCTS or most["lines"] <= MOST_ORDERS * orders:
        return
    frequent = lines.semi_join(each.filter(each["lines"] > MOST_ORDERS * orders), "product_id")
    usual = frequent.group_by("product_id").aggregate(orders=frequent["order_id"].nunique())
    usual = usual.filter(usual["orders"] > MOST_ORDERS * orders)
    never = usual.anti_join(lines.semi_join(returns, "line_id"), "product_id").order_by(
        [ibis.desc("orders"), "product_id"]
    )
    for row in backend.to_pyarrow(never.limit(1)).to_pylist():
        if _may_be_chance(backend, lines, returns, row["orders"]):
            return
        yield Improbable(
            "product_in_most_orders",
            f"one product stands in {row['orders']:,} of {orders:,} orders, and none of it came back",
            f"product_id '{row['product_id']}'",
            "It may be shipping, a fee or a discount, which nobody sends back: each such row counts as a kept line",
            "leave these rows out by a rule of order_lines.leave_out in the mapping",
        )


def _may_be_chance(backend: Backend, lines: ir.Table, returns: ir.Table, count: int) -> bool:
    """Whether none of ``count`` lines may have come back by chance, at the rate of the other lines."""
    figures = lines.aggregate(lines=lines.count())
    back = lines.semi_join(returns, "line_id").aggregate(lines=ibis._.count())
    whole, returned = (backend.to_pyarrow(each).to_pylist()[0]["lines"] for each in (figures, back))
    return bool((1 - returned / max(whole - count, 1)) ** count > CHANCE)
