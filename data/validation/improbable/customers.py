"""Improbable customers: one with a tenth of all lines, and a shop without a repeat customer."""

from collections.abc import Iterator
from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.pseudonyms.pseudonyms import from_environment
from data.reading.guests import STANDING_FOR_GUESTS
from data.validation.improbable.finding import Improbable

LARGEST_SHARE, FEWEST_LINES = 0.1, 10
ENOUGH_ORDERS = 200
FEWEST_ORDERS, TIMES_AS_MANY = 5, 3
"""Orders of one customer in a small shop, and how many times those of any other, that are hardly one person's."""


def search(backend: Backend, lines: ir.Table, orders: int) -> Iterator[Improbable]:
    """Look at the customers of the order ``lines``, of so many ``orders``."""
    known = lines.filter(lines["customer_id"].notnull())
    each = known.group_by("customer_id").aggregate(
        lines=known.count(), first=known["order_id"].min(), last=known["order_id"].max()
    )
    each = backend.create_table("lines_of_customers", each, temp=True)
    facts = each.aggregate(
        lines=each["lines"].sum().coalesce(0), repeat=(each["first"] != each["last"]).any().coalesce(False)
    )
    (found,) = backend.to_pyarrow(facts).to_pylist()
    top = backend.to_pyarrow(each.order_by([ibis.desc("lines"), "customer_id"]).limit(1)).to_pylist()
    if top and top[0]["lines"] >= max(FEWEST_LINES, LARGEST_SHARE * found["lines"]):
        yield _one_customer(top[0]["customer_id"], top[0]["lines"], int(found["lines"]))
    if top and orders >= ENOUGH_ORDERS and not found["repeat"]:
        yield Improbable(
            "no_repeat_customer",
            f"none of {orders:,} orders is of a customer with another order",
            None,
            "The customer's id may be one of the order, of the address or of the session",
            "map customer_id to the number that a customer keeps from order to order",
        )


def far_ahead(backend: Backend, lines: ir.Table) -> Iterator[Improbable]:
    """Look in a small shop for a customer with a tenth of the lines and over three times the orders of any other."""
    known = lines.filter(lines["customer_id"].notnull())
    each = known.group_by("customer_id").aggregate(lines=known.count(), orders=known["order_id"].nunique())
    rows = backend.to_pyarrow(each.order_by([ibis.desc("orders"), "customer_id"])).to_pylist()
    if not rows or rows[0]["orders"] < FEWEST_ORDERS:
        return
    first, next_ = rows[0], rows[1]["orders"] if len(rows) > 1 else 0
    identified = sum(row["lines"] for row in rows)
    if first["orders"] > TIMES_AS_MANY * next_ and first["lines"] >= LARGEST_SHARE * identified:
        yield replace(_one_customer(first["customer_id"], first["lines"], identified), grave=False)


def _one_customer(customer: str, lines: int, identified: int) -> Improbable:
    named = zip(STANDING_FOR_GUESTS, from_environment(warn=False).find(STANDING_FOR_GUESTS), strict=True)
    value = next((value for value, pseudonym in named if customer in (value, pseudonym)), None)
    if value is None:
        shown, how = f"the customer with the hash {customer}", 'missing: "THAT VALUE"'
        first = (
            "find the most frequent value of the column that customer_id is mapped to; if it stands for guests, set "
        )
    else:
        shown, how, first = f"customer_id '{value}'", f'missing: "{value}"', "if the value stands for guests, set "
    return Improbable(
        "one_customer",
        f"one customer_id has {lines / identified:.1%} of the lines that have a customer ({lines:,} of {identified:,})",
        shown,
        "An id that stands for all guests makes one customer of many, and their history is no one's",
        f"{first}{how} on customer_id in the mapping",
        grave=True,
    )
