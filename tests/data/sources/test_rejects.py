"""What is kept of the rows that a source refuses."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data import sql
from data.sources import rejects
from data.sources.session import open_session


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_session(tmp_path) as session:
        yield session


def kept(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return sql.rows(connection, "SELECT key, value FROM rejects ORDER BY key")


def add(connection: duckdb.DuckDBPyConnection, key: str, value: str, *how: str) -> None:
    more = "".join(f", {sql.text(each)}" for each in how)
    rejects.add(connection, f"SELECT 'returns', {sql.text(key)}, 'quantity', 'a_rule', {sql.text(value)}{more}")


def test_a_personal_value_is_kept_as_its_shape_and_a_harmless_one_whole(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "a", "2 Stk")
    add(connection, "b", "Anna Schmidt")
    add(connection, "c", "ask anna@example.org")

    assert kept(connection) == [("a", "2 Stk"), ("b", "<personal: aaaa aaaaaaa>"), ("c", "ask <email>")]


def test_a_text_that_is_not_of_its_columns_kind_may_be_a_name_that_no_list_has(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    add(connection, "a", "Thorsten Klopp", rejects.PLAIN)
    add(connection, "b", "Thorsten Klopp", rejects.ODD)

    assert kept(connection) == [("a", "Thorsten Klopp"), ("b", "<personal: aaaaaaaa aaaaa>")]


def test_of_a_shifted_row_the_shapes_alone_are_kept(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "a", "Koch", rejects.SHIFTED)

    assert kept(connection) == [("a", "<of a shifted row: aaaa>")]


def test_a_key_is_kept_unless_it_is_surely_personal(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "0151 23456764", "1")
    add(connection, "anna@example.org-1", "1")

    assert [key for key, _ in kept(connection)] == ["0151 23456764", "<email>"]
