"""Lines as requests that lack fields have them: columns of the lines, and the counters that need these, go missing.

Counters of the past stay as they are, since they come from orders and not from the request: only those that the request
can no longer name are missing. So the result is what `features.online` computes from a basket without the field.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from features.language.algebra import Operand, missing, where
from features.language.nodes import BasketCounter, Counter, Derived, Feature, LineColumn, LineNode, Node, Total, walk
from features.language.request_field import RequestField

Column = Callable[[str], Operand]
Changed = dict[str, Operand]
Lacking = Mapping[str, Operand]
"""For the name of each field: whether the request of a line lacks it."""


def without(column: Column, features: Sequence[Feature], fields: Sequence[RequestField], lacking: Lacking) -> Changed:
    """Give what changes where fields are taken from lines that have all their counters.

    Parameters
    ----------
    column
        Gives a line column, a basket counter, a derived column or a counter of the lines by its name.
    features
        The features that will be computed; what they do not read stays as it is.
    lacking
        Which lines lack which of ``fields``; a field without an entry is always sent.

    Returns
    -------
    dict
        The columns that are to be read instead of those of the same names.
    """
    nodes = _read_by(features)
    gone = gone_columns(fields, lacking)
    unnamed = {field.history_of: lacking[field.name] for field in fields if field.history_of and field.name in lacking}
    changed: Changed = {}
    for node in nodes:
        if isinstance(node, LineColumn | BasketCounter | Derived) and (cause := _cause(node, gone)) is not None:
            changed[node.name] = where(cause, None, column(node.name))
        if isinstance(node, Counter):
            empty = _any(unnamed[part.name] for part in node.key.columns if part.name in unnamed)
            lost = _any(cause for part in node.key.columns if (cause := _cause(part, gone)) is not None)
            if empty is not None or lost is not None:
                changed[node.name] = _counted(column(node.name), node, empty, lost)
    return changed


def _read_by(features: Sequence[Feature]) -> list[Node]:
    """What the formulas read, each once; a feature may have the name of the column that it reads."""
    nodes = {node.name: node for each in features for node in walk(each) if not isinstance(node, Feature)}
    return list(nodes.values())


def _counted(value: Operand, counter: Counter, empty: Operand | None, lost: Operand | None) -> Operand:
    """A counter that has no event where ``empty``, and no key where ``lost``."""
    if empty is not None:
        before_any = 0 if counter.total is Total.SUM else None
        value = where(empty & ~missing(value), before_any, value)
    return value if lost is None else where(lost, None, value)


def gone_columns(fields: Sequence[RequestField], lacking: Lacking) -> dict[str, Operand]:
    """When each line column is missing, by its name."""
    causes: dict[str, list[Operand]] = {}
    for field in fields:
        if field.name in lacking:
            for column in field.columns:
                causes.setdefault(column, []).append(lacking[field.name])
    return {column: found for column, each in causes.items() if (found := _any(each)) is not None}


def _cause(node: LineNode, gone: Mapping[str, Operand]) -> Operand | None:
    """When ``node`` is missing because a column that it reads is; None: never."""
    match node:
        case Derived():
            return _any(cause for part in node.reads if (cause := _cause(part, gone)) is not None)
        case BasketCounter():
            names = (*node.columns, *((node.value,) if node.value else ()))
            return _any(gone[name] for name in names if name in gone)
        case _:
            return gone.get(node.name)


def _any(causes: Iterable[Operand]) -> Operand | None:
    found: Operand | None = None
    for cause in causes:
        found = cause if found is None else found | cause
    return found
