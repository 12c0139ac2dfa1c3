"""Facts with a time: what was known of a product strictly before an order."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data.facts import known_before, versions

START = datetime.fromisoformat("2024-03-01")
TIME = pa.timestamp("us")
NOTHING = {"brand": None, "supplier": None}

Change = tuple[str, str, int, str | None, str | None]
"""Id, product, day, brand and supplier."""


@cache
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def known(changes: list[Change], orders: list[tuple[str, int]]) -> list[dict[str, Any]]:
    """Brand and supplier of each order, by product and day; every product begins with the brand "old"."""
    facts = pa.table({"product_id": ["p", "q"], "brand": ["old", "old"]})
    later = pa.table(
        {
            "change_id": pa.array([row[0] for row in changes], pa.string()),
            "product_id": pa.array([row[1] for row in changes], pa.string()),
            "changed_at": pa.array([day(row[2]) for row in changes], TIME),
            "brand": pa.array([row[3] for row in changes], pa.string()),
            "supplier": pa.array([row[4] for row in changes], pa.string()),
        }
    )
    lines = pa.table(
        {
            "line_id": [f"{place:03}" for place in range(len(orders))],
            "product_id": [product for product, _ in orders],
            "ordered_at": pa.array([day(number) for _, number in orders], TIME),
        }
    )
    spans = versions(ibis.memtable(facts), ibis.memtable(later), "product_id")
    rows = duckdb().to_pyarrow(known_before(ibis.memtable(lines), spans, "product_id")).to_pylist()
    assert sorted(row["line_id"] for row in rows) == lines["line_id"].to_pylist()
    return [{name: row[name] for name in NOTHING} for row in sorted(rows, key=lambda row: row["line_id"])]


def test_a_change_counts_for_what_is_ordered_after_it_and_not_at_its_very_moment() -> None:
    found = known([("1", "p", 5, "new", "s")], [("p", 4), ("p", 5), ("p", 6), ("q", 6)])

    old = {"brand": "old", "supplier": None}
    assert found == [old, old, {"brand": "new", "supplier": "s"}, old]


def test_an_empty_value_changes_nothing() -> None:
    changes: list[Change] = [("1", "p", 5, "new", None), ("2", "p", 7, None, "s")]

    assert known(changes, [("p", 9)]) == [{"brand": "new", "supplier": "s"}]


def test_of_changes_of_one_moment_the_last_by_id_stays() -> None:
    changes: list[Change] = [("b", "p", 5, "second", None), ("a", "p", 5, "first", "s")]

    assert known(changes, [("p", 6)]) == [{"brand": "second", "supplier": "s"}]


DAYS = st.integers(0, 6)
PRODUCTS = st.sampled_from(["p", "q"])
VALUES = st.sampled_from(["a", "b", None])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(PRODUCTS, DAYS, VALUES, VALUES), max_size=12),
    st.lists(st.tuples(PRODUCTS, DAYS), min_size=1, max_size=8),
)
def test_a_line_has_the_facts_that_were_known_before_its_order(
    drawn: list[tuple[str, int, str | None, str | None]], orders: list[tuple[str, int]]
) -> None:
    changes = [(f"{place:02}", *rest) for place, rest in enumerate(drawn)]

    expected = []
    for product, ordered in orders:
        facts: dict[str, Any] = {"brand": "old", "supplier": None}
        for _, of, changed, brand, supplier in sorted(changes, key=lambda row: (row[2], row[0])):
            if of == product and changed < ordered:
                facts = {"brand": brand or facts["brand"], "supplier": supplier or facts["supplier"]}
        expected.append(facts)
    assert known(changes, orders) == expected
