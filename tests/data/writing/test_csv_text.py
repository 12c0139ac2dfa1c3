"""CSV: what spreadsheets would run is defused, numbers stay numbers, and money has the decimals of its currency."""

import csv
import io
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.writing import csv_text

SEPARATORS = ",;|\t"
FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]")


def cell(value: object) -> str:
    text = b"".join(csv_text.for_people(["column"], [[[value]]])).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1][0]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x")', " =1", "\u00a0=1", '"=1"', "\tx", "\rx", "\nx",
        "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201", "\ufe661", "\u22121", "\u200b=1", "\ufeff=1", "\u202e=1",
    ],
)  # fmt: skip
def test_what_begins_like_a_formula_gets_an_apostrophe(text):
    assert cell(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["plain", 'a "b", c', "two\nlines", "1=1", "连衣裙", "a;b", "Blue, -20% off", "x-y", "a; b-c", "me@x"]
)
def test_other_text_stays_as_it_is(text):
    assert cell(text) == text


@pytest.mark.parametrize("separator", [";", "|", "\t", "\n", "\r", "\x85", "\u2028"])
@pytest.mark.parametrize("formula", ["=1+1", ' "=1+1"', "+1", "\uff1d1"])
def test_what_another_separator_would_make_a_formula_gets_an_apostrophe(separator, formula):
    assert cell(f"a{separator}{formula}") == f"a{separator}'{formula}"


@given(
    st.text(st.sampled_from("a;,|\t\r\n\"' =+-@\uff1d"), max_size=12),
    st.text(st.sampled_from("a;,|\"'=1"), max_size=9),
)
def test_no_separator_leaves_a_cell_that_begins_like_a_formula(first, second):
    text = b"".join(csv_text.for_people(["number", "one", "two"], [[[1, first, second]]])).decode("utf-8-sig")

    for separator in SEPARATORS:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not [cell for cell in row if FORMULA.match(cell)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-1.5, "-1.5"),
        (-3, "-3"),
        (0.1 + 0.2, "0.30000000000000004"),
        (True, "true"),
        (datetime(2026, 6, 1), "2026-06-01T00:00:00"),
    ],
)
def test_numbers_truths_and_times_are_no_text(value, written):
    assert cell(value) == written


def test_what_is_missing_is_empty():
    text = b"".join(csv_text.for_people(["a", "b", "c"], [[(None, 1, float("nan"))]]))

    assert text == b"\xef\xbb\xbfa,b,c\r\n,1,\r\n"


@pytest.mark.parametrize(
    ("currency", "name", "cells"),
    [
        ("EUR", "cost_eur", ["1234.50", "-0.20", "0.00", ""]),
        ("JPY", "cost_jpy", ["123450", "-20", "0", ""]),
        ("KWD", "cost_kwd", ["123.450", "-0.020", "0.000", ""]),
    ],
)
def test_money_is_in_units_of_its_currency_with_its_decimals(currency, name, cells):
    rows = [[value] for value in (123450, -20.0, -0.001, None)]
    text = b"".join(csv_text.for_people(["cost_minor"], [rows], currency)).decode("utf-8-sig")

    assert [line.strip('"') for line in text.splitlines()] == [name, *cells]


def test_rows_come_in_pieces():
    assert len(list(csv_text.for_people(["a"], [[(1,)], [(2,)]]))) == 3


def test_without_rows_there_is_a_header():
    assert csv_text.for_programs(["a", "b"], []) == b"a,b\n"


def test_programs_read_plain_lines():
    assert csv_text.for_programs(["a", "b"], [(1, "=x"), (0.5, None)]) == b"a,b\n1,'=x\n0.5,\n"
