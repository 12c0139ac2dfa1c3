"""The returns of a first mapping: a file of their own, rows among the lines, or a date or flag beside each line."""

import re

from ruamel.yaml.comments import CommentedMap

from data import sql
from data.drafting import pieces_beside
from data.drafting.draft import Draft, Row, inline, listed, put
from data.drafting.headers.vocabulary import plain
from data.drafting.leave_out import YES
from data.drafting.lines import NOTHING, add_time, amount, row
from data.drafting.pieces_beside import KNOWN_AFTER
from data.drafting.roles import MOST_VALUES, Roles
from data.drafting.sheet import within
from data.schema import Reason

NOT_BACK = re.compile(
    r"reject|refus|denied|deny|declin|cancel|request|pending|\bopen\b|authori[sz]|await|expected|lost|abgelehnt|storn|offen"
    r"|angemeldet|beantragt|erwartet|demand|annul|attente|rechaz|denegad|solicit|pendient|rifiut|richiest|attesa"
    r"|geweigerd|aangevraagd|odrzuc|zg[lł]osz|anul|отклон|отказ|ожида|запрош|заявк|отмен|拒|申請|取消|申请|待",
    re.IGNORECASE,
)
"""States of a return that did not come back, or not yet."""

STATE = re.compile(
    r"(status|state|statut|etat|stato|estado|stan|resolution|disposition|decision|状态|状態|ステータス)$"
)
"""Ends of plain names of columns with the state of a return."""

OF_OTHERS = re.compile(r"order|pay|paiement|financ|fulfil|zahl|bestell|auftrag|commande|pedido|ordine|zamow")
"""Parts of such names that say of what else the state is."""

SHORT = 3
"""Letters of the longest code of a region, which some columns called State have."""

ENOUGH = 0.5
"""Least share of the returns' keys that the lines have."""

BACK = re.compile(
    r"refund|return|retour|retoure|rembours|devuel|devol|reso|resi|rimbors|zwr[oó]|terug|возвра|退|返品|返金",
    re.IGNORECASE,
)
KEPT = re.compile(
    r"^(paid|complete|completed|shipped|delivered|fulfilled|abgeschlossen|geliefert|kept|no|n|0|false"
    "|nein|non|nee|nie|nao|não|behalten|conserve|conservé|нет|доставлен|выполнен|получен|交易成功|已完成|完了|否)$",
    re.IGNORECASE,
)


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
        _own_rows(draft, part, lines)
    elif status is not None and _rows_of_returns(lines, status):
        values = [value for value in lines.sheet.values(status) if BACK.search(value)]
        put(part, "rows", inline(column=status, is_=values), "CHECK: do these rows undo a line of their order?")
        _own_rows(draft, part, lines)
    elif "return_quantity" in lines.columns:
        pieces_beside.add(draft, part, lines)
        _reasons(draft, part, part["columns"], lines)
    elif "returned_at" in lines.columns:
        part["columns"] = CommentedMap()
        add_time(draft, part["columns"], "returns", "returned_at", lines, own=lines)
        _reasons(draft, part, part["columns"], lines)
    elif lines.get("flag") or (status and any(BACK.search(value) for value in lines.sheet.values(status))):
        _flag(draft, part, lines, str(lines.get("flag") or status))
    else:
        draft.table.append(Row("returns", f"{NOTHING}: name a file of returns, or a flag or date beside the lines"))
        states = f"; {status} has {', '.join(lines.sheet.values(status))}" if status else ""
        put(draft.tree, "returns", inline(), f"CHECK: nothing says which lines came back{states}")


def _own_file(draft: Draft, part: CommentedMap, lines: Roles, returns: Roles) -> None:
    part["file"] = returns.sheet.name
    columns = CommentedMap()
    line, own = lines.get("line_id"), returns.get("line_id")
    known = within(returns.sheet, own, lines.sheet, line) if line and own else 0
    if own and (known >= ENOUGH or (line and "order_id" not in returns.columns)):
        rare = "" if known == 1 else f"CHECK: {known:.0%} of these ids are ids of the lines"
        put(columns, "line_id", own, rare)
        draft.table.append(row("returns", "line_id", returns, own))
    else:
        _match(draft, part, columns, lines, returns)
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
    _state(part, returns)


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


def _state(part: CommentedMap, returns: Roles) -> None:
    """Leave returns out that were rejected, cancelled or only requested, where a column has their state."""
    for column in filter(lambda name: _is_state(returns, name), returns.sheet.columns):
        values = returns.sheet.values(column)
        out = [value for value in values if NOT_BACK.search(value)]
        back = ", ".join(value for value in values if value not in out) or "none"
        if out:
            rules = part.setdefault("leave_out", CommentedMap())
            put(rules, f"not back by {column}", inline(column=column, is_=out), f"CHECK: these came back: {back}")
        else:
            put(part, "file", returns.sheet.name, f"CHECK: each counts as returned, whatever {column} says: {back}")


def _is_state(returns: Roles, column: str) -> bool:
    values, name = returns.sheet.values(column), plain(column)
    states = any(len(value) > SHORT or NOT_BACK.search(value) for value in values)
    named = STATE.search(name) is not None and OF_OTHERS.search(name) is None and column != returns.get("condition")
    return named and states and len(values) <= MOST_VALUES


def _match(draft: Draft, part: CommentedMap, columns: CommentedMap, lines: Roles, returns: Roles) -> None:
    shared = [
        name
        for name in ("order_id", "product_id", "customer_id")
        if name in lines.columns
        and name in returns.columns
        and within(returns.sheet, returns.columns[name], lines.sheet, lines.columns[name]) >= ENOUGH
    ]
    by = [name for name in ("order_id", "product_id") if name in shared] if "order_id" in shared else shared
    prefer = [name for name in ("size", "color") if name in lines.columns and name in returns.columns]
    if not by:
        draft.table.append(Row("returns.line_id", f"{NOTHING}: no column whose values the order lines have"))
        return
    note = "CHECK: do these columns say which line came back?"
    if by == ["order_id"]:
        put(part, "match", listed(by), note)
        put(part, "whole_order", True, "CHECK: is a return of all lines of its order?")
    elif prefer:
        put(part, "match", inline(by=by, prefer=prefer), note)
    else:
        put(part, "match", listed(by), note)
    for name in (*by, *prefer):
        columns[name] = returns.columns[name]
        draft.table.append(row("returns", name, returns, returns.columns[name]))


def _own_rows(draft: Draft, part: CommentedMap, lines: Roles) -> None:
    by = [name for name in ("order_id", "product_id") if name in lines.columns]
    put(part, "match", listed(by), "CHECK: does a row of a return name the order of the sale?")
    columns = CommentedMap()
    put(columns, "return_id", inline(generated="by_position"), "CHECK: no number of the return was found")
    part["columns"] = columns
    for name in by:
        columns[name] = lines.columns[name]
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
        for value in own[:100]:
            reasons[value] = Reason.OTHER.value
        put(part, "reasons", reasons, f"CHECK: put each into one of {', '.join(Reason)}")


def _flag(draft: Draft, part: CommentedMap, lines: Roles, column: str) -> None:
    values = lines.sheet.values(column)
    back = [value for value in values if YES.match(value) or (BACK.search(value) and not NOT_BACK.search(value))]
    kept = [value for value in values if value not in back and KEPT.match(value)]
    unknown = [value for value in values if value not in (*back, *kept)]
    if lines.sheet.filled(column) < lines.sheet.rows:
        unknown.append("")
    flag = inline(column=column, returned=back, kept=kept, unknown=unknown or None)
    put(part, "flag", flag, "CHECK: which values mean that a line came back, and which that it was kept?")
    put(part, "known_after", inline(**KNOWN_AFTER), "CHECK: no date of return was found")
    draft.table.append(row("returns", "flag", lines, column))
    if "reason" in lines.columns:
        part["columns"] = CommentedMap()
        _reasons(draft, part, part["columns"], lines)


def _rows_of_returns(lines: Roles, status: str) -> bool:
    """Whether the rows with a status of return repeat the keys of rows with another: they undo these."""
    order, product = lines.get("order_id"), lines.get("product_id")
    values = [value for value in lines.sheet.values(status) if BACK.search(value)]
    if order is None or product is None or not values or len(values) == len(lines.sheet.values(status)):
        return False
    cell, key = lines.sheet.cell(status), f"({lines.sheet.cell(order)}, {lines.sheet.cell(product)})"
    back = f"SELECT DISTINCT {key} AS _key FROM {lines.sheet.table} WHERE {cell} IN ({sql.texts(values)})"
    sold = f"SELECT {key} AS _key FROM {lines.sheet.table} WHERE {cell} NOT IN ({sql.texts(values)})"
    found = sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back}) SEMI JOIN ({sold}) USING (_key)")
    return found >= ENOUGH * sql.number(lines.sheet.connection, f"SELECT count(*) FROM ({back})")
