"""Columns whose names say that they decide which rows are lines, or which returns took place."""

import re
from collections.abc import Iterable
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass

from data.sources.mapped import currencies
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin

CURRENCY = currencies.NAMES
STATUS = re.compile(
    r"status|state|statut|zustand|estado|stato|stav|event|type|cancel|storn|situa[cç][aã]o|durum|állapot|статус|"
    r"состояние|状态|狀態|状態|ステータス|(?<![^\W_])([eé]tat|stan|tila)(?![^\W_])",
    re.IGNORECASE,
)
PARENT = re.compile(r"parent|übergeordnet|padre|父", re.IGNORECASE)
MARK = re.compile(
    r"cancel(?!l?able)|storn|annul|anul|zruš|отмен|(?<![^\W_])void(ed)?(?![^\W_])|"
    r"(?<![^\W_])(is_?)?test[ _-]?(order|bestellung|mode)?(?![^\W_])|取消|作废|作廢|キャンセル",
    re.IGNORECASE,
)
"""Columns that are filled where a line came to nothing, with a date, a number of pieces, a reason or a yes."""
NO_MARK = re.compile(r"until|before|deadline|polic|allow|frist|possible|可取消", re.IGNORECASE)
"""Columns of a possible cancellation, filled on lines that stand."""
OF_RETURNS = re.compile(
    r"return|refund|retour|rück|ruecksend|(?<![^\W_])rma(?![^\W_])|devol|zwrot|reso|退货|退款|返品", re.IGNORECASE
)
DECISION = re.compile(r"resolution|disposition|decision|entscheid|outcome|ergebnis|résultat", re.IGNORECASE)
"""Columns in several languages: of a return itself, beside an order line; and of what became of a return."""

IDS = ("line_id", "order_id", "customer_id", "product_id")
OWN_OF_RETURNS = ("return_id", "reason", *IDS)


@dataclass(frozen=True)
class Watched:
    """A column that is looked at: its name in the mapping, and where it stands, for the rows of the input ``file``."""

    name: str
    origin: Origin
    file: str

    @property
    def holder(self) -> str:
        """The input that has the column: ``file``, or one that it joins."""
        return self.origin.other or self.file

    @property
    def ignored_by(self) -> str:
        """The key of the mapping that says that the column was looked at."""
        return f"files.{self.holder}.ignore: [{self.origin.column}]"


Named = Mapping_[str, Origin]
Names = Mapping_[str, list[str]]


def watched_columns(mapping: Mapping, named: Named, names: Names) -> list[Watched]:
    """List the columns of the order lines' rows whose name says that they matter.

    Those under ``ignore`` are left out, and those whose every value the mapping lists (`_settled`).

    Parameters
    ----------
    named
        Where each column stands that the mapping names for the order lines.
    names
        The columns of the order lines' input, and of each input that it joins.
    """
    settled = _settled(mapping)
    return [
        item
        for item in unignored(mapping, mapping.file_of_lines, named, names)
        if any(pattern.search(item.origin.column) for pattern in (CURRENCY, STATUS, PARENT, MARK))
        and not of_a_return(item)
        and item.name not in settled
    ]


def watched_of_returns(mapping: Mapping, named: Named, names: Names) -> list[Watched]:
    """List the columns of the returns' rows that say whether a return took place; as `watched_columns`.

    Beside order lines they are those whose name is of returns.
    """
    rules = (rule for name, rule in mapping.returns.columns.items() if name in OWN_OF_RETURNS)
    settled = {column for rule in rules for column in rule.reads}
    settled |= {mapping.returns.flag.column} if mapping.returns.flag else set()
    apart = mapping.file_of_returns != mapping.file_of_lines
    return [
        item
        for item in unignored(mapping, mapping.file_of_returns, named, names)
        if (STATUS.search(item.origin.column) or DECISION.search(item.origin.column))
        and (apart or of_a_return(item))
        and item.name not in settled
    ]


def watched_states(mapping: Mapping, named: Named, names: Names) -> list[Watched]:
    """List the columns of the order lines' rows with a state, of the order or of its return; as `watched_columns`."""
    settled = _settled(mapping)
    watched = unignored(mapping, mapping.file_of_lines, named, names)
    return [item for item in watched if STATUS.search(item.origin.column) and item.name not in settled]


def of_a_return(item: Watched) -> bool:
    """Whether a column is one of a return, such as its state: it says nothing of the order line."""
    return bool(OF_RETURNS.search(item.origin.column))


def unignored(mapping: Mapping, file: str, named: Named, names: Names) -> Iterable[Watched]:
    """Give the columns of the rows of ``file``, those of joined inputs included, of which none was looked at."""
    found = [Watched(name, origin, file) for name, origin in named.items()]
    known = {item.origin for item in found}
    for holder, columns in names.items():
        other = "" if holder == file else holder
        unread = [name for name in columns if Origin(name, other) not in known and columns.count(name) == 1]
        found += [Watched(f"{other}.{name}" if other else name, Origin(name, other), file) for name in unread]
    return (item for item in found if item.origin.column not in mapping.files[item.holder].ignore)


def looked_at(mapping: Mapping, file: str) -> set[str]:
    """Name the columns of an input, and of those that it joins, of which the mapping says that they were looked at."""
    return {column for each in (file, *mapping.files[file].join) for column in mapping.files[each].ignore}


def _settled(mapping: Mapping) -> set[str]:
    """List the columns of which the mapping names every value, or each line's own key: the rest is refused there."""
    columns = mapping.order_lines.columns
    keys = (rule for name, rule in columns.items() if name in IDS or name in ("outcome_recorded", "cancelled_at"))
    found = {column for rule in keys for column in rule.reads}
    found |= {mapping.returns.flag.column} if mapping.returns.flag else set()
    return found | ({str(mapping.currency.column)} if mapping.currency is not None else set())
