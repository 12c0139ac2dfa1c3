"""The order lines of a product report, as known at one moment (point in time): plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data import attributes, facts, tables
from data.arrays import Bools, Floats, Ints
from data.attributes import Attribute, Kind
from data.errors import UserError
from data.reading.labels import normal_form
from data.schema import CHANGES, ORDER_LINES, PRODUCTS, RETURNS
from data.times import MICROSECONDS_PER_DAY
from features.catalog import CANCELLED_AT, LINES_FILE
from features.language.reasons import REASONS
from features.offline.first_return import first_returns

NONE = -1
"""The code of a missing value."""


@dataclass(frozen=True)
class LineNames:
    """The names behind the codes: a code is a place in the list. ``product_…``: code of each product's category etc.

    ``attributes``: those that the shop declares of its products, with the value of each product, null where missing.
    """

    product: list[str]
    name: list[str | None]
    category: list[str]
    brand: list[str]
    supplier: list[str]
    size: list[str]
    color: list[str]
    product_category: Ints
    product_brand: Ints
    product_supplier: Ints
    attributes: Mapping[Attribute, pa.Array] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportLines:
    """n order lines in the order of the matrix, which is sorted by time; shape (n,) each.

    Lines of unknown outcome and cancelled lines are left out. Codes are places in ``names``, -1 where missing;
    ``order`` and ``customer`` are codes without names. Days are since 1970, with fractions. ``until``: the day of the
    latest order, the end of all periods; where an export has outcomes long after its last order, ``until`` is long
    before ``as_of``. ``row``: the line's row in the matrix. ``returned`` and ``returned_day`` (NaN unless returned):
    as known at ``as_of``. ``reason``: place in `features.language.reasons.REASONS`, -1 where none is known.
    ``value_minor`` is price times quantity.
    """

    as_of: float
    until: float
    row: Ints
    product: Ints
    category: Ints
    brand: Ints
    supplier: Ints
    size: Ints
    color: Ints
    customer: Ints
    order: Ints
    day: Floats
    closes_day: Floats
    returned: Bools
    returned_day: Floats
    reason: Ints
    value_minor: Floats
    price_minor: Floats
    discount_share: Floats
    names: LineNames

    def __len__(self) -> int:
        """The number of lines."""
        return len(self.row)

    @property
    def closed(self) -> Bools:
        """Whether the return window has closed, so that the outcome is final."""
        return self.closes_day <= self.as_of

    @property
    def window_days(self) -> Floats:
        """Days from the order to the close of its return window."""
        return self.closes_day - self.day

    def take(self, chosen: Bools) -> "ReportLines":
        """Keep the lines ``chosen``."""
        arrays = {name: getattr(self, name)[chosen] for name in _ARRAYS}
        return replace(self, **arrays)

    def at(self, as_of: float) -> "ReportLines":
        """Give the lines as known at ``as_of``, that moment included as in `read`; later orders and returns are cut."""
        then = self.take(self.day <= as_of)
        known = then.returned & (then.returned_day <= as_of)
        return replace(
            then,
            as_of=as_of,
            until=float(then.day.max()) if len(then) else as_of,
            returned=known,
            returned_day=np.where(known, then.returned_day, np.nan),
            reason=np.where(known, then.reason, NONE),
        )


_ARRAYS = tuple(one.name for one in fields(ReportLines) if one.name not in {"as_of", "until", "names"})


def read(matrix: Path = LINES_FILE, validated: Path = tables.VALIDATED) -> ReportLines:
    """Read all lines as known at the end of the tables.

    Raises
    ------
    UserError
        A table or the matrix is missing, or attributes.json is not as the validation writes it.
    """
    if not matrix.is_file():
        raise UserError(expected=f"the matrix {matrix}", found="no such file", fix="run the features stage: dvc repro")
    products = _products(validated)
    table = _joined(matrix, validated)
    product_ids = products["product_id"]
    product = _places(table["product_id"], product_ids)
    kinds = {kind: _coded(products, kind) for kind in ("category", "brand", "supplier")}
    size, sizes = _label_codes(table["size"])
    color, colors = _label_codes(table["color"])
    names = LineNames(
        product=product_ids.to_pylist(),
        name=products["name"].to_pylist() if "name" in products.column_names else [None] * len(products),
        category=kinds["category"][1],
        brand=kinds["brand"][1],
        supplier=kinds["supplier"][1],
        size=sizes,
        color=colors,
        product_category=kinds["category"][0],
        product_brand=kinds["brand"][0],
        product_supplier=kinds["supplier"][0],
        attributes=_attributes(products, validated),
    )
    returned_day, day = _days(table["returned_at"]), _days(table["ordered_at"])
    reason = _places(table["reason"], pa.chunked_array([[r.value for r in REASONS]]))
    returned = ~np.isnan(returned_day)
    return ReportLines(
        as_of=_as_of(table),
        until=float(day.max()) if len(day) else _as_of(table),
        row=table["row"].to_numpy(),
        product=product,
        category=names.product_category[product],
        brand=names.product_brand[product],
        supplier=names.product_supplier[product],
        size=size,
        color=color,
        customer=_codes(table["customer_id"])[0],
        order=_codes(table["order_id"])[0],
        day=day,
        closes_day=_days(table["closes_at"]),
        returned=returned,
        returned_day=returned_day,
        reason=np.where(returned, reason, NONE),
        value_minor=_floats(table["value_minor"]),
        price_minor=_floats(table["price_minor"]),
        discount_share=_floats(table["discount_share"]),
        names=names,
    )


def _products(validated: Path) -> pa.Table:
    """The products with the facts that are known at the end of the tables."""
    products, changes = tables.read(PRODUCTS, validated), CHANGES[PRODUCTS.name]
    if changes not in facts.changes_in(validated):
        return products
    later = ibis.memtable(tables.read(changes, validated))
    now = facts.latest(ibis.memtable(products), later, PRODUCTS.key)
    return now.order_by(PRODUCTS.key).to_pyarrow()


def _joined(matrix: Path, validated: Path) -> pa.Table:
    """Join matrix and order lines, in the matrix's order, without cancelled lines and those of unknown outcome.

    A line is returned where it settled before its window closed, or where its label is 1. The reason is that of its
    first return, from the table of returns: the matrix has reasons of labelled lines only.
    """
    present = tables.columns(ORDER_LINES, validated)
    reason = "r.reason" if "reason" in tables.columns(RETURNS, validated) else "NULL::VARCHAR AS reason"
    optional = [f"o.{name}" if name in present else f"NULL::VARCHAR AS {name}" for name in ("size", "color")]
    recorded = "coalesce(o.outcome_recorded, true)" if "outcome_recorded" in present else "true"
    discount = (
        "CASE WHEN o.list_price_minor > 0 THEN greatest(0, 1 - o.price_minor / o.list_price_minor) END"
        if "list_price_minor" in present
        else "NULL::DOUBLE"
    )
    standing = f"m.{CANCELLED_AT} IS NULL" if CANCELLED_AT in pq.read_schema(matrix).names else "true"
    backend = ibis.duckdb.connect()
    try:
        returns = backend.read_parquet(tables.checked(RETURNS, validated))
        backend.create_view("first_returns", first_returns(returns))
        return backend.con.sql(
            f"""
            SELECT m.row, o.product_id, o.customer_id, o.order_id, o.ordered_at, m.closes_at, {", ".join(optional)},
                CASE WHEN coalesce(m.label = 1, m.settled_at IS NOT NULL) THEN m.settled_at END AS returned_at,
                m.known_at, o.price_minor, o.price_minor * o.quantity AS value_minor, {discount} AS discount_share,
                {reason}
            FROM (
                SELECT *, max(greatest(ordered_at, settled_at)) OVER () AS known_at
                FROM (SELECT file_row_number AS row, * FROM read_parquet(?, file_row_number = true))
            ) m
            JOIN read_parquet(?) o USING (line_id)
            LEFT JOIN first_returns r USING (line_id)
            WHERE {recorded} AND {standing}
            ORDER BY m.row
            """,
            params=[str(matrix), str(tables.checked(ORDER_LINES, validated))],
        ).to_arrow_table()
    finally:
        backend.disconnect()


def _as_of(table: pa.Table) -> float:
    known = pc.max(table["known_at"])
    return float(known.cast(pa.int64()).as_py() or 0) / MICROSECONDS_PER_DAY


def _coded(products: pa.Table, kind: str) -> tuple[Ints, list[str]]:
    if kind not in products.column_names:
        return np.full(len(products), NONE, dtype=np.int64), []
    return _label_codes(products[kind])


def _attributes(products: pa.Table, validated: Path) -> dict[Attribute, pa.Array]:
    """Give the value of each product by attribute, personal ones left out; spellings of a label become one."""
    declared = [each for each in attributes.read(validated) if each.table == PRODUCTS.name and not each.personal]
    return {each: _values(products[each.column], each.kind) for each in declared}


def _values(column: pa.ChunkedArray, kind: Kind) -> pa.Array:
    if kind is not Kind.CATEGORY:
        return column.combine_chunks()
    codes, labels = _label_codes(column)
    return pa.array(labels, pa.string()).take(pa.array(codes, mask=codes == NONE))


def _label_codes(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Number labels as `_codes` does, the spellings of one label as one; its name is the most frequent spelling."""
    counted = [(each["counts"], each["values"]) for each in pc.value_counts(column.drop_null()).to_pylist()]
    names: dict[str | None, str] = {}
    for _, label in sorted(counted, key=lambda pair: (-pair[0], pair[1])):
        names.setdefault(normal_form(label), label)
    named = {label: names[form] if (form := normal_form(label)) else None for _, label in counted}
    places = pc.index_in(column, value_set=pa.array(named, pa.string()))
    return _codes(pa.array(named.values(), pa.string()).take(places))


def _codes(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Number the values of a column in sorted order, -1 where missing."""
    values = pc.unique(column).drop_null()
    values = values.take(pc.sort_indices(values))
    return _places(column, pa.chunked_array([values])), values.to_pylist()


def _places(column: pa.ChunkedArray, values: pa.ChunkedArray) -> Ints:
    """Find each cell's place among ``values``, -1 where it is missing or not among them."""
    places = pc.index_in(column, value_set=values.combine_chunks())
    return np.asarray(places.fill_null(NONE).to_numpy(), dtype=np.int64)


def _days(column: pa.ChunkedArray) -> Floats:
    numbers = column.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64(), safe=False)
    return _floats(numbers) / MICROSECONDS_PER_DAY


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
