"""A first mapping for files of no known layout: which sheet is what, how they belong together, and what is asked."""

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import currency, joins, shipments, unclear, written
from data.drafting import lines as order_lines
from data.drafting.asked import free_lines, left_files, net_quantities, promises, shop_zone, tills, wide_rows
from data.drafting.draft import Draft, Row, inline, listed, put
from data.drafting.joins import Join
from data.drafting.returns import outcomes
from data.drafting.roles import Roles, find
from data.drafting.sheet import Sheet
from data.errors import UserError
from data.progress.steps import counted

FACTS_OF_ORDERS = (
    "ordered_at", "time_of_day", "shipped_at", "delivered_at", "cancelled_at", "customer_id", "email", "payment_method",
    "channel", "region", "voucher_used", "status", "currency", "phone",
)  # fmt: skip
"""Roles of columns that all lines of an order share; a return, a reason or a price is of the line beside it alone."""


MISSING = ("?", "NULL", "N/A", "--", "0000-00-00 00:00:00", "\\N")
"""Cells that stand for no value; the mapping lists those that a file has, and reads none of them."""


def draft(sheets: list[Sheet]) -> Draft:
    """Draft a mapping for ``sheets``; `UserError` where none of them looks like order lines."""
    for sheet in sheets:
        sheet.empty(MISSING)
    found = [find(sheet) for sheet in counted(sheets, "meaning of columns", "tables")]
    unclear.resolve(found)
    lines = max(found, key=_like_lines)
    if not {"product_id", "order_id"} & lines.columns.keys():
        names = "; ".join(f"{sheet.title}: {written.listed(sheet.columns, 30)}" for sheet in sheets)
        raise UserError(
            expected="a file with a row for each order line: columns of an order, a product, a quantity and a price",
            found=f"no such columns in {names}",
            fix="copy data/mappings/bads.yaml, and name the columns by hand: docs/how-to/own-shop.md",
        )
    others = [roles for roles in found if roles is not lines]
    orders = joins.of_orders(lines, others)
    joined = None if orders is None else orders.roles
    returns = _returns([roles for roles in others if roles is not joined])
    dates = None if returns is None else joins.of_dates(returns, [roles for roles in others if roles is not returns])
    made = Draft()
    made.tree["files"] = CommentedMap()
    made.tree["timezone"] = "UTC"
    currency.add(made, lines, joined)
    order_lines.add(made, lines, joined)
    tills.add(made, lines, joined, returns)
    order_lines.add_tables(made, lines, [roles for roles in others if roles not in (joined, returns)])
    outcomes.add(made, lines, returns, None if dates is None else dates.roles)
    promises.leave_out(made, lines, returns)
    shop_zone.add(made, lines, joined)
    tables = {
        made.tree[part].get("file") for part in ("order_lines", "products", "customers", "returns") if part in made.tree
    }
    by = {lines.sheet.name: orders, returns.sheet.name if returns else "": dates}
    heads = [join.roles for join in by.values() if join is not None]
    used = [roles for roles in found if roles in heads or roles.sheet.name in tables]
    for roles in used:
        _file(made.tree["files"], roles, lines, by.get(roles.sheet.name))
    made.head += filter(
        None, [*lines.left, wide_rows.note(lines), net_quantities.note(lines.sheet), free_lines.note(lines)]
    )
    made.head += [left_files.note(roles, used) for roles in found if roles not in used]
    _ask(made, found)
    _not_mapped(made, found)
    return made


def _ask(made: Draft, found: list[Roles]) -> None:
    """Write behind each column whose role was decided by its values what to look at."""
    for part in ("order_lines", "products", "customers", "returns"):
        columns = made.tree.get(part, {}).get("columns", {})
        for roles in found:
            for role, why in roles.unsure.items():
                column = roles.columns.get(role)  # none, where another one took its place since
                if column is not None and column in _sources(columns.get(role)):
                    made.ask_also(columns, role, why)


def _sources(rule: object) -> list[object]:
    """The columns of a rule."""
    return [rule.get("column"), *rule.get("columns", [])] if isinstance(rule, dict) else [rule]


def _not_mapped(made: Draft, found: list[Roles]) -> None:
    """List the columns that the mapping leaves; those of personal data are not named."""
    text = made.text()
    for roles in found:
        sheet = roles.sheet
        left = [name for name in sheet.columns if name not in text and not sheet.personal(name)]
        if left:
            made.table.append(Row("not mapped", f"{sheet.name}: {written.listed(left, len(left))}"))


def _like_lines(roles: Roles) -> tuple[bool, int, int]:
    wanted = {"order_id", "product_id", "quantity", "price_minor", "line_id", "ordered_at", "price_of_line"}
    return roles.kind == "lines", len(wanted & roles.columns.keys()), roles.sheet.rows


def _returns(others: list[Roles]) -> Roles | None:
    """Take the file of returns that says most of what came back: a line or a product, and not the order alone."""
    found = [roles for roles in others if roles.kind == "returns"]
    goods = ("line_id", "product_id", "name")
    return max(found, key=lambda roles: any(role in roles.columns for role in goods), default=None)


def _file(files: CommentedMap, roles: Roles, lines: Roles, join: Join | None) -> None:
    sheet, rule = roles.sheet, roles.sheet.as_tree()
    placeholders = [value for value in MISSING if any(value in held for held in sheet.emptied.values())]
    if placeholders:
        put(rule, "missing", listed(placeholders), "CHECK: do they stand for a missing value?")
    if roles is lines:
        _fill_down(rule, lines)
    if join is not None:
        what = "line gets the columns of its order" if roles is lines else "row gets the columns of its return"
        put(rule, "join", join.rule(), f"CHECK: each {what}")
    cut = shipments.repeated(lines) if roles is lines else None
    if cut is not None:
        way = inline(newest_by=cut.newest_by) if cut.newest_by else "fullest"
        put(rule, "copies", way, "CHECK: a line has a row for each shipment, of which the last one counts")
    elif len(sheet.files) > 1:
        changed = roles.get("changed_at")
        way = inline(newest_by=changed) if changed else "identical"
        put(rule, "copies", way, "CHECK: a record that stands in several files counts once")
    files[sheet.name] = rule


def _fill_down(rule: CommentedMap, lines: Roles) -> None:
    """Fill columns down that are filled on the first row of each order alone."""
    order, sheet = lines.get("order_id"), lines.sheet
    if order is None or sheet.distinct(order) == sheet.rows:
        return
    if headed := _headed(lines, order):
        by = inline(from_each=order, columns=headed)
        put(rule, "fill_down", by, f"CHECK: do rows without {order} belong to the order above them?")
        return
    wanted = [lines.columns[role] for role in FACTS_OF_ORDERS if role in lines.columns]
    # ingest fills empty cells down alone, and no NULL
    found = [column for column in wanted if not sheet.emptied.get(column) and _on_first_rows(sheet, order, column)]
    if found:
        put(
            rule,
            "fill_down",
            inline(within=order, columns=found),
            "CHECK: they stand on the first row of an order alone",
        )


def _headed(lines: Roles, order: str) -> list[str]:
    """Columns that stand on the first row of an order alone, where that is the only one with the order's number."""
    sheet, product = lines.sheet, lines.get("product_id")
    if product is None or not 0 < sheet.filled(order) < sheet.rows or sheet.filled(product) < sheet.rows:
        return []
    facts = [lines.columns[role] for role in FACTS_OF_ORDERS if role in lines.columns]
    without = f"SELECT {{}} FROM {sheet.table} WHERE {sheet.cell(order)} = '' AND {{}} <> ''"
    return [
        column
        for column in facts
        if not sql.number(sheet.connection, without.format("count(*)", sheet.cell(column))) and sheet.filled(column)
    ]


def _on_first_rows(sheet: Sheet, order: str, column: str) -> bool:
    """Whether ``column`` is filled on the first row of every order with several rows that has it, and on no other."""
    cell, key = sheet.cell(column), sheet.cell(order)
    rows = (
        f"SELECT {key} AS _key, {cell} <> '' AS _filled, row_number() OVER (PARTITION BY {key} ORDER BY rowid) AS _nth"
    )
    several = (
        f"SELECT * FROM ({rows} FROM {sheet.table} WHERE {key} <> '') QUALIFY count(*) OVER (PARTITION BY _key) > 1"
    )
    first, later = sql.rows(
        sheet.connection,
        f"SELECT count(*) FILTER (_nth = 1 AND _filled), count(*) FILTER (_nth > 1 AND _filled) FROM ({several})",
    )[0]
    return bool(first > 0 and later == 0)
