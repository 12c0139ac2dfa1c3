"""Lines as requests that lack fields have them: columns of the lines, and the counters that need these, go missing.

Counters of the past stay as they are, since they come from orders and not from the request: only those that the request
can no longer name are missing. So the result is what `features.online` computes from a basket without the field.
"""

from collections.abc import Iterable, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from features.language.nodes import BasketCounter, Counter, Derived, Feature, LineColumn, LineNode, Node, Total, walk
from features.language.request_field import RequestField

Lacking = Mapping[str, ir.BooleanValue]
"""For the name of each field: whether the request of a line lacks it."""


def without(table: ir.Table, features: Sequence[Feature], fields: Sequence[RequestField], lacking: Lacking) -> ir.Table:
    """Take fields from lines that have all their counters (`features.offline.counters.join_histories`).

    Parameters
    ----------
    table
        One row a line, with its columns, basket counters, derived columns and counters.
    features
        The features that will be computed; what they do not read stays as it is.
    lacking
        Which lines lack which of ``fields``; a field without an entry is always sent.
    """
    nodes = _read_by(features)
    gone = _gone_columns(fields, lacking)
    unnamed = {field.history_of: lacking[field.name] for field in fields if field.history_of and field.name in lacking}
    own = [node for node in nodes if isinstance(node, LineColumn | BasketCounter | Derived)]
    table = table.mutate(
        **{node.name: _nothing(table[node.name], cause) for node in own if (cause := _cause(node, gone)) is not None}
    )
    changed = {}
    for node in nodes:
        if isinstance(node, Counter):
            empty = _any(unnamed[part.name] for part in node.key.columns if part.name in unnamed)
            missing = _any(cause for part in node.key.columns if (cause := _cause(part, gone)) is not None)
            changed[node.name] = _counted(table[node.name], node, empty, missing)
    return table.mutate(**changed)


def _read_by(features: Sequence[Feature]) -> list[Node]:
    """What the formulas read, each once; a feature may have the name of the column that it reads."""
    nodes = {node.name: node for each in features for node in walk(each) if not isinstance(node, Feature)}
    return list(nodes.values())


def _counted(
    value: ir.Value, counter: Counter, empty: ir.BooleanValue | None, missing: ir.BooleanValue | None
) -> ir.Value:
    """A counter that has no event where ``empty``, and no key where ``missing``."""
    if empty is not None:
        value = ibis.ifelse(empty & value.notnull(), _nothing_yet(value, counter), value)
    return value if missing is None else _nothing(value, missing)


def _gone_columns(fields: Sequence[RequestField], lacking: Lacking) -> dict[str, ir.BooleanValue]:
    """When each line column is missing, by its name."""
    causes: dict[str, list[ir.BooleanValue]] = {}
    for field in fields:
        if field.name in lacking:
            for column in field.columns:
                causes.setdefault(column, []).append(lacking[field.name])
    return {column: found for column, each in causes.items() if (found := _any(each)) is not None}


def _cause(node: LineNode, gone: Mapping[str, ir.BooleanValue]) -> ir.BooleanValue | None:
    """When ``node`` is missing because a column that it reads is; None: never."""
    match node:
        case Derived():
            return _any(cause for part in node.reads if (cause := _cause(part, gone)) is not None)
        case BasketCounter():
            names = (*node.columns, *((node.value,) if node.value else ()))
            return _any(gone[name] for name in names if name in gone)
        case _:
            return gone.get(node.name)


def _any(causes: Iterable[ir.BooleanValue]) -> ir.BooleanValue | None:
    found: ir.BooleanValue | None = None
    for cause in causes:
        found = cause if found is None else found | cause
    return found


def _nothing(value: ir.Value, cause: ir.BooleanValue) -> ir.Value:
    return ibis.ifelse(cause, ibis.null(value.type()), value)


def _nothing_yet(value: ir.Value, counter: Counter) -> ir.Value:
    """A counter before its first event."""
    return ibis.literal(0).cast(value.type()) if counter.total is Total.SUM else ibis.null(value.type())
