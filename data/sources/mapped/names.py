"""Which columns the mapping reads from each input, and where each stands: in the input, or in one that it joins."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.attributes import extended
from data.errors import UserError
from data.schema import CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, Table
from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.mapping.conditions import Condition
from data.sources.mapped.mapping.load import did_you_mean
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.records import headers

Rules = tuple[Table, str, dict[str, ColumnRule]]


@dataclass(frozen=True)
class Origin:
    """Where a column stands: its name there, and the joined input, or nothing for the input itself."""

    column: str
    other: str = ""


def table_rules(mapping: Mapping) -> list[Rules]:
    """List each canonical table that the mapping feeds with its input and its columns.

    Order lines are listed twice when returns are matched with lines by columns: the columns of the match are read from
    the returns' input in the same way as from the lines' input.
    """
    lines, declared = mapping.file_of_lines, mapping.declared
    rules: list[Rules] = [(extended(ORDER_LINES, declared), lines, mapping.order_lines.cells)]
    for table, rule in ((PRODUCTS, mapping.products), (CUSTOMERS, mapping.customers)):
        if rule is not None:
            rules.append((extended(table, declared), rule.file or lines, rule.cells))
    for owner, changes in mapping.changes:
        rules.append((extended(CHANGES[owner.name], declared), changes.file, changes.cells))
    returns = mapping.returns
    keys = {name: rule for name, rule in returns.columns.items() if name in returns.keys}
    own = {name: rule for name, rule in returns.columns.items() if name not in keys}
    rules.append((RETURNS, returns.file or lines, own))
    return [*rules, (ORDER_LINES, returns.file or lines, keys)] if keys else rules


def table_of(mapping: Mapping, name: str) -> str | None:
    """Name the first canonical table that the input ``name`` feeds; None for an input that others join."""
    return next((table.name for table, file, _ in table_rules(mapping) if file == name), None)


def wanted_columns(mapping: Mapping) -> dict[str, list[str]]:
    """List the columns that the mapping names for each input, each column once; first those that feed tables."""
    wanted: dict[str, list[str]] = {}
    for _, file, columns in table_rules(mapping):
        wanted.setdefault(file, []).extend(column for rule in columns.values() for column in rule.reads)
    if mapping.returns.flag:
        wanted[mapping.file_of_lines].append(mapping.returns.flag.column)
    if mapping.returns.comment is not None:
        wanted[mapping.file_of_returns].append(mapping.returns.comment)
    if mapping.currency is not None and mapping.currency.column is not None:
        wanted[mapping.file_of_lines].append(mapping.currency.column)
    for file, conditions in conditions_of(mapping):
        wanted[file] += [condition.column for condition in conditions]
    for name, rule in mapping.files.items():
        found = wanted.setdefault(name, [])
        found += [by.from_ for by in rule.join.values()]
        found += [by.to for other in mapping.files.values() for joined, by in other.join.items() if joined == name]
        found += [] if rule.fill_down is None else rule.fill_down.reads
        found += [rule.copies.newest_by] if rule.copies and rule.copies.newest_by else []
    return {file: list(dict.fromkeys(names)) for file, names in wanted.items()}


def conditions_of(mapping: Mapping) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    """Give the conditions of the mapping, each with the input that it is about."""
    changes = (rule for _, rule in mapping.changes)
    for rule in (mapping.order_lines, mapping.products, mapping.customers, *changes, mapping.returns):
        if rule is not None:
            for conditions in rule.leave_out.values():
                yield rule.file or mapping.file_of_lines, conditions
    for rules in (mapping.order_lines.unknown_outcome, mapping.order_lines.unknown_without_return):
        for conditions in rules.values():
            yield mapping.file_of_lines, conditions
    if mapping.returns.rows is not None:
        yield mapping.file_of_lines, mapping.returns.rows


def origins(mapping: Mapping, folder: Path) -> dict[str, dict[str, Origin]]:
    """Find where each column stands that the mapping names, by input; joined inputs come before those that join them.

    Raises
    ------
    UserError
        A column stands in several inputs, an input lacks the key of its own join, or inputs join each other in a
        circle.
    """
    wanted = wanted_columns(mapping)
    found: dict[str, dict[str, Origin]] = {}
    for name in reversed(_in_order(mapping)):
        _check_keys(mapping, name, folder)
        found[name] = {column: _origin(mapping, name, column, folder) for column in wanted[name]}
        for origin in found[name].values():
            if origin.other and origin.column not in wanted[origin.other]:
                wanted[origin.other].append(origin.column)
    return dict(reversed(found.items()))


def _check_keys(mapping: Mapping, name: str, folder: Path) -> None:
    """Refuse a join by a column that the input itself lacks; the other input may have one of its name."""
    own = headers.names(name, mapping.files[name], folder) if mapping.files[name].join else []
    for other, by in mapping.files[name].join.items():
        if by.from_ not in own:
            near = did_you_mean(by.from_, own) or "with the column that holds the key"
            raise UserError(
                expected=f"the key {by.from_!r} of files.{name}.join.{other} among the columns of {name} itself",
                found=f"the columns {', '.join(map(repr, own[:20]))}",
                fix=f"set files.{name}.join.{other}: {{from: COLUMN OF {name}, to: {by.to}}}; {near}",
            )


def _origin(mapping: Mapping, name: str, column: str, folder: Path) -> Origin:
    joined = mapping.files[name].join
    other, _, inner = column.partition(".")
    if other in joined and inner:
        return Origin(inner, other)
    if not joined or column in headers.names(name, mapping.files[name], folder):
        return Origin(column)
    holding = [file for file in joined if column in _all_names(mapping, file, folder)]
    if len(holding) > 1:
        raise UserError(
            expected=f"the column {column!r} in one of the files that files.{name} joins",
            found=f"it in {', '.join(holding)}",
            fix=f"name the one that is meant: {holding[0]}.{column}",
        )
    return Origin(column, holding[0]) if holding else Origin(column)


def _all_names(mapping: Mapping, name: str, folder: Path) -> set[str]:
    """Name the columns of an input and of those that it joins."""
    found = set(headers.names(name, mapping.files[name], folder))
    return found.union(*(_all_names(mapping, other, folder) for other in mapping.files[name].join))


def _in_order(mapping: Mapping) -> list[str]:
    """List the inputs, each behind those that it joins; `UserError` for a circle."""
    order: list[str] = []
    while len(order) < len(mapping.files):
        ready = [name for name, rule in mapping.files.items() if name not in order and set(rule.join) <= set(order)]
        if not ready:
            circle = ", ".join(name for name in mapping.files if name not in order)
            raise UserError(
                expected="files that join others without a circle",
                found=f"one among {circle}",
                fix="remove a join: the file of the order lines joins the others",
            )
        order += ready
    return order
