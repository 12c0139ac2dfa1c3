"""CSV: what spreadsheets would run is defused, and nothing else is touched."""

import csv
import io
from datetime import datetime

import pytest

from serving.products import csv_text


def cell(value: object) -> str:
    text = b"".join(csv_text.write(["column"], [[[value]]])).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1][0]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", '=HYPERLINK("x")']
)
def test_what_begins_like_a_formula_gets_an_apostrophe(text):
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["plain", 'a "b", c', "two\nlines", "1=1", "连衣裙", "a;b"])
def test_other_text_stays_as_it_is(text):
    assert cell(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [(-1.5, "-1.5"), (0.1 + 0.2, "0.30000000000000004"), (True, "true"), (datetime(2026, 6, 1), "2026-06-01T00:00:00")],
)
def test_numbers_truths_and_times_are_no_text(value, written):
    assert cell(value) == written


def test_what_is_missing_is_empty():
    text = b"".join(csv_text.write(["a", "b"], [[(None, 1)]]))

    assert text == b"\xef\xbb\xbfa,b\r\n,1\r\n"


def test_rows_come_in_pieces():
    assert len(list(csv_text.write(["a"], [[(1,)], [(2,)]]))) == 3
