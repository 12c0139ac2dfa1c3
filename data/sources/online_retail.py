"""Source online_retail: invoices in the layout of UCI Online Retail (D. Chen, 2015, doi:10.24432/C5BW33).

A row is an invoice line: ``InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country``.
An invoice number that begins with C marks a return, with a negative quantity. The file doesn't name the purchase of a
return: each return is matched with the latest earlier purchase of the same customer and product that still has enough
pieces left.

Rows that are left out become rejects, each under the first of these rules that applies:

- ``unparsable_…`` and ``missing_value``: a cell that can't be read.
- ``exact_duplicate``: all cells are those of an earlier row; the first stays.
- ``no_product``: postage, fees, discounts, samples, vouchers and manual entries (`NO_PRODUCTS`).
- ``stock_adjustment``: a negative quantity on an invoice that is no return, or an invoice of bad debt (A…).
- ``zero_price``: a price of 0 or less: write-offs and gifts, mostly without a customer.
- ``guest_return``: a return without a customer, which can't be matched. For the same reason the outcome of a guest's
  purchase is unknown: these lines stay, with ``outcome_recorded`` false.
- ``unmatched_return``: no earlier purchase has enough pieces left.

Stock codes are converted to upper case (a and A are the same variant of a product), the suffix ``.0`` of customer ids
is removed, and times are in the zone of London. The file has no column for the category, so there are no categories.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from data import identity, sql, tables
from data.pseudonyms.pseudonyms import Pseudonyms, from_environment
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, REJECTS, RETURNS, Table
from data.sources import rejects
from data.sources.mapped import rows
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.records import inputs
from data.sources.mapped.records.input import Input
from data.sources.report import SourceReport
from data.sources.session import open_session

NO_PRODUCTS = ("POST", "DOT", "M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK")
"""Stock codes that are not products, in upper case. Gift vouchers, ``GIFT_…``, are not products either."""

_TABLE = "CASE WHEN is_return THEN 'returns' ELSE 'order_lines' END"

BATCH = 100_000
"""Events that Python holds in memory at a time."""

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")

LAYOUT = Mapping.model_validate(
    {
        "files": {"invoices": {"path": "online_retail.csv*"}},
        "timezone": "Europe/London",
        "order_lines": {
            "columns": {
                "order_id": "InvoiceNo",
                "customer_id": "CustomerID",
                "product_id": {"column": "StockCode", "case": "upper"},
                "ordered_at": "InvoiceDate",
                "quantity": "Quantity",
                "price_minor": "UnitPrice",
                "region": "Country",
            }
        },
        "returns": {},
    }
)


INVOICES = Input("invoices", LAYOUT.files["invoices"], COLUMNS, ORDER_LINES.name)


@dataclass(frozen=True)
class Rule:
    """A rule that refuses readable rows; ``condition`` and ``value`` (the value shown in rejects) are SQL."""

    name: str
    condition: str
    column: str
    value: str


RULES = (
    Rule("exact_duplicate", "repeat > 1", "line_id", "NULL"),
    Rule(
        "no_product",
        f"product_id IN ({sql.texts(NO_PRODUCTS)}) OR starts_with(product_id, 'GIFT_')",
        "product_id",
        "product_id",
    ),
    Rule(
        "stock_adjustment",
        "(quantity <= 0 AND NOT is_return) OR (quantity >= 0 AND is_return) OR starts_with(order_id, 'A')",
        "quantity",
        "quantity::VARCHAR",
    ),
    Rule("zero_price", "unit_price <= 0", "price_minor", "unit_price::VARCHAR"),
    Rule("guest_return", "is_return AND customer_id IS NULL", "customer_id", "NULL"),
)
"""A row that breaks several rules is counted under the first."""


@dataclass(frozen=True)
class Event:
    """A purchase or a return of one product by one customer."""

    customer_id: str
    product_id: str
    is_return: bool
    line_id: str
    at: datetime
    pieces: int


@dataclass
class _Purchase:
    line_id: str
    at: datetime
    left: int


def match(events: Iterable[Event]) -> Iterator[tuple[str, str | None]]:
    """Match each return, in order of time, with the latest earlier purchase that still has enough pieces left.

    Parameters
    ----------
    events
        Sorted by customer, product and time.

    Yields
    ------
    tuple
        The return's ``line_id`` and the purchase's, None where no purchase matches.
    """
    for _, group in groupby(events, key=lambda event: (event.customer_id, event.product_id)):
        purchases: list[_Purchase] = []
        for event in group:
            if not event.is_return:
                purchases.append(_Purchase(event.line_id, event.at, event.pieces))
                continue
            pieces = -event.pieces
            fitting = (item for item in reversed(purchases) if item.at < event.at and item.left >= pieces)
            purchase = next(fitting, None)
            if purchase is not None:
                purchase.left -= pieces
            yield event.line_id, purchase.line_id if purchase else None


def write(folder: Path, raw: Path) -> SourceReport:
    """Read ``online_retail.csv`` or ``.csv.gz`` in ``folder`` and write the canonical tables and rejects into ``raw``.

    Raises
    ------
    UserError
        The file or one of its columns is missing, or the file can't be read; see `records.inputs.stage`.
    """
    pseudonyms = from_environment()
    with open_session(raw) as connection:
        work = rows.Work(connection, LAYOUT)
        accounts = inputs.stage(connection, INVOICES, folder, raw)
        _read(work, pseudonyms)
        _leave_out(connection)
        _match(connection)
        for table, query in _queries().items():
            tables.write(table, connection.sql(query), raw)
    return SourceReport(tuple(account.path for account in accounts), work.decisions)


def _read(work: rows.Work, pseudonyms: Pseudonyms) -> None:
    """Make the table ``invoice_lines``: all readable rows, purchases and returns, with the columns of `RULES`."""
    connection = work.connection
    sql.run(connection, "CREATE VIEW rows_invoices AS SELECT rowid AS _row, * FROM file_invoices")
    sql.run(connection, "UPDATE file_invoices SET \"CustomerID\" = regexp_replace(\"CustomerID\", '\\.0$', '')")
    cells = rows.cells_of(work, ORDER_LINES, "invoices", LAYOUT.order_lines.columns)
    customer = next(cell for cell in cells if cell.column.name == "customer_id")
    customers = f"SELECT {customer.parse} FROM {rows.layers('invoices', [customer])}"
    identity.name_ids(connection, customers, rows.IDS, pseudonyms.make)
    rows.read(work, ORDER_LINES, "invoices", cells, "readable")
    everything = ", ".join(sql.name(column) for column in COLUMNS)
    sql.run(
        connection,
        "CREATE TABLE invoice_lines AS SELECT readable.* "
        "REPLACE (min(ordered_at) OVER (PARTITION BY order_id) AS ordered_at), "
        "order_id || '-' || row_number() OVER (PARTITION BY order_id ORDER BY _row) AS line_id, "
        "starts_with(order_id, 'C') AS is_return, repeat, unit_price FROM readable JOIN (SELECT rowid AS _row, "
        f"row_number() OVER (PARTITION BY {everything} ORDER BY rowid) AS repeat, "
        'TRY_CAST("UnitPrice" AS DECIMAL(28, 10)) AS unit_price FROM file_invoices) USING (_row)',
    )
    folded = 'SELECT count(DISTINCT "StockCode") - count(DISTINCT upper("StockCode")) FROM file_invoices'
    work.decide("products.product_id", "case_variants", sql.number(connection, folded))


def _leave_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Move the rows that break a rule from ``invoice_lines`` to ``rejects``, each row once."""
    for rule in RULES:
        rejects.add(
            connection,
            f"SELECT {_TABLE}, line_id, {sql.text(rule.column)}, {sql.text(rule.name)}, "
            f"{rule.value} FROM invoice_lines WHERE {rule.condition}",
        )
        sql.run(connection, f"DELETE FROM invoice_lines WHERE {rule.condition}")


def _match(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table ``matches`` (return_id, line_id), and rejects of the returns without a match.

    A matched return uses up pieces of its purchase, so returns are matched one after the other, in Python. The loop
    reads only returns and the purchases of the same customer and product: a small part of the lines.
    """
    pairs = "SELECT DISTINCT customer_id, product_id FROM invoice_lines WHERE is_return"
    events = connection.sql(
        "SELECT customer_id, product_id, is_return, line_id, ordered_at AS at, quantity AS pieces FROM invoice_lines "
        f"SEMI JOIN ({pairs}) USING (customer_id, product_id) ORDER BY customer_id, product_id, ordered_at, _row"
    ).to_arrow_table()
    found = list(match(Event(**row) for batch in events.to_batches(BATCH) for row in batch.to_pylist()))
    names = pa.schema([("return_id", pa.string()), ("line_id", pa.string())])
    columns = {"return_id": [item for item, _ in found], "line_id": [line_id for _, line_id in found]}
    connection.from_arrow(pa.table(columns, schema=names)).create("matches")
    rejects.add(
        connection,
        f"SELECT {_TABLE}, return_id, 'line_id', 'unmatched_return', lines.quantity::VARCHAR "
        "FROM matches JOIN invoice_lines AS lines ON return_id = lines.line_id WHERE matches.line_id IS NULL",
    )


def _queries() -> dict[Table, str]:
    lines = [name for name in ORDER_LINES.names if name in {"line_id", *LAYOUT.order_lines.columns}]
    purchases = "FROM invoice_lines WHERE NOT is_return"
    return {
        ORDER_LINES: f"SELECT {', '.join(lines)}, customer_id IS NOT NULL AS outcome_recorded {purchases}",
        PRODUCTS: f"SELECT DISTINCT product_id {purchases}",
        CUSTOMERS: f"SELECT DISTINCT customer_id {purchases} AND customer_id IS NOT NULL",
        RETURNS: "SELECT return_id, matches.line_id, ordered_at AS returned_at, -quantity AS quantity "
        "FROM matches JOIN invoice_lines AS lines ON return_id = lines.line_id WHERE matches.line_id IS NOT NULL",
        REJECTS: "FROM rejects",
    }
