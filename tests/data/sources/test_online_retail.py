"""Invoices in the UCI layout: sales, returns, and the purchase that each return is matched with."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from data.ingest import ingest
from data.schema import ORDER_LINES, REJECTS, RETURNS
from data.sources.online_retail import Event, match
from data.sources.params import CommentParams, DataParams
from data.tables import count, read

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
COMMENTS = CommentParams(min_confidence=0.8, min_examples=200)
START = datetime.fromisoformat("2024-01-01")


def invoice(number: str, code: str, pieces: int, day: int, price: str = "2.55", customer: str = "17850.0") -> str:
    return f"{number},{code},a thing,{pieces},2011-03-{day:02} 08:26:00,{price},{customer},United Kingdom\n"


def ingested(folder: Path, *rows: str) -> dict[str, list[dict[str, Any]]]:
    shop = folder / "shop"
    shop.mkdir()
    (shop / "online_retail.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    params = DataParams(source="online_retail", path=shop, mapping=Path("unused"), comments=COMMENTS)
    ingest(params, folder / "raw", folder / "truth")
    names = ("order_lines", "products", "customers", "returns", "rejects")
    return {name: pq.read_table(folder / "raw" / f"{name}.parquet").to_pylist() for name in names}


def test_a_purchase_becomes_an_order_line(tmp_path: Path) -> None:
    tables = ingested(tmp_path, invoice("536365", "85123a", 6, 1))
    (line,) = tables["order_lines"]
    assert (line["line_id"], line["order_id"], line["product_id"]) == ("536365-1", "536365", "85123A")
    assert (line["quantity"], line["price_minor"], line["region"]) == (6, 255, "United Kingdom")
    assert line["ordered_at"] == datetime.fromisoformat("2011-03-01T08:26:00")
    assert tables["products"] == [{"product_id": "85123A"}]
    assert tables["customers"] == [{"customer_id": line["customer_id"]}]


def test_a_customer_id_is_the_same_with_and_without_its_point_zero(tmp_path: Path) -> None:
    rows = (invoice("1", "85123", 1, 1, customer="17850.0"), invoice("2", "85123", 1, 2, customer="17850"))
    assert len(ingested(tmp_path, *rows)["customers"]) == 1


def test_summer_times_are_those_of_london(tmp_path: Path) -> None:
    row = "1,85123,x,1,2011-07-01 08:26:00,1,17850.0,United Kingdom\n"
    assert ingested(tmp_path, row)["order_lines"][0]["ordered_at"].hour == 7


def test_a_return_goes_to_the_latest_purchase_with_enough_left(tmp_path: Path) -> None:
    tables = ingested(
        tmp_path,
        invoice("1", "85123", 6, 1),
        invoice("2", "85123", 2, 3),
        invoice("3", "85123", 9, 9),
        invoice("C4", "85123", -3, 5),
        invoice("C5", "85123", -2, 6),
        invoice("C6", "85123", -2, 7),
    )
    found = {row["return_id"]: (row["line_id"], row["quantity"]) for row in tables["returns"]}
    assert found == {"C4-1": ("1-1", 3), "C5-1": ("2-1", 2), "C6-1": ("1-1", 2)}


def test_a_return_that_nothing_matches_is_rejected(tmp_path: Path) -> None:
    tables = ingested(tmp_path, invoice("1", "85123", 2, 1), invoice("C2", "85123", -3, 5), invoice("C3", "1", -1, 5))
    assert tables["returns"] == []
    assert [(row["key"], row["rule"], row["value"]) for row in tables["rejects"]] == [
        ("C2-1", "unmatched_return", "-3"),
        ("C3-1", "unmatched_return", "-1"),
    ]


def test_guests_lines_stay_without_a_known_outcome(tmp_path: Path) -> None:
    tables = ingested(tmp_path, invoice("1", "85123", 2, 1, customer=""), invoice("C2", "85123", -2, 2, customer=""))
    (line,) = tables["order_lines"]
    assert (line["customer_id"], line["outcome_recorded"]) == (None, False)
    assert [(row["key"], row["rule"]) for row in tables["rejects"]] == [("C2-1", "guest_return")]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (invoice("1", "85123", 6, 1), "exact_duplicate"),
        (invoice("2", "POST", 1, 1), "no_product"),
        (invoice("2", "m", 1, 1), "no_product"),
        (invoice("2", "gift_0001_20", 1, 1), "no_product"),
        (invoice("2", "BANK CHARGES", 1, 1), "no_product"),
        (invoice("2", "85123", -6, 1), "stock_adjustment"),
        (invoice("A2", "85123", 1, 1), "stock_adjustment"),
        (invoice("2", "85123", 6, 1, price="0.0"), "zero_price"),
        (invoice("2", "85123", 6, 1, price="free"), "unparsable_number"),
        ("2,85123\n", "malformed_row"),
    ],
)
def test_each_row_without_a_sale_is_counted_under_one_rule(tmp_path: Path, row: str, rule: str) -> None:
    tables = ingested(tmp_path, invoice("1", "85123", 6, 1), row)
    assert [line["line_id"] for line in tables["order_lines"]] == ["1-1"]
    assert [(reject["table"], reject["rule"]) for reject in tables["rejects"]] == [("order_lines", rule)]


def test_a_missing_column_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "online_retail.csv").write_text("InvoiceNo,StockCode\n1,2\n")
    params = DataParams(source="online_retail", path=tmp_path, mapping=Path("unused"), comments=COMMENTS)
    with pytest.raises(UserError, match="mapped columns 'Description'"):
        ingest(params, tmp_path / "raw", tmp_path / "truth")


EVENTS = st.lists(st.tuples(st.booleans(), st.integers(1, 5), st.integers(0, 8)), max_size=30)


def _sorted_events(drawn: list[tuple[bool, int, int]]) -> list[Event]:
    timed = sorted(drawn, key=lambda event: event[2])
    return [
        Event("c", "p", is_return, str(number), START + timedelta(days=day), -pieces if is_return else pieces)
        for number, (is_return, pieces, day) in enumerate(timed)
    ]


@given(EVENTS)
def test_no_purchase_gives_back_more_than_it_had_nor_before_it_was_made(drawn: list[tuple[bool, int, int]]) -> None:
    events = {event.line_id: event for event in _sorted_events(drawn)}
    taken: defaultdict[str, int] = defaultdict(int)
    for return_id, line_id in match(events.values()):
        if line_id is not None:
            assert events[line_id].at < events[return_id].at
            taken[line_id] -= events[return_id].pieces
    assert all(pieces <= events[line_id].pieces for line_id, pieces in taken.items())


@given(EVENTS)
def test_a_return_is_left_over_only_where_nothing_could_take_it(drawn: list[tuple[bool, int, int]]) -> None:
    events = _sorted_events(drawn)
    left = {event.line_id: event.pieces for event in events if not event.is_return}
    when = {event.line_id: event for event in events}
    for return_id, line_id in match(events):
        undone = when[return_id]
        fitting = [key for key, pieces in left.items() if when[key].at < undone.at and pieces >= -undone.pieces]
        assert line_id == (fitting[-1] if fitting else None)
        if line_id is not None:
            left[line_id] += undone.pieces


def test_the_real_file_gives_the_known_counts(datasets: Path, tmp_path: Path) -> None:
    params = DataParams(
        source="online_retail", path=datasets / "online_retail", mapping=Path("unused"), comments=COMMENTS
    )
    ingest(params, tmp_path / "raw", tmp_path / "truth")
    lines, returns = read(ORDER_LINES, tmp_path / "raw"), read(RETURNS, tmp_path / "raw")
    rules = Counter(read(REJECTS, tmp_path / "raw")["rule"].to_pylist())
    assert len(lines) + len(returns) + sum(rules.values()) == 541_909
    assert rules["stock_adjustment"] == 1_336
    assert count(RETURNS, tmp_path / "raw") == 7_358
    came_back = pc.count_distinct(returns["line_id"]).as_py()
    with_customer = pc.sum(pc.is_valid(lines["customer_id"])).as_py()
    assert (came_back, with_customer) == (7_124, 391_153)  # 1.8%
    joined = returns.join(lines.select(["line_id", "ordered_at"]), "line_id")
    waits = pc.days_between(joined["ordered_at"], joined["returned_at"])
    assert pc.quantile(waits, 0.5).to_pylist() == [9]
