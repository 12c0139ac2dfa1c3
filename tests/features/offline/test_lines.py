"""Times of tables as numbers."""

from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from data import tables
from data.schema import TIME, Column, Table
from data.times import to_us
from features.offline.lines import plain

TIMES = Table("times", "at", ("at",), (Column("at", TIME, "a time"),))


@pytest.mark.parametrize("microsecond", [0, 1, 499_999, 500_000, 974_317, 999_999])
def test_a_time_is_its_microseconds_since_1970_to_the_last_of_them(tmp_path: Path, microsecond: int) -> None:
    at = datetime(2026, 11, 29, 6, 33, 36, microsecond)
    backend = ibis.duckdb.connect()

    tables.write(TIMES, pa.table({"at": pa.array([at], TIME)}), tmp_path)
    table = plain(backend.read_parquet(tables.path(TIMES, tmp_path)), TIMES)

    (found,) = backend.con.sql(backend.compile(table)).fetchall()
    assert found == (to_us(at),)
