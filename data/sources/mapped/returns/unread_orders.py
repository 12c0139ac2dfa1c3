"""A column of order numbers in the file of returns that no rule reads, where returns find their line without the order.

Its numbers are those of the orders but for signs, letters or zeros before them, and the orders have the product.
"""

import re

from data import sql
from data.personal_data.masking import shown
from data.schema import ORDER_LINES
from data.sources.mapped import order_lines
from data.sources.mapped.cleaning import clean
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.returns.other_writing import alike, number
from data.sources.mapped.rows import Work, cells_of, layers
from data.sources.mapped.signs.values import rows
from data.sources.mapped.signs.watched import Named, Names, Watched, unignored

ORDER = re.compile(
    r"order|auftrag|bestell|commande|pedido|ordine|ordre|zam[oó]wi|encomenda|objedn|rendel|sipari|comand|tilau|заказ|"
    r"παραγγελ|订单|訂單|注文|주문|purchase|invoice|rechnung|beleg|facture|factura|fattura|reference|referenz|vorgang",
    re.IGNORECASE,
)
"""Words in the names of such columns, in several languages."""
DECISION = "unread_order_numbers"
FEWEST, MOST_OF = 3, 0.5
"""Different products that show it, and the least share of the filled cells that are orders with the product."""


def unread_columns(mapping: Mapping, named: Named, names: Names) -> list[Watched]:
    """List the unread columns of the file of returns whose name is of orders; as `watched.watched_columns`.

    None is looked at where returns name their line or their order.
    """
    rule, file = mapping.returns, mapping.file_of_returns
    if rule.match is None or "order_id" in rule.match.by or file == mapping.file_of_lines:
        return []
    found = unignored(mapping, file, named, names)
    return [item for item in found if item.name not in named and ORDER.search(item.origin.column)]


def note(work: Work, columns: list[Watched]) -> None:
    """Count the returns whose order stands in one of ``columns``, and say how to match by it."""
    rule = work.mapping.returns.columns.get("product_id")
    if rule is None or not rule.sources:
        return
    for column in columns:
        _look_at(work, column)


def _look_at(work: Work, column: Watched) -> None:
    file, rule = column.file, work.mapping.returns.columns["product_id"]
    cells = cells_of(work, ORDER_LINES, file, {"product_id": rule})
    products = f"SELECT _row, {cells[0].value} AS product_id FROM {layers(file, cells)}"
    cell = clean(sql.name(column.name))
    named = f"SELECT _row, {cell} AS cell, {number(cell)} AS number FROM {rows(work, column)} WHERE {cell} <> ''"
    orders = f"SELECT DISTINCT product_id, {number('order_id')} AS number, order_id FROM {order_lines.TABLE}"
    query = (
        "SELECT count(DISTINCT _row), count(DISTINCT _row) FILTER (order_id IS NOT NULL), "
        "count(DISTINCT product_id) FILTER (order_id IS NOT NULL), coalesce(bool_and(order_id = cell), FALSE), "
        "arg_min(cell, _row) FILTER (order_id IS NOT NULL), arg_min(order_id, _row) FILTER (order_id IS NOT NULL) "
        f"FROM ({named}) JOIN ({products}) USING (_row) LEFT JOIN ({orders}) USING (product_id, number)"
    )
    filled, found, different, equal, written, meant = sql.rows(work.connection, query)[0]
    if different < FEWEST or found < MOST_OF * filled:
        return
    work.decide("returns.order_id", DECISION, int(found))
    work.notice(
        f"files.{file}: no rule reads the column {column.name!r}, which names the order: on {found:,} of {filled:,} "
        f"returns it is one with the product that came back, such as {shown(str(written))!r}, which is "
        f"{shown(str(meant))!r} in the order lines. Match by it: order_id: {column.name} under returns.columns, and "
        f"match: [order_id, product_id]. {'' if equal else alike(work, 'order_id') + '. '}Where it is another number, "
        f"{column.ignored_by}"
    )
