from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import tables
from data.errors import UserError
from data.outcome import OutcomeParams
from data.predicted.columns import SCHEMA
from data.schema import ORDER_LINES, RETURNS, Table
from data.times import to_us
from training.decisions.experiment_files.placed_orders import read_placed

T, DAY = datetime(2024, 3, 1, 12), timedelta(days=1)
RULE = OutcomeParams(return_window_days=14, delivery_allowance_days=7, returned_from_share=0)


def line(line_id: str, **facts: Any) -> dict[str, Any]:
    known = {"order_id": "o", "customer_id": "c", "product_id": "p", "ordered_at": T, "quantity": 1, "price_minor": 500}
    return {"line_id": line_id, **known, "cancelled_at": None, "outcome_recorded": True, **facts}


def back(return_id: str, line_id: str, at: datetime, quantity: int = 1) -> dict[str, Any]:
    return {"return_id": return_id, "line_id": line_id, "returned_at": at, "quantity": quantity}


def write(folder: Path, lines: list[dict[str, Any]], returns: list[dict[str, Any]]) -> None:
    for table, rows in ((ORDER_LINES, lines), (RETURNS, returns)):
        _write(table, rows, folder)


def _write(table: Table, rows: list[dict[str, Any]], folder: Path) -> None:
    names = set(rows[0]) if rows else set(table.required)
    tables.write(table, pa.Table.from_pylist(rows, schema=table.arrow(names)), folder)


def test_lines_have_their_value_and_returns_the_pieces_that_count(tmp_path: Path) -> None:
    lines = [
        *(line("two", quantity=2), line("off", cancelled_at=T + DAY, customer_id=None)),
        line("unknown", outcome_recorded=False),
    ]
    returns = [back("a", "two", T + 3 * DAY), back("b", "two", T + 4 * DAY, 5), back("c", "two", T + 90 * DAY)]
    write(tmp_path, lines, returns)

    found = read_placed(tmp_path, RULE, lambda own: f"hash of {own}", tmp_path / "none.parquet")

    assert found.as_of == to_us(T + 90 * DAY)
    assert found.lines["line_id"].tolist() == ["off", "two"]
    two = found.lines.set_index("line_id").loc["two"]
    assert (two["value_minor"], two["quantity"], two["customer"]) == (1000, 2, "hash of c")
    assert two["ordered_at"] == to_us(T)
    assert found.lines["customer"].isna().tolist() == [True, False]
    assert found.lines["cancelled_at"].tolist()[0] == to_us(T + DAY)
    assert np.isnan(two["cancelled_at"])
    assert found.returns.to_dict("records") == [
        {"line_id": "two", "returned_at": to_us(T + 3 * DAY), "pieces": 1.0, "first": True, "reason": None},
        {"line_id": "two", "returned_at": to_us(T + 4 * DAY), "pieces": 1.0, "first": False, "reason": None},
    ]
    assert len(found.guests) == 0


def test_returns_have_their_reason_where_one_was_recorded_and_only_one(tmp_path: Path) -> None:
    returns = [
        {**back("a", "l", T + 3 * DAY), "reason": "STYLE"},
        {**back("b", "m", T + 3 * DAY), "reason": "STYLE"},
        {**back("c", "m", T + 3 * DAY), "reason": "COLOR"},
        {**back("d", "n", T + 4 * DAY), "reason": "UNKNOWN"},
    ]
    write(tmp_path, [line("l"), line("m", quantity=2), line("n")], returns)

    found = read_placed(tmp_path, RULE, None, tmp_path / "none")

    assert found.returns[["line_id", "reason"]].to_numpy().tolist() == [
        ["l", "STYLE"], ["m", None], ["m", None], ["n", None],
    ]  # fmt: skip
    assert found.lines["product_id"].tolist() == ["p", "p", "p"]


def test_customers_that_are_hashes_already_stay_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, [line("l")], [])
    assert read_placed(tmp_path, RULE, None, tmp_path / "none").lines["customer"].tolist() == ["c"]


def test_a_guests_order_is_the_one_with_the_ids_of_the_lines_that_were_scored(tmp_path: Path) -> None:
    def scored(request_id: str, **facts: Any) -> dict[str, Any]:
        known = {"request_id": request_id, "basket": 0, "line": 0, "customer": None, "line_id": "l"}
        return {**known, "basket_id": None, "order_id": None, "joined_by": None, **facts}

    rows = [
        scored("ordered", order_id="o", joined_by="line_id"),
        scored("ordered", line=1, order_id="o", joined_by="line_id"),
        scored("left"),
        scored("customer", customer="c", order_id="p", joined_by="line_id"),
        scored("no id", line_id=None),
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), tmp_path / "scored.parquet")
    write(tmp_path, [line("l")], [])

    guests = read_placed(tmp_path, RULE, None, tmp_path / "scored.parquet").guests

    assert guests[["request_id", "order_id"]].fillna("").to_numpy().tolist() == [["ordered", "o"], ["left", ""]]


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="order_lines"):
        read_placed(tmp_path, RULE, None)


def test_tables_without_an_order_are_refused(tmp_path: Path) -> None:
    write(tmp_path, [], [])
    with pytest.raises(UserError, match="orders in the tables"):
        read_placed(tmp_path, RULE, None)
