"""The returns of a first mapping: a file of their own, rows among the lines, or a date or flag beside each line."""

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts, leave_out, undoing_rows, written
from data.drafting.draft import Draft, Row, inline, put
from data.drafting.lines import NOTHING, add_time, amount, row
from data.drafting.returns import flags, matching, order_level, pieces_beside, states
from data.drafting.returns.matching import ENOUGH
from data.drafting.returns.pieces_beside import KNOWN_AFTER
from data.drafting.returns.reasons import code_of
from data.drafting.roles import Roles
from data.drafting.sheet import within
from data.schema import Reason


def add(draft: Draft, lines: Roles, returns: Roles | None) -> None:
    """Add ``returns`` in the first way that the sheets allow."""
    part = CommentedMap()
    draft.tree["returns"] = part
    quantity, status = lines.get("quantity"), lines.get("status")
    if returns is not None:
        _own_file(draft, part, lines, returns)
    elif quantity is not None and pieces_beside.are_negative(lines, quantity):
        put(
            part,
            "rows",
            inline(column=quantity, below=0),
            "CHECK: do rows with a negative quantity undo a line of their order?",
        )
        _own_rows(draft, part, lines, undoing_rows.below_zero(lines.sheet, quantity))
    elif (price := lines.get("price_minor")) is not None and _negative_prices_undo(lines, price):
        decimal = (amounts.decide(lines.sheet.values(price)) or amounts.Amounts()).decimal
        below = inline(column=price, below=0, decimal=None if decimal == "." else decimal)
        put(part, "rows", below, "CHECK: do rows with a negative price undo a line of their order?")
        _own_rows(draft, part, lines, undoing_rows.below_zero(lines.sheet, price))
    elif status is not None and _rows_of_returns(lines, status):
        values = [value for value in lines.sheet.values(status) if states.BACK.search(value)]
        test, more = written.condition(status, values, lines.sheet.values(status))
        put(part, "rows", test, f"CHECK: do these rows undo a line of their order?{more}")
        _own_rows(draft, part, lines, f"{lines.sheet.cell(status)} IN ({sql.texts(values)})")
    elif "return_quantity" in lines.columns:
        pieces_beside.add(draft, part, lines)
        _reasons(draft, part, part["columns"], lines)
    elif "returned_at" in lines.columns:
        part["columns"] = CommentedMap()
        add_time(draft, part["columns"], "returns", "returned_at", lines, own=lines)
        _reasons(draft, part, part["columns"], lines)
        order_level.ask(draft, part["columns"], lines, lines.columns["returned_at"])
    elif "flag" not in lines.columns and (other := undoing_rows.reference(lines)) is not None:
        put(
            part,
            "rows",
            inline(column=other, empty="false"),
            "CHECK: do these rows undo a line of the order they name?",
        )
        _own_rows(draft, part, lines, f"{lines.sheet.cell(other)} <> ''", {"order_id": other})
    elif (marked := lines.get("flag") or states.beside_lines(lines)) is not None:
        flags.add(draft, part, lines, marked)
        _reasons_beside(draft, part, lines)
    else:
        draft.table.append(Row("returns", f"{NOTHING}: name a file of returns, or a flag or date beside the lines"))
        named = f"; {status} has {written.listed(lines.sheet.values(status))}" if status else ""
        put(draft.tree, "returns", inline(), f"CHECK: nothing says which lines came back{named}")


def _own_file(draft: Draft, part: CommentedMap, lines: Roles, returns: Roles) -> None:
    part["file"] = returns.sheet.name
    columns = CommentedMap()
    line, own = lines.get("line_id"), returns.get("line_id")
    known = within(returns.sheet, own, lines.sheet, line) if line and own else 0
    both = draft.tree["order_lines"]["columns"].get("line_id")
    if own and isinstance(both, dict) and "columns" in both and "order_id" in returns.columns:
        pair = inline(columns=[returns.columns["order_id"], own])
        put(columns, "line_id", pair, "CHECK: an order and its line, as in the order lines")
        draft.table.append(row("returns", "line_id", returns, own))
    elif own and (known >= ENOUGH or (line and "order_id" not in returns.columns)):
        rare = "" if known == 1 else f"CHECK: {known:.0%} of these ids are ids of the lines"
        put(columns, "line_id", own, rare)
        draft.table.append(row("returns", "line_id", returns, own))
    else:
        matching.add(draft, part, columns, lines, returns)
    part["columns"] = columns
    _number(columns, returns)
    if "returned_at" in returns.columns:
        add_time(draft, columns, "returns", "returned_at", returns, own=returns)
    else:
        put(part, "known_after", inline(**KNOWN_AFTER), "CHECK: no date of return was found")
        draft.table.append(Row("returns.returned_at", f"{NOTHING}: known_after, a number of days"))
    if "requested_at" in returns.columns:
        add_time(draft, columns, "returns", "requested_at", returns, own=returns)
    if "condition" in returns.columns:
        columns["condition"] = returns.columns["condition"]
        draft.table.append(row("returns", "condition", returns, returns.columns["condition"]))
    if "whole_order" not in part:
        _pieces(draft, columns, returns)
    _reasons(draft, part, columns, returns)
    if returns.sheet.headers:
        leave_out.repeated_headers(part.setdefault("leave_out", CommentedMap()), returns.sheet)
    states.leave_out(part, returns)


def _number(columns: CommentedMap, returns: Roles) -> None:
    """Take the number of the return where each row has its own; files that overlap repeat some."""
    number, sheet = returns.get("return_id"), returns.sheet
    if number and sheet.is_unique(number):
        columns["return_id"] = number
    elif number and len(sheet.files) > 1 and sheet.distinct(number) > sheet.rows / 2:
        put(columns, "return_id", number, "CHECK: some stand twice; are these rows copies of one return?")
    else:
        why = f"{number} is not of one row" if number else "no number of the return was found"
        put(columns, "return_id", inline(generated="by_position"), f"CHECK: {why}")


def _own_rows(draft: Draft, part: CommentedMap, lines: Roles, undo: str, named: dict[str, str] | None = None) -> None:
    """Add the returns among the lines: the rows that meet ``undo``, SQL; ``named``: their own columns for keys."""
    match, by, note = undoing_rows.keys(lines, undo, numbered=named is None)
    put(part, "match", match, note)
    columns = CommentedMap()
    put(columns, "return_id", inline(generated="by_position"), "CHECK: no number of the return was found")
    part["columns"] = columns
    for name in by:
        own = undoing_rows.rule_of(draft.tree["order_lines"]["columns"], name, lines)
        columns[name] = (named or {}).get(name, own)
    dated = "returned_at" if "returned_at" in lines.columns else "ordered_at"
    if dated in lines.columns:
        moved = Roles(lines.sheet, {**lines.columns, "returned_at": lines.columns[dated]})
        add_time(draft, columns, "returns", "returned_at", moved, own=moved)
    if "quantity" in lines.columns:
        put(columns, "quantity", *amount(lines, lines.columns["quantity"], pieces=True))
    _reasons(draft, part, columns, lines)


def _pieces(draft: Draft, columns: CommentedMap, returns: Roles) -> None:
    column = returns.get("return_quantity") or returns.get("quantity")
    if column:
        pieces_beside.add_pieces(draft, columns, returns, column)
    else:
        put(columns, "quantity", inline(constant="1"), "CHECK: no quantity was found; is a row one piece?")
        draft.table.append(Row("returns.quantity", f"{NOTHING}: 1"))


def _reasons(draft: Draft, part: CommentedMap, columns: CommentedMap, returns: Roles) -> None:
    """Add the reason; the shop's own reasons stand under ``reasons``, to be translated by the user."""
    column = returns.get("reason")
    if column is None:
        return
    columns["reason"] = column
    draft.table.append(row("returns", "reason", returns, column))
    own = [value for value in returns.sheet.values(column) if value not in set(Reason)]
    if own:
        reasons = CommentedMap()
        for value in written.kept(own)[:100] or list(Reason):
            reasons[value] = code_of(value).value
        more = written.hidden(own, "read as OTHER; is this a comment? then name it as comment, and no reason")
        put(part, "reasons", reasons, f"CHECK: by their words; put each into one of {', '.join(Reason)}{more}")


def _reasons_beside(draft: Draft, part: CommentedMap, lines: Roles) -> None:
    """Add the reasons beside a flag."""
    if "reason" in lines.columns:
        _reasons(draft, part, part.setdefault("columns", CommentedMap()), lines)


def _negative_prices_undo(lines: Roles, price: str) -> bool:
    """Whether most rows with a negative price have the order and product of another row: a discount has not."""
    order, product = lines.get("order_id"), lines.get("product_id")
    found = amounts.decide(lines.sheet.values(price))
    if order is None or product is None or found is None or not found.negative:
        return False
    key, cell = f"({lines.sheet.cell(order)}, {lines.sheet.cell(product)})", lines.sheet.cell(price)
    below = undoing_rows.below_zero(lines.sheet, price)
    back = f"SELECT DISTINCT {key} AS _key FROM {lines.sheet.table} WHERE {below}"
    sold = f"SELECT {key} AS _key FROM {lines.sheet.table} WHERE {cell} <> '' AND NOT {below}"
    undone = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back}) SEMI JOIN ({sold}) USING (_key)")
    return undone > ENOUGH * sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back})")


def _rows_of_returns(lines: Roles, status: str) -> bool:
    """Whether the rows with a status of return repeat the keys of rows with another: they undo these."""
    order, product = lines.get("order_id"), lines.get("product_id")
    values = [value for value in lines.sheet.values(status) if states.BACK.search(value)]
    if order is None or product is None or not values or len(values) == len(lines.sheet.values(status)):
        return False
    cell, key = lines.sheet.cell(status), f"({lines.sheet.cell(order)}, {lines.sheet.cell(product)})"
    back = f"SELECT DISTINCT {key} AS _key FROM {lines.sheet.table} WHERE {cell} IN ({sql.texts(values)})"
    sold = f"SELECT {key} AS _key FROM {lines.sheet.table} WHERE {cell} NOT IN ({sql.texts(values)})"
    found = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back}) SEMI JOIN ({sold}) USING (_key)")
    return found >= ENOUGH * sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back})")
