"""The contract of each table: the rules for a single row."""

import time
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UserError
from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, TABLES, TIME, Table
from data.times import to_us
from data.validation.contracts import WITHHELD, check_header, contract, refuse_personal_data, violations
from data.validation.params import Bounds
from tests.data.small_shop import Row, customer, line, product, returned

BOUNDS = Bounds(datetime.fromisoformat("1995-01-01"), datetime.fromisoformat("2035-01-01"))
JUST = timedelta(microseconds=1)

GOOD: dict[Table, Row] = {
    ORDER_LINES: line("a"),
    PRODUCTS: product("p"),
    CUSTOMERS: customer("c"),
    RETURNS: returned("r", "a"),
}


def arrow(table: Table, rows: list[Row]) -> pa.Table:
    schema = pa.schema([field.with_nullable(True) for field in table.arrow(set(rows[0]))])
    return pa.Table.from_pylist(rows, schema)


def broken(table: Table, rows: list[Row], first_row: int = 0) -> list[Row]:
    chunk = arrow(table, rows)
    found = violations(table, contract(table, set(chunk.column_names), BOUNDS), chunk, first_row)
    return list(found.to_pylist())


BREAKING: list[tuple[Table, str, Any, str]] = [
    (ORDER_LINES, "line_id", None, "missing_value"),
    (ORDER_LINES, "product_id", None, "missing_value"),
    (ORDER_LINES, "order_id", "  ", "blank"),
    (ORDER_LINES, "ordered_at", None, "missing_value"),
    (ORDER_LINES, "ordered_at", BOUNDS.earliest - JUST, "time_out_of_bounds"),
    (ORDER_LINES, "ordered_at", BOUNDS.latest, "time_out_of_bounds"),
    (ORDER_LINES, "delivered_at", BOUNDS.latest, "time_out_of_bounds"),
    (ORDER_LINES, "quantity", 0, "below_minimum"),
    (ORDER_LINES, "price_minor", -1, "below_minimum"),
    (ORDER_LINES, "list_price_minor", -1, "below_minimum"),
    (ORDER_LINES, "region", "Jane <jane@example.org>", "personal_data"),
    (ORDER_LINES, "region", "Musterstraße 63, 50667 Köln", "personal_data"),
    (ORDER_LINES, "region", "Tel. +49 151 23456764", "personal_data"),
    (ORDER_LINES, "payment_method", "Visa 4111 1111 1111 1111", "personal_data"),
    (ORDER_LINES, "payment_method", "4111111111111111", "personal_data"),
    (ORDER_LINES, "payment_method", "SEPA DE89370400440532013000", "personal_data"),
    (ORDER_LINES, "order_id", "+49 151 23456764", "personal_data"),
    (ORDER_LINES, "region", "a" * 201, "too_long"),
    (ORDER_LINES, "line_id", "a" * 129, "too_long"),
    (ORDER_LINES, "color", "red\nAnna Muster", "line_break"),
    (ORDER_LINES, "color", "red\rAnna Muster", "line_break"),
    (ORDER_LINES, "customer_id", "", "blank"),
    (PRODUCTS, "product_id", "", "blank"),
    (PRODUCTS, "name", "a" * 501, "too_long"),
    (PRODUCTS, "launched_at", BOUNDS.earliest - JUST, "time_out_of_bounds"),
    (CUSTOMERS, "customer_id", "jane@example.org", "personal_data"),
    (CUSTOMERS, "birth_year", 1899, "below_minimum"),
    (RETURNS, "returned_at", None, "missing_value"),
    (RETURNS, "quantity", 0, "below_minimum"),
    (RETURNS, "reason", "BORED", "unknown_code"),
    (RETURNS, "reason", "style", "unknown_code"),
]

HOLDING: list[tuple[Table, str, Any]] = [
    (ORDER_LINES, "order_id", "4111111111111111"),
    (ORDER_LINES, "region", "Abbey Road 3"),
    (ORDER_LINES, "region", "Route 66, 12000 km"),
    (ORDER_LINES, "customer_id", None),
    (ORDER_LINES, "ordered_at", BOUNDS.earliest),
    (ORDER_LINES, "ordered_at", BOUNDS.latest - JUST),
    (ORDER_LINES, "delivered_at", None),
    (ORDER_LINES, "quantity", 1),
    (ORDER_LINES, "price_minor", 0),
    (ORDER_LINES, "outcome_recorded", None),
    (ORDER_LINES, "size", ""),
    (ORDER_LINES, "size", "白" * 200),
    (ORDER_LINES, "line_id", "a" * 128),
    (PRODUCTS, "name", "a" * 500),
    (ORDER_LINES, "size", "2 @ 3"),
    (CUSTOMERS, "birth_year", 1900),
    (CUSTOMERS, "birth_year", None),
    (RETURNS, "reason", None),
    *((RETURNS, "reason", code) for code in ("SIZE_TOO_SMALL", "ARRIVED_LATE", "UNKNOWN")),
]


@pytest.mark.parametrize("table", GOOD, ids=lambda table: table.name)
def test_a_good_row_breaks_nothing(table: Table) -> None:
    assert broken(table, [GOOD[table]]) == []


@pytest.mark.parametrize(("table", "column", "value", "rule"), BREAKING)
def test_a_bad_value_breaks_its_rule_and_no_other(table: Table, column: str, value: Any, rule: str) -> None:
    good = GOOD[table]

    (found,) = broken(table, [good, {**good, column: value}, good])

    assert (found["row"], found["column"], found["rule"]) == (1, column, rule)
    shown = None if rule in WITHHELD else value
    assert found["key"] == (shown if column == table.key else good[table.key])


@pytest.mark.parametrize(("table", "column", "value"), HOLDING)
def test_a_value_at_the_edge_holds(table: Table, column: str, value: Any) -> None:
    assert broken(table, [{**GOOD[table], column: value}]) == []


def test_every_broken_cell_of_a_row_is_found_with_its_value() -> None:
    rows = [line("good"), line("bad", quantity=-3, price_minor=-7, ordered_at=None)]

    found = {(cell["column"], cell["rule"], cell["value"]) for cell in broken(ORDER_LINES, rows)}

    assert found == {
        ("quantity", "below_minimum", "-3"),
        ("price_minor", "below_minimum", "-7"),
        ("ordered_at", "missing_value", None),
    }


def test_rows_are_counted_from_the_start_of_the_file() -> None:
    assert [cell["row"] for cell in broken(ORDER_LINES, [line("a"), line("b", quantity=0)], 500)] == [501]


def test_a_chunk_without_rows_breaks_nothing() -> None:
    chunk = arrow(RETURNS, [returned("r", "a")]).slice(0, 0)

    assert violations(RETURNS, contract(RETURNS, set(chunk.column_names), BOUNDS), chunk).num_rows == 0


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_optional_columns_may_be_absent(table: Table) -> None:
    row = {name: GOOD[table][name] for name in table.required}

    assert check_header(table, table.arrow(set(row))) == set(row)
    assert broken(table, [row]) == []


def test_a_missing_required_column_is_named_with_what_was_found() -> None:
    schema = ORDER_LINES.arrow({"line_id", "order_id", "quantity"})

    with pytest.raises(UserError) as error:
        check_header(ORDER_LINES, schema)

    assert "order_lines" in str(error.value)
    assert "no column product_id" in error.value.found
    assert "its columns are line_id, order_id, quantity" in error.value.found


def test_a_column_of_another_dtype_is_refused_as_a_whole() -> None:
    schema = PRODUCTS.arrow().set(0, pa.field("product_id", pa.int64()))

    with pytest.raises(UserError, match="product_id is int64, not string"):
        check_header(PRODUCTS, schema)


def test_an_unknown_column_is_refused() -> None:
    schema = CUSTOMERS.arrow().append(pa.field("street", pa.string()))

    with pytest.raises(UserError, match="an unknown column street"):
        check_header(CUSTOMERS, schema)


def test_a_column_of_emails_is_refused_without_a_value() -> None:
    with pytest.raises(UserError, match=r"5 of 100 texts in order_lines\.region"):
        refuse_personal_data(ORDER_LINES, {"region": 5}, {"region": 100, "color": 2})


def test_an_odd_email_is_no_column_of_emails() -> None:
    refuse_personal_data(ORDER_LINES, {"region": 4}, {"region": 100})


@pytest.mark.parametrize(
    ("text", "shown"),
    [("to jane@example.org, please", None), ("jane " * 50, "250 characters"), ("a\nb", "3 characters")],
)
def test_of_a_text_that_nobody_should_see_at_most_the_size_is_shown(text: str, shown: str | None) -> None:
    (found,) = broken(ORDER_LINES, [line("a", region=text)])

    assert found["value"] == shown


def test_what_counts_as_an_address_is_loose() -> None:
    found = broken(ORDER_LINES, [line(text, region=text) for text in ("a", "a@b.c", "@handle", "x@y", "ü@ö.de")])

    assert [(cell["row"], cell["key"]) for cell in found if cell["column"] == "region"] == [(1, "a@b.c"), (4, "ü@ö.de")]


def test_a_long_text_takes_no_longer_than_its_length_asks() -> None:
    """A quadratic search of these texts takes minutes."""
    rows = [line("a", region="a" * 10_000 + end) for end in ("", "@") for _ in range(1_000)]
    started = time.process_time()

    found = broken(ORDER_LINES, rows)

    assert {cell["rule"] for cell in found} == {"too_long"}
    assert time.process_time() - started < 10


times = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(0, 2**51)
numbers = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 3)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.none() | st.text(), st.none() | times, st.none() | numbers, st.none() | st.text())))
def test_no_values_whatever_make_it_crash(cells: list[tuple[str | None, int | None, int | None, str | None]]) -> None:
    keys, moments, quantities, reasons = zip(*cells, strict=True) if cells else ((), (), (), ())
    chunk = pa.table(
        {
            "return_id": pa.array(keys, pa.string()),
            "line_id": pa.array(["x"] * len(cells), pa.string()),
            "returned_at": pa.array(moments, pa.int64()).cast(TIME),
            "quantity": pa.array(quantities, pa.int64()),
            "reason": pa.array(reasons, pa.string()),
        }
    )
    low, high = to_us(BOUNDS.earliest), to_us(BOUNDS.latest)

    found = violations(RETURNS, contract(RETURNS, set(chunk.column_names), BOUNDS), chunk).to_pylist()

    wrong = {i for i, t in enumerate(moments) if t is None or not low <= t < high}
    assert {cell["row"] for cell in found if cell["column"] == "returned_at"} == wrong
    assert {cell["row"] for cell in found if cell["column"] == "quantity"} == {
        i for i, number in enumerate(quantities) if number is None or number < 1
    }
