"""Columns of the order lines' rows whose names say that they decide which rows are lines."""

import re
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass

from data.sources.mapped import currencies
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin

CURRENCY = currencies.NAMES
STATUS = re.compile(
    r"status|state|statut|zustand|estado|stato|stav|event|type|cancel|storn|状态|狀態|状態|ステータス", re.IGNORECASE
)
PARENT = re.compile(r"parent|übergeordnet|padre|父", re.IGNORECASE)
"""Names of columns in several languages."""

IDS = ("line_id", "order_id", "customer_id", "product_id")


@dataclass(frozen=True)
class Watched:
    """A column that is looked at: its name in the mapping, and where it stands."""

    name: str
    origin: Origin

    def ignored_by(self, lines: str) -> str:
        """The key of the mapping that says that the column was looked at; ``lines``: the order lines' input."""
        return f"files.{self.origin.other or lines}.ignore: [{self.origin.column}]"


def watched_columns(mapping: Mapping, named: Mapping_[str, Origin], names: Mapping_[str, list[str]]) -> list[Watched]:
    """List the columns of the order lines' rows whose name says that they matter.

    Those under ``ignore`` are left out, and those whose every value the mapping lists (`_settled`).

    Parameters
    ----------
    named
        Where each column stands that the mapping names for the order lines.
    names
        The columns of the order lines' input, and of each input that it joins.
    """
    lines = mapping.file_of_lines
    found = [Watched(name, origin) for name, origin in named.items()]
    known = {item.origin for item in found}
    for file, columns in names.items():
        other = "" if file == lines else file
        unread = [name for name in columns if Origin(name, other) not in known and columns.count(name) == 1]
        found += [Watched(f"{other}.{name}" if other else name, Origin(name, other)) for name in unread]
    return [
        item
        for item in found
        if any(pattern.search(item.origin.column) for pattern in (CURRENCY, STATUS, PARENT))
        and item.name not in _settled(mapping)
        and item.origin.column not in mapping.files[item.origin.other or lines].ignore
    ]


def _settled(mapping: Mapping) -> set[str]:
    """List the columns of which the mapping names every value, or each line's own key: the rest is refused there."""
    columns = mapping.order_lines.columns
    keys = (rule for name, rule in columns.items() if name in IDS or name == "outcome_recorded")
    found = {column for rule in keys for column in rule.reads}
    found |= {mapping.returns.flag.column} if mapping.returns.flag else set()
    return found | ({str(mapping.currency.column)} if mapping.currency is not None else set())
