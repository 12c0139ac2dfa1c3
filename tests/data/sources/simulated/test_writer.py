import hashlib
import tracemalloc
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from data import schema
from data.progress import steps
from data.sources.simulated import tables, write
from data.sources.simulated.params import SimulatorParams
from tests.data.progress.seen import Seen
from tests.data.sources.simulated.example import params

FILES = ("order_lines", "products", "customers", "returns")


@pytest.mark.parametrize("name", FILES)
def test_each_table_has_the_columns_and_dtypes_of_its_contract(folder: Path, name: str) -> None:
    written = pq.read_schema(folder / "raw" / f"{name}.parquet")

    absent = {
        *("closes_at", "outcome_recorded", "cancelled_at", "shipped_at", "exchanged_for_product", "exchanged_for_size"),
        *("reason_inferred", "requested_at", "condition", "refunded_minor", "merged_into", "erased_at"),
    }
    expected = schema.TABLES[name].arrow(set(schema.TABLES[name].names) - absent)
    assert written.equals(expected)


def test_the_truth_has_its_own_folder_and_contract(folder: Path) -> None:
    assert pq.read_schema(folder / "truth" / "truth.parquet").equals(schema.TRUTH.arrow())
    assert {file.name for file in folder.glob("raw/*")} == {f"{name}.parquet" for name in FILES}


@pytest.mark.parametrize("table", [*schema.TABLES.values(), schema.TRUTH], ids=lambda table: table.name)
def test_each_table_is_sorted_and_its_key_is_unique(shop: duckdb.DuckDBPyConnection, table: schema.Table) -> None:
    columns = ", ".join(table.order)
    rows = shop.execute(f"select {table.key} from {table.name}").fetchall()

    assert rows == shop.execute(f"select {table.key} from {table.name} order by {columns}").fetchall()
    assert len(rows) == len(set(rows))


def test_every_line_has_its_product_its_truth_and_its_customer_unless_a_guest(shop: duckdb.DuckDBPyConnection) -> None:
    [(lines, guests)] = shop.execute("select count(*), avg((customer_id is null)::int) from order_lines").fetchall()
    [(joined,)] = shop.execute("select count(*) from lines").fetchall()
    strangers = shop.execute(
        "from order_lines anti join customers using (customer_id) where customer_id is not null"
    ).fetchall()

    assert lines == joined
    assert abs(lines / 60_000 - 1.0) < 0.02
    assert strangers == []
    assert 0.02 < guests < 0.05


def test_the_same_parameters_give_the_same_bytes(tmp_path: Path) -> None:
    for run in ("first", "second"):
        write(params(lines=3_000), tmp_path / run, tmp_path / run)

    assert _digests(tmp_path / "first") == _digests(tmp_path / "second")


def test_another_seed_is_another_shop(tmp_path: Path) -> None:
    for seed in (1, 2):
        write(params(lines=3_000, seed=seed), tmp_path / str(seed), tmp_path / str(seed))

    first, second = _digests(tmp_path / "1"), _digests(tmp_path / "2")
    assert not set(first.values()) & set(second.values())


def test_the_rows_do_not_depend_on_how_many_orders_are_held_at_once(tmp_path: Path) -> None:
    write(params(lines=5_000), tmp_path / "whole", tmp_path / "whole")
    write(params(lines=5_000), tmp_path / "parts", tmp_path / "parts", stretch_orders=333)

    for file in (tmp_path / "whole").iterdir():
        assert pq.read_table(file).equals(pq.read_table(tmp_path / "parts" / file.name)), file.name


def test_memory_follows_the_stretch_and_not_the_shop(tmp_path: Path) -> None:
    # Customers and products are few here, so that the lines would be nearly all of what is held.
    few = {"lines_per_customer": 500.0, "lines_per_product": 500.0}
    small = _peak_bytes(params(lines=30_000, **few), tmp_path)
    large = _peak_bytes(params(lines=120_000, **few), tmp_path)

    # 90,000 lines more, of which about a third are returns: a few numbers and, at the end, a row of text for each.
    assert large - small < 90_000 * 120
    # Held at once, they would take 11 causes of 8 bytes several times over.
    assert _peak_bytes(params(lines=120_000, **few), tmp_path, stretch_orders=100_000) - small > 90_000 * 400


def test_a_write_that_breaks_off_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(tables, "truth", full_disk)

    with pytest.raises(OSError, match="no space left"):
        write(params(lines=1_000), tmp_path / "raw", tmp_path / "truth")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_write_says_how_many_orders_it_has_written(tmp_path: Path) -> None:
    seen = Seen()

    with steps.watched(seen):
        write(params(lines=2_000), tmp_path, tmp_path, stretch_orders=50)

    shares = [share for path, share, _ in seen.moves if path == ("simulated shop",) and share]
    assert len(shares) > 10
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def _digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def _peak_bytes(shop: SimulatorParams, folder: Path, stretch_orders: int = 2_000) -> int:
    tracemalloc.start()
    try:
        write(shop, folder, folder, stretch_orders)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
