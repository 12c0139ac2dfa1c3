"""How the rows of a file of returns find their lines: by the columns that both files share."""

import re
from collections.abc import Sequence

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting.asked import tills
from data.drafting.draft import Draft, Row, inline, listed, put, together
from data.drafting.headers.vocabulary import plain
from data.drafting.lines import NOTHING, row
from data.drafting.returns import order_numbers, pieces_beside
from data.drafting.roles import Roles
from data.drafting.sheet import within

CODE = re.compile(
    r"(ean|gtin|upc|isbn|asin|jan|barcode|bar code|strichcode|code barres?|codigo de barras|codice a barre"
    r"|streepjescode|kod kreskowy|(ean|gtin|upc|barcode) (code|no|nr|number|13|14))"
)
"""Plain names of columns with the code of an article that trade has in common."""

ENOUGH = 0.5
"""Least share of the returns' keys that the lines have."""


def add(
    draft: Draft, part: CommentedMap, columns: CommentedMap, lines: Roles, returns: Roles, heads: Roles | None = None
) -> None:
    """Match returns by the columns that they share with the lines; names or e-mails serve where ids are absent.

    ``heads``: the sheet that the returns join, which may have the order's number in their place.
    """
    shared = _shared(draft, lines, returns)
    plainly = draft.tree["order_lines"]["columns"].get("order_id") == lines.get("order_id")  # without its till
    headed = _order_of_heads(lines, returns, heads) if plainly else None
    if headed is not None:
        shared["order_id"] = headed
    found = [name for name in ("order_id", "product_id", "customer_id") if name in shared]
    by = [name for name in found if name != "customer_id"] if "order_id" in shared else found
    both = [name for name in ("size", "color") if name in lines.columns and name in returns.columns]
    prefer = both if by != ["order_id"] else []  # a rule under columns that the match doesn't name is refused
    if not by:
        draft.table.append(Row("returns.line_id", f"{NOTHING}: no column whose values the order lines have"))
        return
    note = together("CHECK: do these columns say which line came back?", _unused_order(returns, by))
    pieces = next(iter(pieces_beside.numbers(returns)), None)
    if by == ["order_id"] and (goods := _of_goods(returns)):
        why = (
            f"by {goods} a return is of a part of its order, but no column of the product finds its line: of an order "
        )
        put(part, "match", listed(by), f"CHECK: {why}with several lines it is of an unknown line. Add such a column")
    elif by == ["order_id"] and pieces is None:
        put(part, "match", listed(by), note)
        put(part, "whole_order", True, "CHECK: is a return of all lines of its order?")
    elif by == ["order_id"]:
        why = f"{pieces} counts pieces, so no return is of a whole order; of an order with several lines it is of an "
        put(part, "match", listed(by), f"CHECK: {why}unknown line. Add a column of the product to the match")
    elif prefer:
        put(part, "match", inline(by=by, prefer=prefer), note)
    else:
        put(part, "match", listed(by), note)
    for name in by:
        rule = shared[name]
        own = draft.tree["order_lines"]["columns"].get(name)
        if heads is not None and headed is not None and name == "order_id":
            columns[name] = rule
            draft.table.append(row("returns", name, heads, heads.columns[name]))
            continue
        columns[name] = tills.with_till(own, returns, rule) if name == "order_id" else rule
        draft.table.append(row("returns", name, returns, rule if isinstance(rule, str) else str(rule["column"])))
    for further in prefer:
        columns[further] = returns.columns[further]
        draft.table.append(row("returns", further, returns, returns.columns[further]))


def _order_of_heads(lines: Roles, returns: Roles, heads: Roles | None) -> str | None:
    """Name the order's number in the heads of the returns, where their rows have none; None where it finds no order."""
    own, order = lines.get("order_id"), None if heads is None else heads.get("order_id")
    if heads is None or own is None or order is None or heads is returns or "order_id" in returns.columns:
        return None
    return heads.named(order, returns) if within(heads.sheet, order, lines.sheet, own) >= ENOUGH else None


def _of_goods(returns: Roles) -> str:
    """Name the columns of a file of returns that say which goods came back; empty for returns of whole orders."""
    columns = [returns.columns[role] for role in ("product_id", "name", "size", "color") if role in returns.columns]
    return ", ".join([*columns, *_codes(returns)])


def _codes(roles: Roles) -> list[str]:
    return [column for column in roles.sheet.columns if CODE.fullmatch(plain(roles.sheet.header(column)))]


def _shared(draft: Draft, lines: Roles, returns: Roles) -> dict[str, CommentedMap | str]:
    """Find the keys that both files have, each with how the returns read it."""
    shared: dict[str, CommentedMap | str] = {
        name: returns.columns[name]
        for name in ("order_id", "product_id", "customer_id")
        if name in lines.columns
        and name in returns.columns
        and within(returns.sheet, returns.columns[name], lines.sheet, lines.columns[name]) >= ENOUGH
    }
    if "product_id" not in shared and (keys := _spelling(lines, returns)) is not None:
        shared["product_id"] = inline(column=returns.columns["product_id"], **keys)
        _spell(draft, lines, keys)
    if "product_id" not in shared and (named := _names_products(draft, lines, returns)) is not None:
        shared["product_id"] = named
    if "customer_id" not in shared and _shares_emails(lines, returns):
        shared["customer_id"] = inline(column=returns.columns["email"], key="email")
    if (order := _order(draft, lines, returns, shared.get("product_id"))) is not None:
        shared["order_id"] = order
    return shared


def _order(draft: Draft, lines: Roles, returns: Roles, product: object) -> CommentedMap | str | None:
    """Read the order's number in one way in both files, where they write it in two; None where they don't."""
    rules = draft.tree["order_lines"]["columns"]
    second = order_numbers.second(lines, returns)
    if second is not None and rules.get("order_id") == lines.columns["order_id"]:
        rules["order_id"] = second
        draft.ask(
            rules,
            "order_id",
            f"CHECK: {returns.sheet.name} names an order by it, and not by {lines.columns['order_id']}",
        )
        draft.found(row("order_lines", "order_id", lines, second))
        return returns.columns["order_id"]
    same = "product_id" in lines.columns and product == returns.get("product_id")
    found = order_numbers.find(lines, returns, returns.get("product_id") if same else None)
    if found is None or rules.get("order_id") != lines.columns["order_id"]:
        return None
    own, other = lines.columns["order_id"], returns.columns["order_id"]
    if found.of_lines:
        rules["order_id"] = inline(column=own, extract=found.extract)
        why = f"CHECK: {returns.sheet.name} writes these numbers in another way; is this the part that both have?"
        draft.ask(rules, "order_id", why)
    return inline(column=other, extract=found.extract) if found.of_returns else other


def _unused_order(returns: Roles, by: Sequence[str]) -> str:
    """Say that the order's number finds no line, where the returns have one."""
    order = returns.get("order_id")
    if order is None or "order_id" in by:
        return ""
    return (
        f"CHECK: {order} is not used, as the order lines have few of its numbers: is another part of them the same? "
        "then add extract under both columns order_id, and order_id to the match"
    )


SPELLINGS = {
    "upper({})": {"case": "upper"},
    "regexp_replace({}, '^0+(.)', '\\1')": {"extract": "^0*(.+)$"},
}
"""SQL of one spelling of ids, each with the keys of a mapping that read it."""


def _spelling(lines: Roles, returns: Roles) -> dict[str, str] | None:
    """Find how the ids of products in both files become alike: in capitals, or without zeros before them."""
    own, other = lines.get("product_id"), returns.get("product_id")
    if own is None or other is None:
        return None
    for spelling, keys in SPELLINGS.items():
        one, two = spelling.format(returns.sheet.cell(other)), spelling.format(lines.sheet.cell(own))
        back = f"SELECT DISTINCT {one} AS _key FROM {returns.sheet.table} WHERE {returns.sheet.cell(other)} <> ''"
        sold = f"SELECT DISTINCT {two} AS _key FROM {lines.sheet.table} WHERE {lines.sheet.cell(own)} <> ''"
        count = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back})")
        found = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back}) SEMI JOIN ({sold}) USING (_key)")
        unique = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({sold})") == lines.sheet.distinct(own)
        if unique and found >= ENOUGH * max(1, count):
            return keys
    return None


def _spell(draft: Draft, lines: Roles, keys: dict[str, str]) -> None:
    """Read the product's id in one spelling, wherever the mapping names it."""
    own = lines.columns["product_id"]
    why = "CHECK: the returns write these ids in another way; is the id read so that both are alike?"
    for tree in (draft.tree["order_lines"], draft.tree.get("products", {})):
        if tree.get("columns", {}).get("product_id") == own:
            tree["columns"]["product_id"] = inline(column=own, **keys)
            draft.ask(tree["columns"], "product_id", why)


def _names_products(draft: Draft, lines: Roles, returns: Roles) -> str | None:
    """Take a product's code or name as its id on both sides, where it is all that the returns have of it."""
    codes = ((own, name) for own in _codes(lines) for name in _codes(returns) if plain(own) == plain(name))
    pairs = (*codes, (lines.get("name"), returns.get("name")))
    fitting = (
        (own, name)
        for own, name in pairs
        if own is not None and name is not None and within(returns.sheet, name, lines.sheet, own) >= ENOUGH
    )
    own, name = next(fitting, (None, None))
    if own is None or name is None:
        return None
    by_id = lines.get("product_id") or "its id"
    why = f"CHECK: the returns name a product by {name} alone; {by_id} would be better, if they had it"
    for tree in (draft.tree["order_lines"], draft.tree.get("products", {})):
        if tree.get("file", lines.sheet.name) == lines.sheet.name and "columns" in tree:
            tree["columns"]["product_id"] = own
            draft.ask(tree["columns"], "product_id", why)
    return name


def _shares_emails(lines: Roles, returns: Roles) -> bool:
    """Whether e-mails are the key of the lines' customers, and those of the returns are among them in any case."""
    own, other = lines.get("email"), returns.get("email")
    if own is None or other is None or "customer_id" in lines.columns:
        return False
    mails = f"SELECT DISTINCT lower({returns.sheet.cell(other)}) AS _key FROM {returns.sheet.table} WHERE _key <> ''"
    known = f"SELECT lower({lines.sheet.cell(own)}) AS _key FROM {lines.sheet.table}"
    found = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({mails}) SEMI JOIN ({known}) USING (_key)")
    return found >= ENOUGH * sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({mails})")
