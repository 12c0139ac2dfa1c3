"""Values that say what they are get the fix that fits them, and others the fix of their rule."""

import pytest

from data.reading import fixes


@pytest.mark.parametrize(
    ("rule", "column", "values", "expected"),
    [
        ("time_out_of_bounds", "ordered_at", ["2567-03-01 12:08:00", "2566-12-30 09:00:00"], "Buddhist"),
        ("time_out_of_bounds", "ordered_at", ["1445-03-01 12:08:00"], "Hijri"),
        ("unparsable_time", "returned_at", ["1/0/1900"] * 3, 'missing: "1/0/1900"'),
        ("unparsable_time", "returned_at", ["0000-00-00 00:00:00"], 'missing: "0000-00-00 00:00:00"'),
        ("unparsable_time", "returned_at", ["2024-03-13; 2024-03-14", "2024-04-01; 2024-04-02"], "extract: '^([^;]+)'"),
        ("unparsable_time", "returned_at", ["13.03.2024 14.03.2024"], "extract: '^(\\S+)'"),
        ("unparsable_time", "returned_at", ["2024-03-13 10:00 2024-03-14 11:00"], "extract: '^(\\S+ \\S+)'"),
        ("unparsable_time", "returned_at", ["13/03/2024 / 14/03/2024"], "extract: '^(\\S+)'"),
        ("unparsable_time", "ordered_at", ["'2024-03-01'", "'2024-03-02'"], 'quote: "\'"'),
        ("unparsable_number", "price_minor", ["'63.80'", "'41.00'"], 'quote: "\'"'),
        ("unparsable_number", "price_minor", ["10%", "0%"], "is a share"),
        ("unparsable_number", "quantity", ["2.5", "1.5"], "no whole number of pieces"),
    ],
)
def test_what_all_values_say_is_the_fix(rule: str, column: str, values: list[str], expected: str) -> None:
    assert expected in str(fixes.of_rule("order_lines", column, rule, values))


@pytest.mark.parametrize(
    ("rule", "column", "values"),
    [
        ("time_out_of_bounds", "ordered_at", ["2099-01-01 00:00:00"]),
        ("unparsable_time", "returned_at", ["1/0/1900", "soon"]),
        ("unparsable_number", "quantity", ["2.5", "two"]),
        ("unparsable_number", "price_minor", ["2.5"]),
        ("unparsable_number", "price_minor", []),
    ],
)
def test_values_that_say_nothing_together_get_the_fix_of_the_rule(rule: str, column: str, values: list[str]) -> None:
    assert fixes.of_rule("order_lines", column, rule, values) == f"order_lines.columns.{column}: {fixes.BY_RULE[rule]}"


@pytest.mark.parametrize("column", ["returned_at", "ordered_at"])
@pytest.mark.parametrize(
    "cell",
    [
        "13/03/2024 06:36:37", "01.03.2024 12:24", "01-03-2024 12:24:21", "03/01/2024 12:24 PM", "03/01/2024, 12:24 PM",
        "13/03/2024 06.36.37", "2024/03/13 0636", "01.03.24 12:24", "13.03.2024 10:00 +02:00", "2024-03-13 / 14",
    ],
)  # fmt: skip
def test_one_date_with_a_time_of_day_is_not_two_dates(column: str, cell: str) -> None:
    expected = f"returns.columns.{column}: {fixes.BY_RULE['unparsable_time']}"
    assert fixes.of_rule("returns", column, "unparsable_time", [cell, cell.replace("03", "04")]) == expected


def test_what_the_mapping_does_already_is_not_advised() -> None:
    assert "choose: latest" in str(fixes.of_rule("returns", "line_id", "ambiguous_line"))
    for decided in (fixes.Decided(latest=True), fixes.Decided(unread_orders=True)):
        assert "choose: latest" not in str(fixes.of_rule("returns", "line_id", "ambiguous_line", decided=decided))


def test_the_decisions_of_ingest_change_what_is_advised_for_returns_that_find_no_line() -> None:
    nothing = fixes.Decided.of({})
    plain = f"unknown_line: {fixes.OF_ROWS['unknown_line']}"
    assert fixes.of_rule("returns", "line_id", "unknown_line", decided=nothing) == plain
    decided = fixes.Decided.of({"returns.order_id": {"written_otherwise": 5, "unread_order_numbers": 5}})
    assert "read the ids of both files alike" in str(fixes.of_rule("returns", None, "unknown_line", decided=decided))
    assert "match by the order" in str(fixes.of_rule("returns", None, "ambiguous_line", decided=decided))
