"""Order lines as features read them: joined with products, customers and outcomes, sizes parsed, texts as codes.

Only this module reads the canonical tables. The other modules read lines and their columns.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from data import facts, tables
from data.attributes import Attribute, extended
from data.attributes import read as read_attributes
from data.outcome import OutcomeParams, counting_returns, outcomes
from data.schema import CARRIED, CHANGES, CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, Table
from features.catalog import REASON, REASON_INFERRED
from features.language.nodes import ASKED_AT, PIECES_VALUE, BasketCounter, Derived, LineColumn, LineNode, Over
from features.language.reasons import REASON_COLUMNS, REASONS, RECORDED, flag
from features.language.sizes import read_size
from features.offline.first_return import first_returns
from features.offline.labels import in_normal_form

LABEL_COLUMNS = ("closes_at", "settled_at", "returned", "label")
"""The outcome of a line: counters and labels read it, and no feature reads that of its own line."""

LIFE_COLUMNS = ("cancelled_at", "last_cancelled", "pieces_kept_at", PIECES_VALUE)
"""What else becomes of a line, as `TableLines` has it: counters read it, and no feature reads that of its own line."""

LINES = "lines"
"""The table of the engine that holds the prepared lines."""

CODE = "code__"
"""Prefix of the column that holds the codes (whole numbers) of a text column."""


@dataclass(frozen=True)
class TableLines:
    """The prepared lines: ``table`` has one row for each line, with ``line_no`` (0, 1, … in the canonical order).

    Beside the outcome (`LABEL_COLUMNS`) a line has ``pieces_kept_at``, the close at which pieces of it were kept (null
    where none were), and their value. In a source with cancellations it has ``cancelled_at`` (null unless cancelled),
    and ``last_cancelled``, 1 on the line with which the last line of its order was cancelled, else 0.

    ``returns`` has a row for each return that counts: ``line_no``, ``piece_returned_at`` and ``pieces``. ``columns``
    names the columns of the source that features may read; they may read `ASKED_AT`, too. ``attributes`` are those that
    the shop declares; their columns are among these.
    """

    table: ir.Table
    returns: ir.Table
    columns: frozenset[str]
    attributes: tuple[Attribute, ...] = ()

    def key(self, name: str) -> str:
        """The column to group by for the line column ``name``: for a text, the column of its codes."""
        return CODE + name if CODE + name in self.table.columns else name


def prepare(backend: Backend, folder: Path, outcome: OutcomeParams, *, normal_labels: bool = True) -> TableLines:
    """Join the validated tables in ``folder`` into one table of lines, materialised in ``backend``.

    Times become whole microseconds since 1970 and booleans 0 or 1, so that formulas are arithmetic. Labels stand in
    their normal form unless ``normal_labels`` is false (`Recipe.normal_labels`).
    """
    written, returns = (backend.read_parquet(tables.checked(table, folder)) for table in (ORDER_LINES, RETURNS))
    orders = written.drop(*(name for name in CARRIED if name in written.columns))
    if normal_labels:
        orders = in_normal_form(backend, orders, "orders")
    declared = read_attributes(folder)
    ends = outcomes(written, returns, outcome).drop("returned_at")
    if "cancelled_at" in orders.columns:
        ends = backend.create_table("outcomes", ends, temp=True)  # the places in the orders read it, too
    parts = [
        *(_facts(backend, folder, orders, table, normal_labels=normal_labels) for table in (PRODUCTS, CUSTOMERS)),
        (ends, "line_id"),
        *([(_reasons(returns), "line_id")] if "reason" in returns.columns else []),
        *([(_coded(backend, _sizes(orders), "sizes", "size"), "size")] if "size" in orders.columns else []),
        (_places(backend, orders, ends), "line_id"),
    ]
    lines = _own(orders, extended(ORDER_LINES, declared))
    parts += _code_tables(backend, lines)
    decided = {"closes_at", "cancelled_at"} & set(orders.columns)
    joined = _as_numbers(_join(lines.drop(*decided), parts))
    if "cancelled_at" not in orders.columns:
        joined = joined.drop("cancelled_at")
    prepared = joined.mutate(
        **_reason_of_label(joined),
        **_kept(joined),
        **{ASKED_AT.name: joined[ASKED_AT.source]},
        value_minor=joined["price_minor"] * joined["quantity"],
    )
    # Temporary tables are not compressed, and so written in half the time.
    table = backend.create_table(LINES, prepared.drop("pieces_kept").order_by("line_no"), temp=True)
    outcome_columns = {*LABEL_COLUMNS, *REASON_COLUMNS, REASON, REASON_INFERRED, "delivered_at", "outcome_recorded"}
    hidden = outcome_columns | {"line_id", "line_no", ASKED_AT.name, *LIFE_COLUMNS}
    columns = frozenset(name for name in table.columns if not name.startswith(CODE)) - hidden
    return TableLines(table, _pieces_back(backend, table, written, returns, outcome), columns, declared)


def _facts(
    backend: Backend, folder: Path, lines: ir.Table, table: Table, *, normal_labels: bool
) -> tuple[ir.Table, str]:
    """The facts of ``table``, `PRODUCTS` or `CUSTOMERS`, and the column of the lines that they are joined on.

    With changes, a line has the facts that were known strictly before its order.
    """
    declared = read_attributes(folder)

    def read(part: Table) -> ir.Table:
        own = _own(backend.read_parquet(tables.checked(part, folder)), extended(part, declared))
        own = own.drop(*(name for name in CARRIED if name in own.columns))
        return in_normal_form(backend, own, part.name) if normal_labels else own

    changes = CHANGES[table.name]
    if changes not in facts.changes_in(folder):
        return _coded(backend, read(table), f"facts_of_{table.name}", table.key), table.key
    spans = facts.versions(read(table), read(changes), table.key)
    versions = _coded(backend, spans, f"versions_of_{table.name}", table.key)
    return facts.known_before(lines, versions, table.key), "line_id"


def with_baskets(backend: Backend, lines: TableLines, nodes: list[LineNode]) -> TableLines:
    """Add the basket counters and derived columns in ``nodes`` (parts before wholes) to the lines."""
    table = lines.table
    baskets = [node for node in nodes if isinstance(node, BasketCounter)]
    table = table.mutate(**{node.name: _in_basket(lines, node) for node in baskets})
    for node in nodes:
        if isinstance(node, Derived):
            table = table.mutate(**{node.name: node.formula(*(table[part.name] for part in node.reads))})
    added = frozenset(node.name for node in nodes if not isinstance(node, LineColumn))
    written = backend.create_table("lines_in_baskets", table.order_by("line_no"))
    return replace(lines, table=written, columns=lines.columns | added)


def spelled(backend: Backend, table: ir.Table) -> ir.Table:
    """Add the texts to the codes in a table that was derived from the lines."""
    names = [name.removeprefix(CODE) for name in table.columns if name.startswith(CODE)]
    return _join(table, [(backend.table(f"codes_{name}"), CODE + name) for name in names])


def texts_of(backend: Backend, name: str) -> pa.Array:
    """The texts of a column by their codes."""
    table = backend.table(f"codes_{name}")
    return backend.to_pyarrow(table.order_by(CODE + name)[name]).combine_chunks()


def plain(table: ir.Table, schema: Table) -> ir.Table:
    """The columns of the schema, as lines have them: times as whole microseconds, booleans as 0 or 1."""
    return _as_numbers(_own(table, schema))


def _in_basket(lines: TableLines, node: BasketCounter) -> ir.Value:
    table = lines.table
    same = ibis.window(group_by=[table[lines.key(name)] for name in ("order_id", *node.columns)])
    match node.over:
        case Over.ABOVE:
            value = table[str(node.value)]
            above = ibis.rank().over(group_by=same.groupings, order_by=ibis.desc(value))
            result, needed = above, [*node.columns, str(node.value)]
        case _:
            total = table["line_no"].count() if node.value is None else table[node.value].sum()
            result, needed = total.over(same), list(node.columns)
    if not needed:
        return result
    return ibis.ifelse(ibis.and_(*(table[name].notnull() for name in needed)), result, ibis.null(result.type()))


def _join(table: ir.Table, parts: list[tuple[ir.Table, str]]) -> ir.Table:
    """Join each part on the column that it shares with ``table``, in one query."""
    joined = table
    for part, on in parts:
        joined = joined.left_join(part, table[on] == part[on], rname=f"{{name}}_of_{id(part)}")
    columns = [
        *(table[name] for name in table.columns),
        *(part[n] for part, on in parts for n in part.columns if n != on),
    ]
    return joined.select(*columns)


def _places(backend: Backend, orders: ir.Table, ends: ir.Table) -> ir.Table:
    """The number of each line in the canonical order, and its place in its order, from few columns: windows are slow.

    ``ends``: what became of the lines, `data.outcome.outcomes`.
    """
    narrow = orders.select(*ORDER_LINES.order)
    if "cancelled_at" in orders.columns:
        narrow = _join(narrow, [(ends.select("line_id", "cancelled_at"), "line_id")])
    place = ibis.row_number().over(group_by="order_id", order_by="line_id")
    numbered = narrow.mutate(
        **_cancelled(narrow),
        line_no=ibis.row_number().over(order_by=[narrow[name] for name in ORDER_LINES.order]),
        first_in_order=(place == 0).cast("int64"),
    )
    names = [name for name in ("line_no", "first_in_order", "last_cancelled") if name in numbered.columns]
    return backend.create_table("line_places", numbered.select("line_id", *names), temp=True)


def _coded(backend: Backend, table: ir.Table, name: str, key: str) -> ir.Table:
    """Write the table ``name`` with a code for each text but its ``key``, whose texts are those of the lines."""
    written = backend.create_table(name, table)
    return backend.create_table(f"coded_{name}", _join(written, _code_tables(backend, written, but=key)))


def _code_tables(backend: Backend, table: ir.Table, but: str = "") -> list[tuple[ir.Table, str]]:
    """The codes of each text column, one for each distinct text: grouping by numbers is several times faster."""
    texts = [name for name, dtype in table.schema().items() if dtype.is_string() and name not in ("line_id", but)]
    return [(_codes(backend, table, name), name) for name in texts]


def _codes(backend: Backend, table: ir.Table, name: str) -> ir.Table:
    distinct = table.select(name).distinct().drop_null()
    numbered = distinct.mutate(**{CODE + name: ibis.row_number().over(order_by=name).cast("int32")})
    return backend.create_table(f"codes_{name}", numbered)


def _own(table: ir.Table, schema: Table) -> ir.Table:
    """The columns of the schema, as a file may have more."""
    return table.select([name for name in schema.names if name in table.columns])


def _reasons(returns: ir.Table) -> ir.Table:
    """Flags of the first return of each line, the recorded reason, and whether the reason was inferred."""
    first = first_returns(returns)
    reason = first["reason"]
    codes = {RECORDED: [each.value for each in REASONS], **{flag(each): [each.value] for each in REASONS}}
    recorded = ibis.coalesce(reason.isin(codes[RECORDED]), False)
    inferred = {REASON_INFERRED: recorded & first[REASON_INFERRED]} if REASON_INFERRED in first.columns else {}
    return first.select(
        "line_id",
        **{REASON: ibis.ifelse(recorded, reason, ibis.null("string"))},
        **inferred,
        **{name: ibis.coalesce(reason.isin(codes[name]), False).cast("int64") for name in REASON_COLUMNS},
    )


def _reason_of_label(lines: ir.Table) -> dict[str, ir.Value]:
    """The reason columns of the matrix, for a source with reasons: of lines that came back within their window."""
    if REASON not in lines.columns:
        return {}
    reason = ibis.ifelse(lines["label"] == 1, lines[REASON], ibis.null("string"))
    if REASON_INFERRED not in lines.columns:
        return {REASON: reason}
    return {REASON: reason, REASON_INFERRED: reason.notnull() & ibis.coalesce(lines[REASON_INFERRED], False)}


def _cancelled(lines: ir.Table) -> dict[str, ir.Value]:
    """``last_cancelled``, for a source with cancellations: by time and then by id, where all lines were cancelled."""
    if "cancelled_at" not in lines.columns:
        return {}
    at, order = lines["cancelled_at"], ibis.window(group_by="order_id")
    whole = at.isnull().sum().over(order) == 0
    backwards = ibis.window(group_by="order_id", order_by=[at.desc(), lines["line_id"].desc()])
    return {"last_cancelled": (whole & (ibis.row_number().over(backwards) == 0)).cast("int64")}


def _kept(lines: ir.Table) -> dict[str, ir.Value]:
    """The close at which pieces of a line were kept, and their value; both null where none were."""
    kept = ibis.coalesce(lines["pieces_kept"] > 0, False)
    value, nothing = lines["price_minor"] * lines["pieces_kept"], ibis.null("int64")
    return {
        "pieces_kept_at": ibis.ifelse(kept, lines["closes_at"], nothing),
        PIECES_VALUE: ibis.ifelse(kept, value, nothing),
    }


def _pieces_back(
    backend: Backend, lines: ir.Table, orders: ir.Table, returns: ir.Table, outcome: OutcomeParams
) -> ir.Table:
    """The returns that count, by the numbers of their lines."""
    counting = counting_returns(orders, returns, outcome)
    found = counting.select("line_id", "pieces", piece_returned_at=counting["returned_at"])
    numbered = _as_numbers(found).inner_join(lines.select("line_id", "line_no"), "line_id")
    return backend.create_table("pieces_back", numbered.select("line_no", "piece_returned_at", "pieces"))


def _sizes(orders: ir.Table) -> ir.Table:
    """Parse each distinct size label once: a few thousand, however many lines there are."""
    labels = sorted(orders.select("size").distinct().drop_null().to_pyarrow()["size"].to_pylist())
    sizes = [read_size(label) for label in labels]
    read = pa.table(
        {
            "size": pa.array(labels, pa.string()),
            "size_system": pa.array([size.system for size in sizes], pa.string()),
            "size_value": pa.array([size.value for size in sizes], pa.float64()),
        }
    )
    return ibis.memtable(read).select("size", "size_system", "size_value")


def _as_numbers(table: ir.Table) -> ir.Table:
    changes: dict[str, ir.Value] = {}
    for name, dtype in table.schema().items():
        if name in ("returned", "label", REASON_INFERRED):
            continue
        if dtype.is_timestamp():
            # DuckDB's seconds have a fraction: it would count twice.
            seconds = table[name].truncate("s").epoch_seconds()
            changes[name] = seconds * 1_000_000 + table[name].microsecond()
        elif dtype.is_boolean():
            changes[name] = table[name].cast("int64")
    return table.mutate(**changes)
