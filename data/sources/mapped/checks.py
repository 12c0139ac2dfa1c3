"""Checks of a mapping's content before any file is opened: its names exist, nothing required is absent, no conflict."""

import codecs
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from data.errors import UserError
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, TIME, Column, Table
from data.sources.mapped.mapping import ColumnRule, Mapping, did_you_mean

HOW_TO_ADD = {
    "line_id": "line_id: {generated: by_position}, if the file has no id of the line",
    "order_id": "order_id: {one_order_per: customer_and_day}, if the file has no id of the order",
    "quantity": "quantity: {constant: 1}, if the file has one line for each piece",
    "return_id": "return_id: {generated: by_position}, if the file has no id of the return",
}

IDS = ("line_id", "order_id", "customer_id", "product_id", "return_id")

Rules = tuple[Table, str, dict[str, ColumnRule]]


def table_rules(mapping: Mapping) -> list[Rules]:
    """List each canonical table that the mapping feeds with its input and its columns.

    Order lines are listed twice when returns are matched with lines by columns: the columns of the match are read from
    the returns' input in the same way as from the lines' input.
    """
    lines = mapping.file_of_lines
    rules: list[Rules] = [(ORDER_LINES, lines, mapping.order_lines.columns)]
    for table, rule in ((PRODUCTS, mapping.products), (CUSTOMERS, mapping.customers)):
        if rule is not None:
            rules.append((table, rule.file or lines, rule.columns))
    returns = mapping.returns
    keys = {name: rule for name, rule in returns.columns.items() if name in returns.match}
    own = {name: rule for name, rule in returns.columns.items() if name not in keys}
    rules.append((RETURNS, returns.file or lines, own))
    return [*rules, (ORDER_LINES, returns.file or lines, keys)] if keys else rules


def wanted_columns(mapping: Mapping) -> dict[str, list[str]]:
    """List the columns that are read from each input, each column once."""
    wanted: dict[str, list[str]] = {}
    for _, file, columns in table_rules(mapping):
        wanted.setdefault(file, []).extend(rule.column for rule in columns.values() if rule.column is not None)
    if mapping.returns.flag:
        wanted[mapping.file_of_lines].append(mapping.returns.flag.column)
    if mapping.returns.comment is not None:
        wanted[mapping.file_of_returns].append(mapping.returns.comment)
    return {file: list(dict.fromkeys(names)) for file, names in wanted.items()}


def check(mapping: Mapping, file: Path) -> None:
    """Refuse a mapping with unknown names, without required columns, or with keys in conflict.

    Raises
    ------
    UserError
        The message lists all problems, not only the first.
    """
    problems = [*_file_problems(mapping)] or [
        *_column_problems(mapping),
        *_return_problems(mapping),
        *_comment_problems(mapping),
    ]
    if problems:
        raise UserError(
            expected=f"{file} to feed the canonical tables of data/schema.py",
            found="; ".join(found for found, _ in problems),
            fix="; ".join(dict.fromkeys(fix for _, fix in problems)),
        )


Problem = tuple[str, str]
"""What is wrong, and the fix."""


def _file_problems(mapping: Mapping) -> Iterator[Problem]:
    known = list(mapping.files)
    parts = {"order_lines": mapping.order_lines, "products": mapping.products, "customers": mapping.customers}
    named = {part: rule.file for part, rule in (parts | {"returns": mapping.returns}).items() if rule is not None}
    if named["order_lines"] is None and len(known) != 1:
        yield f"{len(known)} files and no order_lines.file", "set order_lines.file to the file of the order lines"
    for part, name in named.items():
        if name is not None and name not in known:
            fix = did_you_mean(name, known) or f"files has {', '.join(known)}"
            yield f"{part}.file = {name!r}, which is not under files", fix
    for name in set(known) - {mapping.order_lines.file or known[0], *named.values()}:
        yield f"files.{name}, which no table is read from", f"remove files.{name}, or read a table from it"
    for name, rule in mapping.files.items():
        try:
            codecs.lookup(rule.encoding)
        except LookupError:
            yield f"files.{name}.encoding = {rule.encoding!r}", "name an encoding that Python knows, such as cp1252"


def _column_problems(mapping: Mapping) -> Iterator[Problem]:
    for table, file, columns in table_rules(mapping):
        customer = columns.get(CUSTOMERS.key)
        for name, rule in columns.items():
            if name not in table.names:
                yield f"{table.name} has no column {name!r}", _instead(table, name)
                continue
            yield from _rule_problems(table, table.column(name), rule)
            if customer and name != CUSTOMERS.key and rule.column and rule.column == customer.column:
                yield (
                    f"{table.name}.{name} would show the customer's own id, column {rule.column!r} of {file}",
                    f"map another column to {name}, or " + HOW_TO_ADD.get(name, "leave it out"),
                )
    for table, _, columns in table_rules(mapping)[: -1 - bool(mapping.returns.match)]:
        for name in table.required:
            if name not in columns and not (table is ORDER_LINES and name == CUSTOMERS.key):
                yield f"no {table.name}.columns.{name}", "add " + HOW_TO_ADD.get(name, f"{name}: COLUMN OF THE FILE")


def _instead(table: Table, name: str) -> str:
    """The fix for the unknown column ``name``."""
    if table is RETURNS and name.lower().startswith("comment"):
        return "map it as returns.comment, beside columns: a comment is read for its reason, and never written"
    return did_you_mean(name, list(table.names)) or f"{table.name} has {', '.join(table.names)}"


def _rule_problems(table: Table, column: Column, rule: ColumnRule) -> Iterator[Problem]:
    place = f"{table.name}.columns.{column.name}"
    if rule.generated and column.name not in ("line_id", "return_id"):
        yield f"{place} is generated", "only line_id and return_id can be generated"
    if rule.one_order_per and column.name != "order_id":
        yield f"{place} has one_order_per", "only order_id can be made from customer and day"
    if rule.constant is not None and (column.name in IDS or column.dtype == TIME):
        yield f"{place} is constant", f"map a column to {column.name}"
    dated = column.dtype == TIME or column.name == "birth_year"
    number = column.dtype == pa.int64() and not dated
    allowed = {
        "format": dated, "timezone": column.dtype == TIME, "valid_from": dated, "valid_to": dated, "decimal": number,
        "thousands": number, "true": column.dtype == pa.bool_(), "false": column.dtype == pa.bool_(),
        "case": column.dtype == pa.string(),
    }  # fmt: skip
    for key in sorted(rule.model_fields_set & {key for key, fits in allowed.items() if not fits}):
        yield f"{place}.{key}, which means nothing for {column.dtype}", f"remove {place}.{key}"


def _return_problems(mapping: Mapping) -> Iterator[Problem]:
    returns, columns = mapping.returns, mapping.returns.columns
    order_id = mapping.order_lines.columns.get("order_id")
    if order_id and order_id.one_order_per and "customer_id" not in mapping.order_lines.columns:
        yield "one_order_per: customer_and_day and no customer_id", "map customer_id"
    if returns.reasons and "reason" not in columns:
        yield "returns.reasons and no returns.columns.reason", "map the column of reasons to returns.columns.reason"
    clashing = {"closes_at": returns.known_after, "outcome_recorded": returns.flag}
    for name, other in clashing.items():
        if other and name in mapping.order_lines.columns:
            yield f"order_lines.columns.{name} beside returns.flag and known_after", "keep one of them"
    own_file = returns.file not in (None, mapping.file_of_lines)
    yield from _own_file_problems(mapping) if own_file else _beside_lines_problems(mapping)


def _own_file_problems(mapping: Mapping) -> Iterator[Problem]:
    returns = mapping.returns
    if returns.flag or returns.known_after:
        yield "returns.flag or known_after beside a file of returns", "remove them, or the file of returns"
    needed = [name for name in RETURNS.required if not (name == "line_id" and returns.match)]
    for name in needed:
        if name not in returns.columns:
            fix = (
                HOW_TO_ADD.get(name, f"{name}: COLUMN OF THE FILE")
                if name != "line_id"
                else ("line_id, or match: [order_id, product_id] with these columns, if the file has no id of the line")
            )
            yield f"no returns.columns.{name}", f"add {fix}"
    for name in returns.match:
        if name not in returns.columns or name not in mapping.order_lines.columns:
            yield f"returns.match names {name!r}", f"map {name} under returns.columns and under order_lines.columns"
        if name in RETURNS.names:
            yield f"returns.match names {name!r}", "match by columns of order lines, such as order_id and product_id"


def _beside_lines_problems(mapping: Mapping) -> Iterator[Problem]:
    returns = mapping.returns
    if returns.match or "line_id" in returns.columns:
        yield "returns.match or line_id without a file of returns", "remove it: the return stands beside its line"
    if not returns.flag and "returned_at" not in returns.columns:
        yield (
            "nothing under returns that says which lines came back",
            "add returns.flag, or returns.columns.returned_at, or returns.file",
        )
    if returns.flag and not returns.known_after and "returned_at" not in returns.columns:
        yield (
            "returns.flag, and nothing that says when a return was known",
            "add returns.known_after: {delivered_days: 14, ordered_days: 21}, or returns.columns.returned_at",
        )
    if returns.known_after and "returned_at" in returns.columns:
        yield "returns.known_after beside returns.columns.returned_at", "keep one of them"


def _comment_problems(mapping: Mapping) -> Iterator[Problem]:
    """Refuse a mapping that would write comments out: no other key may name the column of comments."""
    comment, file = mapping.returns.comment, mapping.files[mapping.file_of_returns].path
    if comment is None:
        return
    if "reason" not in mapping.returns.columns:
        yield (
            "returns.comment and no returns.columns.reason to learn from",
            "map the column of reasons to returns.columns.reason, or remove returns.comment",
        )
    uses = [
        (f"{table.name}.columns.{name}", rule.column)
        for table, name_of_file, columns in table_rules(mapping)
        for name, rule in columns.items()
        if mapping.files[name_of_file].path == file
    ]
    if mapping.returns.flag and mapping.files[mapping.file_of_lines].path == file:
        uses.append(("returns.flag", mapping.returns.flag.column))
    for place, column in uses:
        if column == comment:
            yield (
                f"returns.comment is the column {comment!r}, and so is {place}, which would be written out",
                f"remove {place}, or name another column for it",
            )
