"""The rules across rows and tables."""

from datetime import timedelta
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.backends.duckdb import Backend

from data.schema import CUSTOMERS, ORDER_LINES, PRODUCTS, RETURNS, Table
from data.validation import rules
from tests.data.small_shop import Row, customer, day, line, product, returned

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

JUST = timedelta(microseconds=1)


@cache
def duckdb() -> Backend:
    return ibis.duckdb.connect()


def rows(table: Table, *content: Row) -> ibis.Table:
    """The rows as validation sees them: with their place in the file."""
    schema = pa.schema([field.with_nullable(True) for field in table.arrow()]).append(pa.field("row", pa.int64()))
    return ibis.memtable(pa.Table.from_pylist([{**row, "row": i} for i, row in enumerate(content)], schema))


def listed(expr: ibis.Table) -> list[dict[str, Any]]:
    return list(duckdb().to_pyarrow(expr).to_pylist())


def broken(expr: ibis.Table) -> list[tuple[int, str, str]]:
    """Row, column and rule of what the expression finds, by row."""
    return sorted((found["row"], found["column"], found["rule"]) for found in listed(expr))


def test_different_keys_are_no_duplicates() -> None:
    assert broken(rules.duplicate_keys(PRODUCTS, rows(PRODUCTS, product("p1"), product("p2")))) == []


def test_the_first_row_of_a_key_by_the_table_s_order_stays() -> None:
    found = rules.duplicate_keys(
        ORDER_LINES,
        rows(ORDER_LINES, line("a", ordered_at=day(2)), line("b"), line("a", ordered_at=day(1)), line("a")),
    )

    assert broken(found) == [(0, "line_id", "duplicate_key"), (2, "line_id", "duplicate_key")]


def test_which_duplicate_stays_does_not_hang_on_the_order_of_the_file() -> None:
    one, two = product("p", brand="x"), product("p", brand="y")

    for content, refused in (((one, two), 1), ((two, one), 0)):
        assert broken(rules.duplicate_keys(PRODUCTS, rows(PRODUCTS, *content))) == [
            (refused, "product_id", "duplicate_key")
        ]


def test_of_identical_rows_one_stays() -> None:
    assert len(broken(rules.duplicate_keys(CUSTOMERS, rows(CUSTOMERS, *[customer("c")] * 3)))) == 2


def differing(column: str, *content: Row) -> list[tuple[int, str, str]]:
    mixed = rules.of_mixed_orders(rows(ORDER_LINES, *content))
    return broken(rules.differs_in_order(mixed, column))


def test_lines_of_one_order_agree() -> None:
    order = [line(name, order_id="o") for name in "abc"]

    assert differing("ordered_at", *order) == []
    assert differing("customer_id", *order) == []


def test_guests_of_one_order_agree() -> None:
    assert differing("customer_id", *[line(name, order_id="o", customer_id=None) for name in "ab"]) == []


def test_the_line_with_another_time_than_most_is_refused() -> None:
    order = [line("a", order_id="o", ordered_at=day(-1)), line("b", order_id="o"), line("c", order_id="o")]

    assert differing("ordered_at", *order) == [(0, "ordered_at", "differs_in_order")]
    assert differing("customer_id", *order) == []


def test_on_a_tie_the_earliest_time_stays() -> None:
    order = [line("a", order_id="o", ordered_at=day(1)), line("b", order_id="o")]

    assert differing("ordered_at", *order) == [(0, "ordered_at", "differs_in_order")]


def test_the_line_with_another_customer_than_most_is_refused() -> None:
    order = [line(name, order_id="o", customer_id=who) for name, who in zip("abc", ("c2", "c1", "c1"), strict=True)]

    assert differing("customer_id", *order) == [(0, "customer_id", "differs_in_order")]


def test_a_guest_s_line_in_a_customer_s_order_is_refused() -> None:
    order = [line(name, order_id="o", customer_id=who) for name, who in zip("abc", ("c1", "c1", None), strict=True)]

    assert differing("customer_id", *order) == [(2, "customer_id", "differs_in_order")]


@pytest.mark.parametrize("column", ["delivered_at", "closes_at"])
def test_a_line_is_delivered_and_closed_from_the_order_on_and_not_long_after(column: str) -> None:
    times = [day(0) - JUST, day(0), day(30), day(30) + JUST, None]
    content = rows(ORDER_LINES, *[line(str(i), **{column: at}) for i, at in enumerate(times)])

    assert broken(rules.out_of_time(ORDER_LINES, content, column, 30)) == [
        (0, column, "before_order"),
        (3, column, "long_after_order"),
    ]


def paired(returns: list[Row], lines: list[Row]) -> ibis.Table:
    return rules.with_line(rows(RETURNS, *returns), rows(ORDER_LINES, *lines))


def test_a_return_comes_from_the_order_on_and_not_long_after() -> None:
    times = [day(-1), day(0), day(29), day(31)]
    returns = paired([returned(str(i), "a", returned_at=at) for i, at in enumerate(times)], [line("a")])

    assert broken(rules.out_of_time(RETURNS, returns, "returned_at", 30)) == [
        (0, "returned_at", "before_order"),
        (3, "returned_at", "long_after_order"),
    ]


def test_a_return_before_the_delivery_is_right() -> None:
    """A parcel that is refused at the door comes back without ever being delivered."""
    returns = paired([returned("r", "a", returned_at=day(2))], [line("a", delivered_at=day(3))])

    assert broken(rules.out_of_time(RETURNS, returns, "returned_at", 30)) == []


def test_returns_of_refused_lines_and_of_unknown_lines_break_different_rules() -> None:
    kept, refused = line("kept"), line("refused")
    returns = paired([returned("r0", "kept"), returned("r1", "refused"), returned("r2", "never")], [kept])

    assert broken(rules.of_no_line(returns, rows(ORDER_LINES, kept, refused))) == [
        (1, "line_id", "refused_line"),
        (2, "line_id", "unknown_line"),
    ]


def test_no_more_comes_back_than_was_ordered() -> None:
    returns = paired([returned("r0", "a", quantity=2), returned("r1", "b", quantity=3)], [line("a"), line("b")])

    assert broken(rules.above_ordered(returns)) == [(1, "quantity", "above_ordered")]


def test_parts_of_a_line_may_come_back_one_by_one() -> None:
    returns = paired([returned("r0", "a"), returned("r1", "a", returned_at=day(11))], [line("a", quantity=2)])

    assert broken(rules.sum_above_ordered(returns)) == []


def test_the_parts_beyond_what_was_ordered_are_refused_by_time() -> None:
    times = [day(12), day(9), day(11)]
    returns = paired([returned(f"r{i}", "a", returned_at=at) for i, at in enumerate(times)], [line("a", quantity=2)])

    assert broken(rules.sum_above_ordered(returns)) == [(0, "quantity", "sum_above_ordered")]


def test_parts_at_one_time_are_taken_by_their_key() -> None:
    returns = paired([returned("r2", "a"), returned("r1", "a")], [line("a", quantity=1)])

    assert broken(rules.sum_above_ordered(returns)) == [(0, "quantity", "sum_above_ordered")]


def test_unknown_products_are_named_with_their_lines() -> None:
    lines = rows(ORDER_LINES, line("a", product_id="p9"), line("b", product_id="p9"), line("c"))

    assert listed(rules.unknown_keys(PRODUCTS, rows(PRODUCTS, product("p1")), lines)) == [
        {"product_id": "p9", "lines": 2}
    ]


def test_a_guest_is_no_unknown_customer() -> None:
    lines = rows(ORDER_LINES, line("a", customer_id=None))

    assert listed(rules.unknown_keys(CUSTOMERS, rows(CUSTOMERS), lines)) == []


def test_an_unknown_product_gets_a_row_with_nothing_but_its_key() -> None:
    known = rows(PRODUCTS, product("p1"))
    lines = rows(ORDER_LINES, line("a", product_id="p9"), line("b"))

    found = listed(rules.with_bare_rows(PRODUCTS, known, rules.unknown_keys(PRODUCTS, known, lines)))

    assert sorted(found, key=lambda row: str(row["product_id"])) == [
        product("p1"),
        product("p9", department=None, category=None, brand=None, launched_at=None),
    ]


def test_a_line_with_a_refused_return_and_no_good_one_has_no_outcome() -> None:
    lines = rows(ORDER_LINES, line("a"), line("b"), line("c"))
    refused = rows(RETURNS, returned("r1", "a"), returned("r2", "b"), returned("r3", None), returned("r4", "gone"))
    good = rows(RETURNS, returned("r5", "b"))

    assert listed(rules.without_good_return(lines, good, refused)) == [{"line_id": "a"}]


@pytest.mark.parametrize("recorded", [True, None])
def test_withdrawing_an_outcome_leaves_other_lines_alone(*, recorded: bool | None) -> None:
    lines = rows(ORDER_LINES, line("a"), line("b", outcome_recorded=recorded), line("c", outcome_recorded=False))
    withdrawn = rows(ORDER_LINES, line("a")).select("line_id")

    found = {row["line_id"]: row["outcome_recorded"] for row in listed(rules.without_outcome(lines, withdrawn))}

    assert found == {"a": False, "b": recorded, "c": False}


def test_withdrawing_an_outcome_adds_the_column_where_the_source_has_none() -> None:
    lines = rows(ORDER_LINES, line("a"), line("b")).drop("outcome_recorded")
    withdrawn = rows(ORDER_LINES, line("a")).select("line_id")

    found = {row["line_id"]: row["outcome_recorded"] for row in listed(rules.without_outcome(lines, withdrawn))}

    assert found == {"a": False, "b": True}


def test_every_rule_has_a_meaning() -> None:
    names = {value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str)}

    assert names == set(rules.MEANINGS)
