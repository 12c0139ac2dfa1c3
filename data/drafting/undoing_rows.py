"""Rows of the order lines that undo others: which keys name the sale, and which column another order's number."""

import copy

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting.draft import inline, listed
from data.drafting.headers.vocabulary import is_about
from data.drafting.roles import Roles
from data.drafting.sheet import Sheet, within

ENOUGH = 0.5
"""Least share of such rows whose keys other rows have."""

MIXED, REPEATED = 0.1, 0.9
"""Largest share of documents that hold sales, too, and least share of their rows that repeat a purchase."""

HALF = 0.5


def keys(lines: Roles, undo: str, *, numbered: bool) -> tuple[object, list[str], str]:
    """Say how the rows that meet ``undo``, SQL, find their sale: ``match``, its columns, and what to look at.

    Credit notes often have numbers of their own; then the customer and the product tell the sale. ``numbered``: whether
    the rows have the sale's order in the column of the order's number.
    """
    by: list[str] = [name for name in ("order_id", "product_id") if name in lines.columns]
    variant = _variant(lines, undo)
    customer: list[str] = [name for name in ("customer_id", "product_id") if name in lines.columns]
    if numbered and len(customer) == len(by) and share(lines, by, undo) < ENOUGH <= share(lines, customer, undo):
        prefer = [*variant, *(name for name in ("price_minor", "quantity") if name in lines.columns)]
        match = inline(by=customer, prefer=prefer, choose="latest")
        note = "CHECK: refunds have order numbers of their own, so that each undoes the customer's last such purchase"
        return match, [*customer, *prefer], note
    of_order = inline(by=by, prefer=variant) if variant else listed(by)
    return of_order, [*by, *variant], "CHECK: does a row of a return name the order of the sale?"


def _variant(lines: Roles, undo: str) -> list[str]:
    """Name the size and the color where most rows that meet ``undo`` have them: an exchange differs in nothing else."""
    sheet, found = lines.sheet, []
    rows = sql.number(sheet.connection, f"SELECT count(*) FROM {sheet.table} WHERE {undo}")
    for name in ("size", "color"):
        if (column := lines.get(name)) is not None:
            query = f"SELECT count(*) FROM {sheet.table} WHERE ({undo}) AND {sheet.cell(column)} <> ''"
            if sql.number(sheet.connection, query) > HALF * rows:
                found.append(name)
    return found


def are_documents(lines: Roles, undo: str) -> bool:
    """Whether the rows that meet ``undo``, SQL, are of documents of their own, and each repeats a customer's purchase.

    A state beside the lines is none: other lines of its orders have another state.
    """
    if not {"order_id", "customer_id", "product_id"} <= lines.columns.keys():
        return False
    mixed = share(lines, ["order_id"], undo)
    return mixed <= MIXED and share(lines, ["customer_id", "product_id"], undo) >= REPEATED


def rule_of(lines_columns: CommentedMap, name: str, lines: Roles) -> object:
    """Read a key of the returns as that of the order lines is read."""
    return copy.deepcopy(lines_columns.get(name, lines.columns[name]))


def reference(lines: Roles, undo: str = "") -> str | None:
    """Find a column that is filled on some rows alone, with the number of another order of the file.

    ``undo``: SQL that holds for the rows which the column must be filled on, if they are known.
    """
    order, sheet = lines.get("order_id"), lines.sheet
    taken = set(lines.columns.values()) - {lines.get("parent")}
    free = [column for column in sheet.columns if column not in taken and not is_about("quantity", column)]
    for column in free if order else ():
        if 0 < sheet.filled(column) < HALF * sheet.rows and within(sheet, column, sheet, str(order)) >= ENOUGH:
            own = f"{sheet.cell(column)} <> '' AND {sheet.cell(column)} = {sheet.cell(str(order))}"
            bare = f" OR (({undo}) AND coalesce({sheet.cell(column)}, '') = '')" if undo else ""
            if not sql.number(sheet.connection, f"SELECT count(*) FROM {sheet.table} WHERE ({own}){bare}"):
                return column
    return None


def below_zero(sheet: Sheet, column: str) -> str:
    """SQL: whether a cell of ``column`` is a number below 0, as `amounts` reads it: -5, EUR -5, 5- or (5)."""
    return f"regexp_matches({sheet.cell(column)}, '[-\u2212]|\\(\\W*\\d')"


def share(lines: Roles, names: list[str], undo: str) -> float:
    """The share of the rows that meet ``undo`` whose keys stand in other rows, too."""
    sheet: Sheet = lines.sheet
    cells = ", ".join(f"{sheet.cell(lines.columns[name])} AS _{place}" for place, name in enumerate(names))
    shared = ", ".join(f"_{place}" for place in range(len(names)))
    back = f"SELECT {cells} FROM {sheet.table} WHERE {undo}"
    sold = f"SELECT {cells} FROM {sheet.table} WHERE NOT coalesce({undo}, FALSE)"
    found = sql.number(sheet.connection, f"SELECT count(*) FROM ({back}) SEMI JOIN ({sold}) USING ({shared})")
    return found / max(1, sql.number(sheet.connection, f"SELECT count(*) FROM ({back})"))
