"""A small shop in canonical tables: every row is valid, and tests break some of them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data import attributes
from data.attributes import Attribute
from data.schema import CHANGES, REJECTS, TABLES

Row = dict[str, Any]
Shop = dict[str, list[Row]]

START = datetime.fromisoformat("2024-03-01")


MARKS = {"merged_into": None, "erased_at": None}


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def line(line_id: str, **changes: Any) -> Row:
    return {
        "line_id": line_id,
        "order_id": f"order-{line_id}",
        "customer_id": "c1",
        "product_id": "p1",
        "ordered_at": day(0),
        "quantity": 2,
        "price_minor": 1999,
        "list_price_minor": 2499,
        "size": "m",
        "color": None,
        "voucher_used": False,
        "payment_method": "invoice",
        "channel": "web",
        "region": "de",
        "delivered_at": day(3),
        "closes_at": None,
        "outcome_recorded": True,
        "cancelled_at": None,
        "shipped_at": None,
        "exchanged_for_product": None,
        "exchanged_for_size": None,
        **changes,
    }


def product(product_id: str, **changes: Any) -> Row:
    return {
        "product_id": product_id,
        "name": None,
        "department": "fashion",
        "category": "dresses",
        "brand": "b",
        "supplier": None,
        "launched_at": day(-100),
        **changes,
    }


def customer(customer_id: str, **changes: Any) -> Row:
    return {
        "customer_id": customer_id,
        "registered_at": day(-50),
        "birth_year": 1980,
        "title": None,
        **MARKS,
        **changes,
    }


def returned(return_id: str, line_id: str | None, **changes: Any) -> Row:
    return {
        "return_id": return_id,
        "line_id": line_id,
        "returned_at": day(9),
        "quantity": 1,
        "reason": "STYLE",
        "reason_detail": None,
        "reason_inferred": False,
        "requested_at": None,
        "condition": "as new",
        "refunded_minor": 1999,
        **changes,
    }


def shop() -> Shop:
    """Three lines, of which one came back, and a late order that closes their windows."""
    return {
        "order_lines": [
            line("a"),
            line("b", product_id="p2"),
            line("c", customer_id=None),
            line("z", ordered_at=day(300), delivered_at=None),
        ],
        "products": [product("p1"), product("p2")],
        "customers": [customer("c1"), customer("c2")],
        "returns": [returned("r1", "a")],
        "rejects": [],
    }


def write(
    content: Mapping[str, list[Row]],
    folder: Path,
    *,
    without: tuple[str, ...] = (),
    declared: tuple[Attribute, ...] = (),
) -> Path:
    """Write the tables as parquet, in the order given and unchecked; ``without`` some columns (``table.column``)."""
    folder.mkdir(parents=True, exist_ok=True)
    attributes.write(declared, folder)
    changes = [table for table in CHANGES.values() if table.name in content]
    for table in (*(attributes.extended(each, declared) for each in (*TABLES.values(), *changes)), REJECTS):
        present = {name for name in table.names if f"{table.name}.{name}" not in without}
        schema = pa.schema([field.with_nullable(True) for field in table.arrow(present)])
        rows = pa.Table.from_pylist(content[table.name], schema)
        pq.write_table(rows, folder / f"{table.name}.parquet")
    return folder


def read(folder: Path) -> Shop:
    """Read back the tables that the folder holds."""
    files = {
        name: folder / f"{name}.parquet"
        for name in (*TABLES, *(table.name for table in CHANGES.values()), REJECTS.name)
    }
    return {name: pq.read_table(file).to_pylist() for name, file in files.items() if file.exists()}
