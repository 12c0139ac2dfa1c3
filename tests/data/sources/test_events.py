"""The source events: the snapshot of an export becomes the raw tables, and nothing else does."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import tables
from data.errors import UserError
from data.ingest import ingest
from data.reading.reading import Reading
from data.schema import ORDER_LINES, PRODUCT_CHANGES, REJECTS, RETURNS, TABLES
from data.sources.params import CommentParams, DataParams
from data.sources.snapshot import Snapshot
from data.times import to_us
from tests.data import small_shop
from tests.data.small_shop import line, shop

KEY = {"fingerprint": "0123", "public_demo_key": False}
UNTIL = datetime(2024, 6, 1)


def params(folder: Path) -> DataParams:
    comments = CommentParams(min_confidence=0.8, min_examples=200)
    return DataParams(source="events", path=folder, mapping=Path("none.yaml"), comments=comments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A snapshot with a change, and with two lines whose close the shop gave: one before the export, one after it."""
    lines = [
        line("l1", closes_at=UNTIL - timedelta(days=1)),
        line("l2", closes_at=UNTIL + timedelta(days=1)),
        line("l3", closes_at=None),
    ]
    small_shop.write(shop() | {"order_lines": lines}, tmp_path / "my-shop")
    (tmp_path / "my-shop/rejects.parquet").unlink(missing_ok=True)
    row = {"change_id": "c", "product_id": "p1", "changed_at": UNTIL, "brand": "b"}
    schema = PRODUCT_CHANGES.arrow(set(row))
    tables.write(PRODUCT_CHANGES, pa.Table.from_pylist([row], schema=schema), tmp_path / "my-shop")
    Snapshot(KEY, Reading(guests=("nobody",)), to_us(UNTIL)).write(tmp_path / "my-shop")
    return tmp_path / "my-shop"


def test_the_tables_of_the_snapshot_are_the_raw_tables(folder: Path, tmp_path: Path) -> None:
    ingest(params(folder), tmp_path / "raw", tmp_path / "truth")

    for table in (*TABLES.values(), PRODUCT_CHANGES):
        if table is not ORDER_LINES:
            assert tables.read(table, tmp_path / "raw").to_pylist() == tables.read(table, folder).to_pylist()
    assert pq.read_table(tmp_path / "raw/rejects.parquet") == REJECTS.arrow().empty_table()
    described: dict[str, Any] = json.loads((tmp_path / "raw/source.json").read_text())
    assert (described["source"], described["id_key"]) == ("events", KEY)
    assert described["reading"] == {"guests": ["nobody"]}


def test_a_close_ahead_of_the_export_leaves_the_line_without_an_outcome(folder: Path, tmp_path: Path) -> None:
    ingest(params(folder), tmp_path / "raw", tmp_path / "truth")

    found = {row["line_id"]: row for row in tables.read(ORDER_LINES, tmp_path / "raw").to_pylist()}
    assert [found[name]["closes_at"] for name in ("l1", "l2", "l3")] == [UNTIL - timedelta(days=1), None, None]
    assert [found[name]["outcome_recorded"] for name in ("l1", "l2", "l3")] == [True, False, True]
    assert json.loads((tmp_path / "raw/source.json").read_text())["decisions"] == {
        "order_lines.closes_at": {"ahead": 1.0}
    }


def test_the_snapshot_names_the_shop() -> None:
    assert params(Path("data/snapshots/my-shop")).shop == "my-shop"


def test_without_a_snapshot_it_is_said_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="make tables"):
        ingest(params(tmp_path), tmp_path / "raw", tmp_path / "truth")


def test_a_snapshot_that_lacks_a_table_is_refused(folder: Path, tmp_path: Path) -> None:
    tables.path(RETURNS, folder).unlink()

    with pytest.raises(UserError, match="the table returns"):
        ingest(params(folder), tmp_path / "raw", tmp_path / "truth")

    assert not (tmp_path / "raw").exists()
