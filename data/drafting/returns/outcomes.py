"""The returns of a first mapping: a file of their own, rows among the lines, or a date or flag beside each line."""

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import amounts, leave_out, undoing_rows, written
from data.drafting.asked import tills
from data.drafting.draft import Draft, Row, inline, put, together
from data.drafting.lines import NOTHING, add_time, amount, row
from data.drafting.no_sales import fees
from data.drafting.returns import (
    flags,
    line_numbers,
    matching,
    order_level,
    pieces_beside,
    pieces_by_values,
    refunds,
    states,
)
from data.drafting.returns.matching import ENOUGH
from data.drafting.returns.pieces_beside import KNOWN_AFTER
from data.drafting.returns.reasons import code_of
from data.drafting.roles import Roles
from data.drafting.sheet import within
from data.schema import Reason


def add(draft: Draft, lines: Roles, returns: Roles | None, heads: Roles | None = None) -> None:
    """Add ``returns`` in the first way that the sheets allow; ``heads``: the sheet that the returns join for dates."""
    part = CommentedMap()
    draft.tree["returns"] = part
    quantity, status = lines.get("quantity"), lines.get("status")
    if returns is None:
        pieces_by_values.take(lines)
    if returns is not None:
        _own_file(draft, part, lines, returns, heads or returns)
    elif quantity is not None and pieces_beside.are_negative(lines, quantity):
        _below_zero(draft, part, lines, quantity, "quantity")
    elif (price := lines.get("price_minor")) is not None and _negative_prices_undo(lines, price):
        _below_zero(draft, part, lines, price, "price")
    elif (kind := next((name for name in states.kinds_of_rows(lines) if _credits(lines, name)), None)) is not None:
        values = _credits(lines, kind)
        test, more = written.condition(kind, values, lines.sheet.values(kind))
        put(part, "rows", test, f"CHECK: do these rows undo a line of their order?{more}")
        undo = f"{lines.sheet.cell(kind)} IN ({sql.texts(values)})"
        other = undoing_rows.reference(lines, undo)
        _own_rows(draft, part, lines, undo, {"order_id": other} if other else None)
    elif "return_quantity" in lines.columns:
        pieces_beside.add(draft, part, lines)
        _reasons(draft, part, part["columns"], lines)
    elif "returned_at" in lines.columns:
        _dated(draft, part, lines)
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


def _below_zero(draft: Draft, part: CommentedMap, lines: Roles, column: str, what: str) -> None:
    """Add the rows with a negative number as returns, of the order that a column of theirs names, if there is one."""
    decimal = (amounts.decide(lines.sheet.values(column)) or amounts.Amounts()).decimal
    below = inline(column=column, below=0, decimal=None if decimal == "." else decimal)
    put(part, "rows", below, f"CHECK: do rows with a negative {what} undo a line of their order?")
    undo = undoing_rows.below_zero(lines.sheet, column)
    other = undoing_rows.reference(lines, undo)
    _own_rows(draft, part, lines, undo, {"order_id": other} if other else None)


def _dated(draft: Draft, part: CommentedMap, lines: Roles) -> None:
    """Add the returns of lines by a date beside them."""
    columns = part["columns"] = CommentedMap()
    add_time(draft, columns, "returns", "returned_at", lines, own=lines)
    _reasons(draft, part, columns, lines)
    order_level.ask(draft, columns, lines, lines.columns["returned_at"])
    if (column := pieces_by_values.fraction(lines)) is not None:
        pieces_by_values.add_fraction(columns, column)
        draft.table.append(row("returns", "quantity", lines, column))
    else:
        pieces_by_values.ask(draft, columns, lines)


def _own_file(draft: Draft, part: CommentedMap, lines: Roles, returns: Roles, dated: Roles) -> None:
    part["file"] = returns.sheet.name
    columns = CommentedMap()
    line_numbers.take(draft, lines, returns)
    line, own = lines.get("line_id"), returns.get("line_id")
    known = within(returns.sheet, own, lines.sheet, line) if line and own else 0
    both = draft.tree["order_lines"]["columns"].get("line_id")
    if own and isinstance(both, dict) and "columns" in both and "order_id" in returns.columns:
        pair = inline(columns=[returns.columns["order_id"], own])
        counted = line_numbers.count_returns(lines, returns)
        put(columns, "line_id", pair, together("CHECK: an order and its line, as in the order lines", counted))
        draft.table.append(row("returns", "line_id", returns, own))
    elif own and (known >= ENOUGH or (line and "order_id" not in returns.columns)):
        rare = "" if known == 1 else f"CHECK: {known:.0%} of these ids are ids of the lines"
        put(columns, "line_id", own, rare)
        draft.table.append(row("returns", "line_id", returns, own))
    else:
        matching.add(draft, part, columns, lines, returns, dated)
    part["columns"] = columns
    _number(columns, returns)
    if "returned_at" in dated.columns:
        add_time(draft, columns, "returns", "returned_at", dated, own=returns)
    else:
        asked = returns.get("requested_at")
        why = f"{asked} is when a return was asked for; " if asked else ""
        no_date = f"CHECK: {why}no date on which the goods came back was found"
        put(part, "known_after", inline(**KNOWN_AFTER), no_date if asked else "CHECK: no date of return was found")
        draft.table.append(Row("returns.returned_at", f"{NOTHING}: known_after, a number of days"))
    if "requested_at" in returns.columns:
        add_time(draft, columns, "returns", "requested_at", returns, own=returns)
    if "condition" in returns.columns:
        columns["condition"] = returns.columns["condition"]
        draft.table.append(row("returns", "condition", returns, returns.columns["condition"]))
    if "whole_order" not in part:
        _pieces(draft, part, columns, returns)
    refunds.add(draft, part, columns, lines, returns)
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
        other = (named or {}).get(name)
        columns[name] = own if other is None else tills.with_till(own, lines, other)
    dated = "returned_at" if "returned_at" in lines.columns else "ordered_at"
    if dated in lines.columns:
        moved = Roles(lines.sheet, {**lines.columns, "returned_at": lines.columns[dated]})
        add_time(draft, columns, "returns", "returned_at", moved, own=moved)
    if "quantity" in lines.columns:
        put(columns, "quantity", *amount(lines, lines.columns["quantity"], pieces=True))
    _reasons(draft, part, columns, lines)
    fees.leave_out_of_returns(part, lines, undo)


def _pieces(draft: Draft, part: CommentedMap, columns: CommentedMap, returns: Roles) -> None:
    """Add the pieces of a return; of several numbers, those that were received, and none of the rows with 0."""
    found = pieces_beside.numbers(returns)
    column = next(iter(found), None)
    if column is None:
        put(columns, "quantity", inline(constant="1"), "CHECK: no quantity was found; is a row one piece?")
        draft.table.append(Row("returns.quantity", f"{NOTHING}: 1"))
        return
    pieces_beside.add_pieces(draft, columns, returns, column)
    if len(found) > 1:
        draft.ask(columns, "quantity", f"CHECK: do these pieces count as back? other numbers: {', '.join(found[1:])}")
    none = [value for value in returns.sheet.values(column) if pieces_beside.is_none(value)]
    if none and len(none) < len(returns.sheet.values(column)):
        rules = part.setdefault("leave_out", CommentedMap())
        put(rules, "without pieces", inline(column=column, is_=none), "CHECK: nothing came back by these rows?")


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


def _credits(lines: Roles, kind: str) -> list[str]:
    """Find the values of ``kind`` whose rows repeat the order or the customer and the product of other rows."""
    values = [value for value in lines.sheet.values(kind) if states.CREDIT.search(value)]
    if not values or len(values) == len(lines.sheet.values(kind)) or "product_id" not in lines.columns:
        return []
    undo = f"{lines.sheet.cell(kind)} IN ({sql.texts(values)})"
    if "order_id" in lines.columns and undoing_rows.share(lines, ["order_id", "product_id"], undo) >= ENOUGH:
        return values
    return values if undoing_rows.are_documents(lines, undo) else []
