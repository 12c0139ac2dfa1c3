"""Canonical tables on disk: sorted, complete or absent, with the same bytes on every run."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import tables
from data.errors import UserError
from data.schema import PRODUCTS, REJECTS, RETURNS, Table

START = datetime.fromisoformat("2024-01-01")


def returns(*days: int) -> pa.Table:
    rows = [
        {"return_id": f"r{day}", "line_id": "l", "returned_at": START + timedelta(days=day), "quantity": 1}
        for day in days
    ]
    return pa.Table.from_pylist(rows, RETURNS.arrow({"return_id", "line_id", "returned_at", "quantity"}))


def products(*rows: tuple[str, str | None]) -> pa.Table:
    return pa.Table.from_pylist([{"product_id": key, "brand": brand} for key, brand in rows])


def test_what_is_written_is_read_in_the_tables_order_and_dtypes(tmp_path: Path) -> None:
    assert tables.write(RETURNS, returns(3, 1, 2), tmp_path) == 3
    found = tables.read(RETURNS, tmp_path)
    assert found["return_id"].to_pylist() == ["r1", "r2", "r3"]
    assert found.schema == RETURNS.arrow({"return_id", "line_id", "returned_at", "quantity"})
    assert tables.count(RETURNS, tmp_path) == 3
    assert tables.columns(RETURNS, tmp_path) == ("return_id", "line_id", "returned_at", "quantity")
    assert tables.read(RETURNS, tmp_path, ["quantity"]).column_names == ["quantity"]


@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.sampled_from("xyz")), max_size=20), draw=st.data()
)
@settings(max_examples=25)
def test_the_bytes_do_not_depend_on_the_order_of_arrival(
    rows: list[tuple[str, str | None]], draw: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    schema = PRODUCTS.arrow({"product_id", "brand"})
    shuffled = draw.draw(st.permutations(rows))
    for folder, arrived in ((first, rows), (second, shuffled)):
        listed = [{"product_id": key, "brand": brand} for key, brand in arrived]
        tables.write(PRODUCTS, pa.Table.from_pylist(listed, schema), folder)
    assert (first / "products.parquet").read_bytes() == (second / "products.parquet").read_bytes()


def test_row_groups_are_of_one_size_however_the_rows_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROW_GROUP", 2500)
    with duckdb.connect() as connection:
        rows = connection.sql("SELECT 'p' || i AS product_id, 'b' AS brand FROM range(6000) AS numbers(i)")
        assert tables.write(PRODUCTS, rows, tmp_path) == 6000
    footer = pq.read_metadata(tmp_path / "products.parquet")
    assert [footer.row_group(group).num_rows for group in range(footer.num_row_groups)] == [2500, 2500, 1000]
    assert tables.read(PRODUCTS, tmp_path)["product_id"].to_pylist() == sorted(f"p{i}" for i in range(6000))


def test_an_empty_table_is_written_with_its_columns(tmp_path: Path) -> None:
    assert tables.write(REJECTS, REJECTS.arrow().empty_table(), tmp_path) == 0
    assert tables.read(REJECTS, tmp_path).column_names == ["table", "key", "column", "rule", "value"]


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (RETURNS, pa.table({"return_id": ["r"]})),
        (PRODUCTS, pa.table({"product_id": ["p"], "colour": ["red"]})),
    ],
)
def test_columns_that_are_missing_or_unknown_raise(table: Table, rows: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing columns"):
        tables.write(table, rows, tmp_path)


@pytest.mark.parametrize("values", [[None], ["soon"]], ids=["missing", "no number"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, values: list[Any]) -> None:
    tables.write(RETURNS, returns(1), tmp_path)
    before = tables.path(RETURNS, tmp_path).read_bytes()
    broken = returns(1).set_column(3, "quantity", pa.array(values))
    with pytest.raises(pa.ArrowInvalid):
        tables.write(RETURNS, broken, tmp_path)
    assert tables.path(RETURNS, tmp_path).read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["returns.parquet"]


def test_a_missing_table_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dvc repro"):
        tables.read(PRODUCTS, tmp_path)


@pytest.mark.parametrize("content", [b"", b"product_id\n1\n", b"PAR1 and then cut"])
def test_a_file_that_is_not_parquet_gives_one_clear_message(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "products.parquet").write_bytes(content)
    for look in (tables.read, tables.count, tables.columns):
        with pytest.raises(UserError, match=r"products\.parquet to be a parquet file"):
            look(PRODUCTS, tmp_path)
