"""Checks of a mapping's content before any file is opened: its names exist, nothing required is absent, no conflict."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from data import sql
from data.attributes import checked
from data.errors import UserError
from data.reading.labels import normal_form
from data.schema import CHANGES, CUSTOMER_IDS, CUSTOMERS, ORDER_LINES, OTHER_IDS, RETURNS, TIME, Column, Table
from data.sources.mapped import currencies
from data.sources.mapped.mapping.changes import ChangesRule
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.load import did_you_mean
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.mapping.tables import TableRule
from data.sources.mapped.names import table_rules

HOW_TO_ADD = {
    "line_id": "line_id: {generated: by_position}, if the file has no id of the line",
    "order_id": "order_id: {one_order_per: customer_and_day}, if the file has no id of the order",
    "quantity": "quantity: {constant: 1}, if the file has one line for each piece",
    "price_minor": "price_minor: COLUMN OF THE FILE, and minor_digits: 0 where its amounts are in cents already",
    "return_id": "return_id: {generated: by_position}, if the file has no id of the return",
    "change_id": "change_id: {generated: by_position}, if the file has no id of the change",
    "changed_at": "changed_at: COLUMN OF THE FILE with the time from which on a row holds, such as valid_from",
}

IDS = ("line_id", "order_id", "customer_id", "product_id", "return_id", "change_id", *OTHER_IDS)
GENERATED = ("line_id", "return_id", "change_id")


def check(mapping: Mapping, file: Path) -> None:
    """Refuse a mapping with unknown names, without required columns, or with keys in conflict.

    Raises
    ------
    UserError
        The message lists all problems, not only the first.
    """
    problems = [*_file_problems(mapping)] or [
        *_column_problems(mapping),
        *_leave_out_problems(mapping),
        *_change_problems(mapping),
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
    parts |= {CHANGES[owner.name].name: rule for owner, rule in mapping.changes}
    named = {part: rule.file for part, rule in (parts | {"returns": mapping.returns}).items() if rule is not None}
    if named["order_lines"] is None and len(known) != 1:
        yield f"{len(known)} files and no order_lines.file", "set order_lines.file to the file of the order lines"
    for part, name in named.items():
        if name is not None and name not in known:
            fix = did_you_mean(name, known) or f"files has {', '.join(known)}"
            yield f"{part}.file = {name!r}, which is not under files", fix
    joined = {other for rule in mapping.files.values() for other in rule.join}
    for name, rule in mapping.files.items():
        for other in rule.join:
            if other not in known or other == name:
                yield f"files.{name}.join.{other}, which is no other file", f"files has {', '.join(known)}"
    for name in sorted(set(known) - joined - {mapping.order_lines.file or known[0], *named.values()}, key=str):
        yield f"files.{name}, which no table is read from", f"remove files.{name}, or read a table from it"
    yield from _layout_problems(mapping)


def _layout_problems(mapping: Mapping) -> Iterator[Problem]:
    for name, rule in mapping.files.items():
        for key in ("skip_lines", "footer_lines"):
            if getattr(rule, key) and rule.format in ("jsonl", "parquet"):
                yield f"files.{name}.{key} beside format: {rule.format}, which has no such lines", f"remove {key}"
        if rule.rows_of is not None and rule.format != "jsonl":
            yield f"files.{name}.rows_of beside format: {rule.format}", "remove rows_of, or set format: jsonl"
        if rule.sheet and rule.format != "xlsx":
            yield f"files.{name}.sheet beside format: {rule.format}", "remove sheet, or set format: xlsx"
        try:
            codecs.lookup(rule.encoding)
        except LookupError:
            yield f"files.{name}.encoding = {rule.encoding!r}", "name an encoding that Python knows, such as cp1252"


def _column_problems(mapping: Mapping) -> Iterator[Problem]:
    yield from _attribute_problems(mapping)
    for table, file, columns in table_rules(mapping):
        own_ids = {column for name in CUSTOMER_IDS if name in columns for column in columns[name].reads}
        for name, rule in columns.items():
            if name not in table.names:
                yield f"{table.name} has no column {name!r}", _instead(table, name)
                continue
            yield from _rule_problems(table, table.column(name), rule)
            yield from _unit_problems(mapping, f"{table.name}.columns.{name}", rule)
            if name not in CUSTOMER_IDS and (shown := sorted(own_ids & set(rule.reads))):
                yield (
                    f"{table.name}.{name} would show the customer's own id, column {shown[0]!r} of {file}",
                    f"map another column to {name}, or " + HOW_TO_ADD.get(name, "leave it out"),
                )
    for table, _, columns in table_rules(mapping)[: -1 - bool(mapping.returns.keys)]:
        for name in table.required:
            if name not in columns and not (table.name == ORDER_LINES.name and name == CUSTOMERS.key):
                yield f"no {table.name}.columns.{name}", f"add {_column_of(mapping, table, name)}"


def _column_of(mapping: Mapping, table: Table, name: str) -> str:
    """How to add the column ``name`` of ``table``: it may be generated, stand in another file, or within a list."""
    file = mapping.file_of_lines
    if name in HOW_TO_ADD:
        return HOW_TO_ADD[name]
    listed = mapping.files[file].format == "jsonl" and table.name == ORDER_LINES.name
    inner = (
        f"; or, where it stands within a list of the objects, set files.{file}.rows_of to the list" if listed else ""
    )
    return (
        f"{name}: COLUMN OF THE FILE; or, where another file has it, join that one by a column of both: "
        f"files.{file}.join{inner}"
    )


def _leave_out_problems(mapping: Mapping) -> Iterator[Problem]:
    """Refuse rules that would have no rows to leave out: those of a table that is gathered from the order lines."""
    lines, returns = mapping.file_of_lines, mapping.returns
    parts = {"products": mapping.products, "customers": mapping.customers, "returns": returns}
    for name, part in parts.items():
        if part is returns and returns.rows is not None:
            continue
        if part is not None and part.leave_out and part.file in (None, lines):
            yield f"{name}.leave_out without rows of its own", "leave the rows out by order_lines.leave_out"


def _attribute_problems(mapping: Mapping) -> Iterator[Problem]:
    try:
        checked(mapping.declared)
    except UserError as error:
        yield f"{error.found}, and not {error.expected}", error.fix
    for part, owner in (("customers", mapping.customers), ("customer_changes", mapping.customer_changes)):
        for name, rule in owner.attributes.items() if owner is not None else ():
            if rule.personal is None:
                yield (
                    f"{part}.attributes.{name} without personal",
                    f"say personal: allowed, if {name} is about the person and the shop may use it, else personal: no",
                )


def _change_problems(mapping: Mapping) -> Iterator[Problem]:
    """Refuse changes that read the input of another table, that change nothing, or that contradict master data."""
    for owner, rule in mapping.changes:
        table = CHANGES[owner.name]
        others = [
            other.name for other, file, _ in table_rules(mapping) if file == rule.file and other.name != table.name
        ]
        if others:
            again = f"files.{table.name}: {{path: {mapping.files[rule.file].path}}}, with its other keys"
            found = f"{table.name}.file = {rule.file!r}, which {others[0]} is read from"
            yield found, f"name the file again, {again}, and set {table.name}.file: {table.name}"
        if not set(rule.cells) - {owner.key, *table.required}:
            yield f"{table.name} without a column that changes", f"map one of {', '.join(table.names[3:])}"
        copies, own_id = mapping.files[rule.file].copies, rule.columns.get(table.key)
        if copies is not None and not copies.identical and own_id is not None and own_id.generated:
            yield (
                f"files.{rule.file}.copies that chooses one change, and no column with their ids",
                "map the column to change_id; or remove copies: equal rows count once, and of one moment the last",
            )
        yield from _declared_otherwise(owner, mapping.master_data(owner), rule)


def _declared_otherwise(owner: Table, own: TableRule | None, changes: ChangesRule) -> Iterator[Problem]:
    for name, rule in changes.attributes.items():
        same = None if own is None else own.attributes.get(name)
        if same is not None and (same.kind, same.personal) != (rule.kind, rule.personal):
            places = f"{CHANGES[owner.name].name}.attributes.{name} and {owner.name}.attributes.{name}"
            yield f"{places} of two kinds, or one of them personal", "declare the attribute alike in both"


def _instead(table: Table, name: str) -> str:
    """The fix for the unknown column ``name``."""
    if table.name == RETURNS.name and name.lower().startswith("comment"):
        return "map it as returns.comment, beside columns: a comment is read for its reason, and never written"
    return did_you_mean(name, list(table.names)) or f"{table.name} has {', '.join(table.names)}"


def _rule_problems(table: Table, column: Column, rule: ColumnRule) -> Iterator[Problem]:
    place = f"{table.name}.columns.{column.name}"
    if rule.generated and column.name not in GENERATED:
        yield f"{place} is generated", f"only {', '.join(GENERATED)} can be generated"
    if rule.one_order_per and column.name != "order_id":
        yield f"{place} has one_order_per", "only order_id can be made from customer and day"
    if rule.constant is not None and (column.name in IDS or column.dtype == TIME):
        yield f"{place} is constant", f"map a column to {column.name}"
    dated = column.dtype == TIME or column.name == "birth_year"
    number = column.dtype in (pa.int64(), pa.float64()) and not dated
    amount, text = column.name.endswith("_minor"), column.dtype == pa.string()
    allowed = {
        "format": dated, "timezone": column.dtype == TIME, "valid_from": dated, "valid_to": dated, "decimal": number,
        "thousands": number, "unit": number, "minus": amount, "per": amount, "true": column.dtype == pa.bool_(),
        "false": column.dtype == pa.bool_(), "case": text, "labels": text and column.name not in IDS,
        "key": column.name in CUSTOMER_IDS, "sign": column.name in ("quantity", "refunded_minor"),
    }  # fmt: skip
    for key in sorted(rule.model_fields_set & {key for key, fits in allowed.items() if not fits}):
        yield f"{place}.{key}, which means nothing for {column.name}", f"remove {place}.{key}"
    for form in {normal_form(own) for own in rule.labels}:
        alike = [own for own in rule.labels if normal_form(own) == form]
        if len(alike) > 1:
            yield f"{place}.labels has {', '.join(map(repr, alike))}, which are one label", "keep one of them"
    if rule.extract is not None:
        yield from _pattern_problems(f"{place}.extract", rule.extract)
    for layout in rule.format:
        yield from _format_problems(f"{place}.format", layout)


def _unit_problems(mapping: Mapping, place: str, rule: ColumnRule) -> Iterator[Problem]:
    """Refuse signs of several currencies, or of another one than the mapping's: the amounts would be added."""
    code = None if mapping.currency is None else mapping.currency.code
    if place.endswith("_minor") and currencies.contradict(rule.unit, code):
        beside = "" if code is None else f" beside currency: {code}"
        yield (
            f"{place}.unit = {', '.join(map(repr, rule.unit))}{beside}, which are signs of several currencies",
            "keep the signs of one currency: an amount with another sign is then refused, and not added to the others",
        )


def _pattern_problems(place: str, pattern: str) -> Iterator[Problem]:
    """Refuse a regular expression that is none, or has not one group; DuckDB's are those of RE2."""
    try:
        sql.rows(duckdb.connect(), "SELECT regexp_extract('', ?, 1)", [pattern])
        groups = re.compile(pattern).groups
    except (duckdb.Error, re.error) as error:
        yield f"{place} = {pattern!r}: {str(error).splitlines()[0]}", "write a regular expression of RE2"
        return
    if groups != 1:
        yield (
            f"{place} = {pattern!r} with {groups} groups",
            "enclose the value in one pair of brackets; (?:...) is no group",
        )


def _format_problems(place: str, layout: str) -> Iterator[Problem]:
    if "%p" in layout and ("%H" in layout or "%-H" in layout):
        yield f"{place} = {layout!r}, with %p beside %H", "write %I, the hour of twelve, beside %p"
    if "%p" not in layout and ("%I" in layout or "%-I" in layout):
        yield f"{place} = {layout!r}, with %I and no %p", "write %H, the hour of twenty-four, or add %p"
    if "%Z" in layout and not layout.rstrip(") ").endswith("%Z"):
        yield f"{place} = {layout!r}, with %Z before its end", "a zone's name is read at the end of a time"


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
    if returns.least_refund is not None and "refunded_minor" not in columns:
        yield (
            "returns.least_refund and no returns.columns.refunded_minor",
            "map the column with the refunded amount to it",
        )
    if returns.rows and returns.file not in (None, mapping.file_of_lines):
        yield "returns.rows beside a file of returns", "remove returns.rows, or returns.file"
    own_rows = returns.rows is not None or returns.file not in (None, mapping.file_of_lines)
    yield from _own_rows_problems(mapping) if own_rows else _beside_lines_problems(mapping)


def _own_rows_problems(mapping: Mapping) -> Iterator[Problem]:
    """Refuse what does not fit returns with rows of their own, in a separate file or among the order lines."""
    returns, columns = mapping.returns, mapping.returns.columns
    if returns.flag:
        yield "returns.flag beside returns with rows of their own", "remove it, or returns.file and returns.rows"
    if returns.known_after and "returned_at" in returns.columns:
        yield "returns.known_after beside returns.columns.returned_at", "keep one of them"
    for name in _needed(mapping):
        if name not in returns.columns:
            yield f"no returns.columns.{name}", f"add {_how_to_add(name)}"
    yield from _match_problems(mapping)
    if returns.whole_order and (returns.match is None or returns.match.by != ("order_id",)):
        yield "returns.whole_order without match: [order_id]", "match by order_id alone, or remove whole_order"
    if returns.whole_order and "quantity" in columns:
        yield (
            "returns.columns.quantity beside whole_order, by which all pieces came back",
            "remove quantity; or whole_order, and match by columns that tell the lines apart",
        )


def _match_problems(mapping: Mapping) -> Iterator[Problem]:
    """Refuse keys of a match that returns and lines don't share, or that are no keys of lines."""
    for name in mapping.returns.keys:
        if name not in mapping.returns.columns or name not in mapping.order_lines.columns:
            yield f"returns.match names {name!r}", f"map {name} under returns.columns and under order_lines.columns"
        if name == ORDER_LINES.key:
            yield (
                f"returns.match names {name!r}",
                "remove match: a return that names its line needs none, and line_id stays under returns.columns",
            )
        elif name in RETURNS.names and name != "quantity":
            yield f"returns.match names {name!r}", "match by columns of order lines, such as order_id and product_id"


def _needed(mapping: Mapping) -> list[str]:
    """List the columns of returns that must be mapped."""
    returns = mapping.returns
    spared = {"line_id"} if returns.match else set()
    spared |= {"returned_at"} if returns.known_after else set()
    spared |= {"quantity"} if returns.whole_order else set()
    return [name for name in RETURNS.required if name not in spared]


def _how_to_add(name: str) -> str:
    if name == "line_id":
        return "line_id, or match: [order_id, product_id] with these columns, if the file has no id of the line"
    if name == "returned_at":
        return (
            "returned_at: COLUMN OF THE FILE, or known_after: {delivered_days: 14, ordered_days: 21}, if it has no date"
        )
    return HOW_TO_ADD.get(name, f"{name}: COLUMN OF THE FILE")


def _beside_lines_problems(mapping: Mapping) -> Iterator[Problem]:
    returns = mapping.returns
    if returns.match or "line_id" in returns.columns:
        yield (
            "returns.match or line_id, and neither a file of returns nor rows of their own",
            "remove it: the return stands beside its line; or add returns.file, or returns.rows",
        )
    counted = "quantity" in returns.columns and bool(returns.columns["quantity"].sources)
    if not returns.flag and counted and "returned_at" not in returns.columns and not returns.known_after:
        yield (
            "returns.columns.quantity, and nothing that says when a return was known",
            "add returns.known_after: {delivered_days: 14, ordered_days: 21}, or returns.columns.returned_at",
        )
    if not returns.flag and "returned_at" not in returns.columns and not counted:
        yield (
            "nothing under returns that says which lines came back",
            (
                "add returns.flag, or returns.columns.returned_at, or returns.file; or returns.columns.quantity, a "
                "number of pieces that came back, with returns.known_after; or, where rows of the order lines' file "
                "undo others, such as credit notes, returns.rows: {column: …, is: …} with returns.match"
            ),
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
        (f"{table.name}.columns.{name}", column)
        for table, name_of_file, columns in table_rules(mapping)
        for name, rule in columns.items()
        for column in rule.reads
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
