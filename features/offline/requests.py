"""The lines as requests have them that lack fields: a drawn copy of all lines, and some lines in named cases."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data.arrays import Bools, Floats, Ints
from data.times import MICROSECONDS_PER_DAY
from features.catalog import CASE
from features.language.request_field import GUEST, UNKNOWN_PRODUCT, Labels, RequestField, unsent_cases
from features.offline.lines import CODE
from features.offline.local.arrays import Codes
from features.offline.matrix import CountedLines
from features.offline.unsent import without
from features.params import UnsentParams

LACKS = "lacks__"
"""Prefix of the column that tells whether the request of a line lacks a field."""
ORDER = CODE + "order_id"
GUESTS, NEWS = 0.5, 0.6
"""Of the orders that lack all fields: the shares without a customer, and with products that the shop never sold."""


def drawn(backend: Backend, counted: CountedLines, params: UnsentParams) -> ir.Table:
    """Take fields from all lines at random, from all lines of an order alike.

    Each field is missing on the share ``field_share`` of the orders (an unknown product on ``new_product_share``),
    independently of the others, and on the share
    ``minimal_share`` all fields of order and line are missing, as in the smallest request that the service accepts.
    """
    fields, orders = counted.recipe.request_fields(), _orders(counted)
    lacks = {LACKS + name: each for name, each in draws(orders, fields, params).items()}
    table = backend.create_table(
        "unsent_draws", ibis.memtable(pa.table({ORDER: np.arange(orders, dtype=np.int32), **lacks}))
    )
    return _without(counted.table.inner_join(table, ORDER), counted, fields)


def draws(orders: int, fields: Sequence[RequestField], params: UnsentParams) -> dict[str, Bools]:
    """Draw which orders lack each field, shape (orders,), as `drawn` says."""
    rng = np.random.default_rng(params.seed)
    few = rng.random(orders) < params.minimal_share
    also = {GUEST: rng.random(orders) < GUESTS, UNKNOWN_PRODUCT: rng.random(orders) < NEWS}
    shares = {field.name: params.field_share for field in fields} | {UNKNOWN_PRODUCT: params.new_product_share}
    return {
        field.name: (rng.random(orders) < shares[field.name]) | (few & _in_minimal(field, also)) for field in fields
    }


def as_known(counted: CountedLines, labels: Labels) -> ir.Table:
    """Take from all lines the fields whose label is not known, as `features.online.known_labels` does.

    ``labels``: the known ones by field; of a field without an entry every label is known.
    """
    fields = [field for field in counted.recipe.request_fields() if field.name in labels]
    own = {field.name: counted.table[field.columns[0]] for field in fields}
    unknown = {LACKS + name: column.notnull() & ~column.isin(sorted(labels[name])) for name, column in own.items()}
    return _without(counted.table.mutate(**unknown), counted, fields)


def in_cases(backend: Backend, counted: CountedLines, params: UnsentParams) -> ir.Table:
    """Give late lines once for each case: with all fields, without each field, and without fields that go together."""
    fields = counted.recipe.request_fields()
    cases = unsent_cases(fields)
    lacks = {LACKS + field.name: [field.name in unsent for unsent in cases.values()] for field in fields}
    table = backend.create_table("unsent_cases", ibis.memtable(pa.table({CASE: list(cases), **lacks})))
    read = counted.table.order_by("line_no").select("ordered_at", ORDER, settled=counted.table["label"].notnull())
    of = {name: column.to_numpy() for name, column in zip(read.columns, read.to_pyarrow().columns, strict=True)}
    chosen = pa.table({"line_no": measured(of["ordered_at"], of["settled"], of[ORDER], params)})
    lines = backend.create_table("measured_lines", ibis.memtable(chosen))
    return _without(counted.table.semi_join(lines, "line_no").cross_join(table), counted, fields)


def measured(ordered_at: Floats | Ints, settled: Bools, order: Codes, params: UnsentParams) -> Ints:
    """Pick settled lines of the last days, all lines of an order or none; the numbers of the lines, ascending.

    Parameters
    ----------
    ordered_at, settled, order
        Of all lines, shape (lines,): the time of the order, microseconds since 1970; whether the outcome is known; and
        the code of the order.
    """
    known = ordered_at[settled]
    late = settled & (ordered_at >= (known.max() if len(known) else 0) - params.measured_days * MICROSECONDS_PER_DAY)
    share = min(1.0, params.measured_lines / max(1, int(late.sum())))
    chosen = np.random.default_rng(params.seed).random(int(order.max(initial=-1)) + 1) < share
    return np.flatnonzero(late & chosen[order])


def _in_minimal(field: RequestField, also: Mapping[str, Bools]) -> Bools | bool:
    return also.get(field.name, field.owner in ("order", "line"))


def _orders(counted: CountedLines) -> int:
    return int(counted.table[ORDER].max().to_pyarrow().as_py()) + 1


def _without(table: ir.Table, counted: CountedLines, fields: Sequence[RequestField]) -> ir.Table:
    lacking = {field.name: table[LACKS + field.name] for field in fields}
    return table.mutate(**without(table.__getitem__, counted.features, fields, lacking))
