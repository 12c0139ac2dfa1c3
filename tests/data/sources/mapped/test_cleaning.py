"""The clean text of a cell: no blanks or marks around it, one normal form, no formula."""

import unicodedata

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import sql
from data.identity import BLANKS
from data.reading.labels import INVISIBLE
from data.sources.mapped.cleaning import NARROW, WIDE, clean, narrow, unwrapped
from tests.data.sources.mapped.sql_of_cells import value

INNER = st.text("aé\u0301\uff45\u3042\u00a0 ", max_size=6)
AROUND = st.text(BLANKS, max_size=4)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def read(connection: duckdb.DuckDBPyConnection, expression: str, cell: str) -> str:
    return str(sql.rows(connection, f"SELECT {expression} FROM (SELECT {sql.text(cell)} AS x)")[0][0])


@given(INNER, AROUND, AROUND)
def test_blanks_and_marks_around_a_text_are_dropped_and_those_within_stay(
    connection: duckdb.DuckDBPyConnection, inner: str, before: str, behind: str
) -> None:
    expected = unicodedata.normalize("NFC", inner.strip(BLANKS))
    assert read(connection, clean("x"), before + inner + behind) == expected


@given(st.text(st.one_of(st.from_regex(f"[{INVISIBLE}]", fullmatch=True), st.sampled_from(BLANKS)), max_size=4))
def test_a_text_that_nobody_sees_is_empty(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    assert read(connection, clean("x"), cell) == ""


@given(st.text(st.characters(max_codepoint=0x7F, exclude_characters="\0"), max_size=8))
def test_the_fast_way_for_ascii_gives_the_same(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    assert read(connection, clean("x", ascii_only=True), cell) == read(connection, clean("x"), cell)


def test_every_blank_of_unicode_is_one() -> None:
    spaces = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Zs", "Zl", "Zp")}
    assert spaces <= set(BLANKS)


def test_full_width_signs_of_numbers_become_ascii() -> None:
    assert value(narrow("x"), WIDE) == NARROW
    assert value(narrow("x"), "\uff11\uff12\uff0e\uff15\uff10円") == "12.50円"


@pytest.mark.parametrize(
    ("cell", "text"),
    [('="0012"', "0012"), ('="a ""b"""', 'a "b"'), ('=""', ""), ("=A1+B1", "=A1+B1"), ("0012", "0012")],
)
def test_a_text_as_a_formula_is_the_text(cell: str, text: str) -> None:
    assert value(unwrapped("x"), cell) == text
