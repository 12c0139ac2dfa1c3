"""States of an export that no rule of its preset names: each is counted, so that no return among them is overlooked."""

from collections.abc import Iterator

from data.drafting.roles import MOST_VALUES
from data.drafting.sheet import Sheet
from data.personal_data.masking import shown
from data.sources.mapped.mapping.mapping import Mapping


def asked(mapping: Mapping, sheets: dict[str, Sheet]) -> Iterator[str]:
    """Yield a line for each column whose states the rules of the order lines list, with those that they don't.

    Parameters
    ----------
    mapping
        The preset.
    sheets
        The sheet of each of its inputs, by name.
    """
    for column, named in _listed(mapping).items():
        other, _, inner = column.rpartition(".")
        sheet = sheets[other or mapping.file_of_lines]
        if inner not in sheet.columns:
            continue
        left = {value: count for value, count in sheet.values(inner).items() if value.lower() not in named}
        if left and len(left) <= MOST_VALUES and not sheet.personal(inner):
            counts = ", ".join(f"{shown(value)} ({count:,} rows)" for value, count in left.items())
            yield f"CHECK: no rule names these values of {column}: {counts}. Without a return, such lines are kept."


def _listed(mapping: Mapping) -> dict[str, set[str]]:
    """The values in lower case that rules list, by column; a column that some rule tests otherwise is left out."""
    lines = mapping.order_lines
    rules = [*lines.leave_out.values(), *lines.unknown_outcome.values(), *lines.unknown_without_return.values()]
    tests = [test for rule in (*rules, mapping.returns.rows or ()) for test in rule]
    found: dict[str, set[str]] = {}
    for test in tests:
        found.setdefault(test.column, set()).update(value.lower() for value in test.is_)
    otherwise = {test.column for test in tests if test.tests != {"is_"}}
    settled = {mapping.returns.flag.column} if mapping.returns.flag else set()
    return {column: values for column, values in found.items() if column not in otherwise | settled}
