"""A simulated shop to test on: its parameters, and its files as views."""

from pathlib import Path
from typing import Any

import duckdb

from data.sources.simulated import SimulatorParams

PARAMS: dict[str, Any] = {
    "seed": 7,
    "lines": 60_000,
    "end": "2024-07-01",
    "days": 730,
    "lines_per_customer": 12.0,
    "lines_per_product": 20.0,
    "existing_customer_share": 0.3,
    "electronics_share": 0.4,
    "guest_share": 0.04,
    "bracket_share": 0.06,
    "serial_bracketer_share": 0.03,
    "voucher_share": 0.12,
    "late_share": 0.06,
    "undelivered_share": 0.01,
    "return_level": 1.0,
    "return_window_days": 14,
    "drift": 0.08,
    "customer_spread": 0.55,
    "product_spread": 0.5,
    "fault_share": 0.05,
    "fault_start_share": 0.5,
    "reason_missing_share": 0.12,
    "attributes": False,
}


def params(**changes: Any) -> SimulatorParams:
    return SimulatorParams.model_validate({**PARAMS, **changes})


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    for file in (*(folder / "raw").glob("*.parquet"), *(folder / "truth").glob("*.parquet")):
        connection.execute(f"create view {file.stem} as from '{file}'")
    connection.execute(
        """
        create table lines as
        select l.*, p.category, p.department, p.launched_at, t.* exclude line_id, r.returned_at, r.reason,
               r.line_id is not null as returned,
               count(*) over (partition by l.order_id, l.product_id) as same_product
        from order_lines l join products p using (product_id) join truth t using (line_id)
        left join returns r using (line_id)
        """
    )
    return connection
