"""From text to values: money, numbers, times, booleans; and rejects for what can't be read."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import sql
from data.schema import ORDER_LINES
from data.sources.mapped.cells import Reading, cell
from data.sources.mapped.mapping.columns import ColumnRule
from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop

Read = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def read() -> Read:
    """Read texts as one canonical column; `broken` stands for what can't be read."""
    connection = duckdb.connect()
    sql.run(connection, "SET TimeZone = 'UTC'")

    def values(
        column: str, texts: Sequence[str | None], *, zone: str = "UTC", digits: int = 2, **rule: Any
    ) -> list[Any]:
        item = cell(ORDER_LINES.column(column), ColumnRule(column="x", **rule), Reading(("?",), zone, digits))
        listed = ", ".join("(NULL)" if text is None else f"({sql.text(text)})" for text in texts)
        cells = f"SELECT {item.source} AS {item.text} FROM (VALUES {listed}) AS cells(x)"
        layers = f"SELECT *, {item.parsed} AS {item.parse} FROM ({cells})"
        rows = sql.rows(connection, f"SELECT {item.value}, {item.broken} FROM ({layers})")
        return ["broken" if broken else value for value, broken in rows]

    return values


@given(
    minor=st.integers(min_value=0, max_value=10**12),
    digits=st.integers(min_value=0, max_value=4),
)
def test_money_comes_back_exactly_whatever_the_currency(read: Read, minor: int, digits: int) -> None:
    text = str(Decimal(minor).scaleb(-digits))
    assert read("price_minor", [text], digits=digits) == [minor]


@given(price=st.decimals(min_value=0, max_value=10**9, places=4))
def test_money_is_rounded_half_even_where_it_is_finer_than_minor_units(read: Read, price: Decimal) -> None:
    expected = int((price * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    assert read("price_minor", [str(price)]) == [expected]


@given(cents=st.integers(min_value=0, max_value=10**9))
def test_money_that_went_through_binary_floats_comes_back_exactly(read: Read, cents: int) -> None:
    assert read("price_minor", [repr(cents / 100)]) == [cents]


@pytest.mark.parametrize(
    ("text", "rule", "expected"),
    [
        ("69.9", {}, 6990),
        (" 69.90 ", {}, 6990),
        ("0.125", {}, 12),
        ("0.135", {}, 14),
        ("19.990000000000002", {}, 1999),
        ("1e2", {}, 10000),
        ("-5", {}, -500),
        ("1.234,5", {"decimal": ",", "thousands": "."}, 123450),
        ("1234,5", {"decimal": ",", "thousands": "."}, 123450),
        ("1,234.5", {"thousands": ","}, 123450),
        ("12,9", {}, "broken"),
        ("1.234", {"decimal": ","}, "broken"),
        ("12,34.5", {"thousands": ","}, "broken"),
        ("12.9 EUR", {}, "broken"),
        ("1_000", {}, "broken"),
        ("inf", {}, "broken"),
        ("9" * 40, {}, "broken"),
    ],
)
def test_prices_are_read_as_the_mapping_says_or_not_at_all(
    read: Read, text: str, rule: dict[str, str], expected: int | str
) -> None:
    assert read("price_minor", [text], **rule) == [expected]


def test_a_quantity_is_a_whole_number(read: Read) -> None:
    assert read("quantity", ["3", "3.0", "2.5", "two"]) == [3, 3, "broken", "broken"]


def test_missing_markers_of_file_and_column_are_missing(read: Read) -> None:
    assert read("quantity", ["", " ", None, "?", "n/a", "3"], missing="n/a") == [None, None, None, None, None, 3]


@given(moment=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))
def test_iso_times_come_back_to_the_microsecond(read: Read, moment: datetime) -> None:
    assert read("ordered_at", [moment.isoformat(), moment.isoformat(sep=" ")]) == [moment, moment]


@given(
    moment=st.datetimes(
        min_value=datetime(1990, 1, 1),
        max_value=datetime(2037, 1, 1),
        timezones=st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]),
    )
)
def test_an_offset_in_the_text_counts_more_than_the_zone(read: Read, moment: datetime) -> None:
    expected = moment.astimezone(UTC).replace(tzinfo=None)
    assert read("ordered_at", [moment.isoformat()], zone="Asia/Tokyo") == [expected]


def test_local_times_become_utc(read: Read) -> None:
    found = read("ordered_at", ["2024-01-01 12:00", "2024-07-01 12:00"], zone="Europe/Berlin")
    assert [time.hour for time in found] == [11, 10]


def test_a_date_is_its_midnight(read: Read) -> None:
    (naive,) = read("ordered_at", ["2024-07-01"])
    assert naive.isoformat() == "2024-07-01T00:00:00"
    (local,) = read("ordered_at", ["01.07.2024"], format="%d.%m.%Y", zone="Europe/Berlin")
    assert local.isoformat() == "2024-06-30T22:00:00"


def test_several_formats_are_tried_in_turn(read: Read) -> None:
    found = read("ordered_at", ["01.07.2024", "2024/07/02", "2024-07-03"], format=["%d.%m.%Y", "%Y/%m/%d"])
    assert [time if time == "broken" else time.day for time in found] == [1, 2, "broken"]


def test_a_format_with_an_offset_is_read_as_utc(read: Read) -> None:
    (time,) = read("ordered_at", ["01.07.2024 12:00 +0200"], format="%d.%m.%Y %H:%M %z", zone="Asia/Tokyo")
    assert time.hour == 10


@pytest.mark.parametrize(
    "text", ["2024-02-30", "yesterday", "infinity", "epoch", "01.02.2024", "20240201", "2024-02-01x"]
)
def test_what_is_no_time_is_not_read(read: Read, text: str) -> None:
    assert read("ordered_at", [text]) == ["broken"]


def test_times_outside_the_valid_range_are_missing_not_broken(read: Read) -> None:
    texts = ["1990-12-31", "2011-12-31 23:59", "2012-01-01", "2013-12-31 23:00", "2014-01-01"]
    found = read("delivered_at", texts, valid_from="2012", valid_to="2013-12-31")
    assert [time and time.year for time in found] == [None, None, 2012, 2013, None]


def test_a_placeholder_date_is_missing(read: Read) -> None:
    assert read("delivered_at", ["1990-12-31", "?"], missing="1990-12-31") == [None, None]


def test_booleans_are_the_listed_words_in_any_case(read: Read) -> None:
    assert read("voucher_used", ["TRUE", "0", "yes"]) == [True, False, "broken"]
    assert read("voucher_used", ["Ja", "nein", "1"], true="ja", false="nein") == [True, False, "broken"]


def test_size_and_color_are_lower_case_and_other_texts_as_told(read: Read) -> None:
    assert read("size", [" XL "]) == ["xl"]
    assert read("color", ["Dark Blue"]) == ["dark blue"]
    assert read("channel", [" Web "]) == ["Web"]
    assert read("channel", ["Web"], case="lower") == ["web"]


@pytest.mark.parametrize(
    ("row", "column", "rule", "value"),
    [
        ("l4,o4,c,p1,01/02/2024,1,1", "ordered_at", "unparsable_time", "01/02/2024"),
        ("l4,o4,c,p1,2024-03-01,one,1", "quantity", "unparsable_number", "one"),
        ("l4,o4,c,p1,2024-03-01,1,free", "price_minor", "unparsable_number", "free"),
        ("l4,o4,c,p1,,1,1", "ordered_at", "missing_value", None),
        ("l4,o4,c,,2024-03-01,1,1", "product_id", "missing_value", None),
    ],
)
def test_a_row_that_cannot_be_read_goes_to_rejects_with_its_text(
    shop: FilesOfAShop, row: str, column: str, rule: str, value: str | None
) -> None:
    shop.write("lines.csv", f"{HEADER}{row}\nl1,o1,c,p1,2024-03-01,1,1\n")
    tables = shop.read()
    assert [line["line_id"] for line in tables["order_lines"]] == ["l1"]
    (reject,) = tables["rejects"]
    assert reject == {"table": "order_lines", "key": "l4", "column": column, "rule": rule, "value": value}


def test_a_row_with_two_broken_cells_names_both(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l4,o4,c,p1,never,one,1\nl1,o1,c,p1,2024-03-01,1,1\n")
    assert [reject[2] for reject in shop.rejected()] == ["quantity", "ordered_at"]


def test_a_row_without_a_key_is_named_by_file_and_line(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + "l1,o1,c,p1,2024-03-01,1,1\n,o4,c,p1,2024-03-01,1,1\n")
    assert shop.rejected() == [("order_lines", "lines.csv:line 3", "line_id", "missing_value", None)]
