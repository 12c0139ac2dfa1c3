"""Tills or branches that number their receipts alike: one number stands for an order of each of them."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting.draft import Draft, inline
from data.drafting.headers.vocabulary import plain
from data.drafting.roles import Roles

TILL = re.compile(
    r"(filiale?|branch|store|shop|outlet|location|till|register|terminal|kasse|kassen|laden|geschaft|standort|markt"
    r"|agence|magasin|caisse|boutique|tienda|caja|sucursal|negozio|cassa|punto vendita|loja|caixa|winkel|kassa|filiaal"
    r"|sklep|kasa|butik|店舗|レジ|店铺|门店|магазин|касса|филиал)[ -]?(no|nr|id|number|name|code|nummer|num)?"
)
"""Plain names of columns with the place of a sale."""
FEWEST = 3
"""Numbers of orders that stand at several tills, at least."""
MOST_TILLS = 1000
HALF = 0.5
"""Least share of such numbers with several customers or times, where the lines have customers."""


def add(draft: Draft, lines: Roles, joined: Roles | None, returns: Roles | None) -> None:
    """Read an order's number together with the till, where several tills use one number; ask where returns lack it."""
    columns = draft.tree["order_lines"]["columns"]
    order = lines.get("order_id")
    if order is None or joined is not None or columns.get("order_id") != order:
        return
    found = ((name, _shared(lines, order, name)) for name in lines.sheet.columns if TILL.fullmatch(plain(name)))
    till, count = next(((name, count) for name, count in found if count >= FEWEST), ("", 0))
    if not till:
        return
    why = f"CHECK: {count:,} values of {order} stand at several values of {till}"
    if returns is not None and "order_id" in returns.columns and _same(returns, till) is None:
        draft.ask_also(
            columns, "order_id", f"{why}, and {returns.sheet.name} has no such column: is one order of both?"
        )
        return
    columns["order_id"] = inline(columns=[till, order])
    draft.ask_also(columns, "order_id", f"{why}, so that both name an order; if one order is of several: {order}")


def with_till(rule: object, returns: Roles, number: CommentedMap | str) -> CommentedMap | str:
    """Read an order's ``number`` in the returns together with the till where the lines' ``rule`` does so."""
    till = _same(returns, rule["columns"][0]) if isinstance(rule, dict) and "columns" in rule else None
    return inline(columns=[till, number]) if till is not None and isinstance(number, str) else number


def _same(returns: Roles, till: str) -> str | None:
    return next((name for name in returns.sheet.columns if plain(name) == plain(till)), None)


def _shared(lines: Roles, order: str, till: str) -> int:
    """Count the numbers of orders at several tills; 0 where customers and times show that these are one order.

    An order whose lines several branches send has one customer and one time.
    """
    sheet = lines.sheet
    own = [column for role in ("customer_id", "ordered_at") if (column := lines.get(role)) not in (None, till)]
    apart = " OR ".join(f"count(DISTINCT {sheet.cell(str(column))}) > 1" for column in own) or "FALSE"
    cell = sheet.cell(till)
    groups = (
        f"SELECT count(DISTINCT {cell}) > 1 AS _several, ({apart}) AS _apart FROM {sheet.table} "
        f"WHERE {sheet.cell(order)} <> '' AND {cell} <> '' GROUP BY {sheet.cell(order)}"
    )
    query = f"SELECT count(*) FILTER (_several), count(*) FILTER (_several AND _apart) FROM ({groups})"
    several, differing = sql.rows(sheet.connection, query)[0]
    alone = "customer_id" not in lines.columns
    known = sheet.filled(till) == sheet.rows and 1 < sheet.distinct(till) <= MOST_TILLS
    return int(several) if known and (alone or differing >= HALF * several) else 0
