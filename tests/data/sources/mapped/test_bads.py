"""The BADS order lines, read with nothing but their mapping; skipped where the file is absent."""

from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pytest

from data.ingest import ingest
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, REJECTS, RETURNS
from data.sources.params import CommentParams, DataParams
from data.tables import count, read

COMMENTS = CommentParams(min_confidence=0.8, min_examples=200)


@pytest.fixture(scope="module")
def raw(datasets: Path, top: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bads")
    mapping = top / "data" / "mappings" / "bads.yaml"
    params = DataParams(source="mapped", path=datasets / "bads", mapping=mapping, comments=COMMENTS)
    ingest(params, folder / "raw", folder / "truth")
    return folder / "raw"


def test_all_rows_are_read(raw: Path) -> None:
    assert count(ORDER_LINES, raw) == 116_306
    assert count(PRODUCTS, raw) == 2_666
    assert count(CUSTOMERS, raw) == 35_967
    assert count(RETURNS, raw) == 36_796
    assert count(REJECTS, raw) == 0


def test_outcomes_are_as_the_file_says(raw: Path) -> None:
    lines = read(ORDER_LINES, raw)
    recorded = Counter(lines["outcome_recorded"].to_pylist())
    assert recorded == {False: 38_705, True: 116_306 - 38_705}
    assert lines["closes_at"].null_count == 38_705


def test_money_adds_up_to_the_cent(raw: Path) -> None:
    assert pc.sum(read(ORDER_LINES, raw)["price_minor"]).as_py() == 818_771_987


def test_orders_are_the_lines_of_one_customer_on_one_day(raw: Path) -> None:
    assert pc.count_distinct(read(ORDER_LINES, raw)["order_id"]).as_py() == 65_828


def test_placeholders_are_gone(raw: Path) -> None:
    assert pc.min(read(ORDER_LINES, raw)["delivered_at"]).as_py().year == 2012
    years = read(CUSTOMERS, raw)["birth_year"]
    assert (pc.min(years).as_py(), pc.max(years).as_py() <= 2000) == (1920, True)


def test_sizes_are_in_one_case(raw: Path) -> None:
    sizes = set(read(ORDER_LINES, raw)["size"].to_pylist())
    assert "xl" in sizes
    assert "XL" not in sizes
