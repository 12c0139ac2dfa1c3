"""Numbers as shops write them: a mark that the mapping does not name makes the cell unreadable."""

from decimal import Decimal
from typing import Any

import pytest

from data.sources.mapped.mapping.columns import ColumnRule
from data.sources.mapped.numbers import decimal
from tests.data.sources.mapped.sql_of_cells import value


def number(cell: str, **rule: Any) -> Decimal | None:
    found = value(decimal("x", ColumnRule(column="x", **rule)), cell)
    assert found is None or isinstance(found, Decimal)
    return found


@pytest.mark.parametrize("mark", [" ", "\u00a0", "\u202f", "\u2009"])
def test_a_space_between_thousands_is_any_space(mark: str) -> None:
    assert number(f"1{mark}234{mark}567,5", decimal=",", thousands=" ") == Decimal("1234567.5")
    assert number(f"1{mark}23,5", decimal=",", thousands=" ") is None


@pytest.mark.parametrize("mark", ["'", "\u2019"])
def test_an_apostrophe_between_thousands_is_straight_or_curly(mark: str) -> None:
    assert number(f"1{mark}234.50", thousands="'") == Decimal("1234.5")


@pytest.mark.parametrize("cell", ["€12,50", "€ 12,50", "12,50 €", "12,50\u00a0€", "EUR 12,50", "+€12,50"])
def test_a_unit_stands_before_or_behind(cell: str) -> None:
    assert number(cell, decimal=",", unit=["€", "EUR"]) == Decimal("12.5")


def test_a_sign_may_stand_before_the_unit_or_behind_it() -> None:
    assert number("-$5", unit="$") == number("$-5", unit="$") == -5


@pytest.mark.parametrize("cell", ["$12", "12 EUR", "1 234", "1'234", "12,5", "1.2.3", "--1", "", "½"])
def test_what_the_mapping_does_not_name_is_not_read(cell: str) -> None:
    assert number(cell) is None


def test_groups_of_india_are_read_and_no_others_of_two() -> None:
    assert number("1,23,456.50", thousands=",") == Decimal("123456.5")
    assert number("12,34,56,789", thousands=",") == 123456789
    assert [number(cell, thousands=",") for cell in ("1,23,45", "123,45,678", "12,345,67")] == [None] * 3
    assert number("1.23.456", decimal=",", thousands=".") is None


def test_a_minus_may_stand_at_the_end() -> None:
    assert number("1.234,50-", decimal=",", thousands=".") == Decimal("-1234.5")
    assert number("5 -") == -5
    assert [number(cell) for cell in ("-5-", "-", "5--")] == [None] * 3


@pytest.mark.parametrize("cell", ["\u0669\u0661\u066b\u0669\u0660", "\u06f9\u06f1\u066b\u06f9\u06f0", "९१.९०", "๙๑.๙๐"])
def test_digits_of_other_scripts_are_read(cell: str) -> None:
    assert number(cell) == Decimal("91.9")


def test_full_width_numbers_are_read() -> None:
    assert number("\uff11\uff0c\uff12\uff13\uff14\uff0e\uff15", thousands=",") == Decimal("1234.5")
    assert number("\uffe5\uff11\uff12\uff10\uff10", unit="¥") == 1200
    assert number("\u22125") == -5
