"""Numbers, shares and money as text: digits, signs, missing values, and the decimals of each currency."""

import math
from dataclasses import replace

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from data.number_format import ENGLISH, minor_units

DASH = "–"  # noqa: RUF001 - the dash that stands for no value
GERMAN = replace(ENGLISH, locale=Locale("de"), minus="\N{MINUS SIGN}", missing="?")


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
def test_a_number_in_english_is_what_python_writes_without_minus_zero(value: float, digits: int) -> None:
    written = f"{value:,.{digits}f}"
    zero = f"{0:.{digits}f}"

    assert ENGLISH.number(value, digits) == (zero if written == f"-{zero}" else written)
    assert ENGLISH.number(value, digits, grouped=False) == ENGLISH.number(value, digits).replace(",", "")


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [(0.31, 2, "+0.31"), (-0.31, 2, "-0.31"), (0.0, 1, "+0.0"), (-0.04, 1, "+0.0"), (1234.0, 0, "+1,234")],
)
def test_a_difference_has_its_sign_and_zero_is_no_loss(value: float, digits: int, written: str) -> None:
    assert ENGLISH.difference(value, digits) == written


def test_shares_are_percent_and_their_differences_are_points() -> None:
    assert ENGLISH.percent(0.1234) == "12.3%"
    assert ENGLISH.percent(0.1234, 0) == "12%"
    assert ENGLISH.points(-0.0211) == "-2.1"
    assert ENGLISH.percent_change(0.2) == "+20%"
    assert [ENGLISH.rough_percent(share) for share in (0.0999, 0.1, 0.612)] == ["10.0%", "10%", "61%"]


@pytest.mark.parametrize(
    ("currency", "units", "whole", "exact", "money", "price", "short"),
    [
        ("JPY", 1, "1,234,567", "1,234,567", "¥1,234,567", "¥1,234,567", "¥1.2M"),
        ("EUR", 100, "12,346", "12,345.67", "€12,346", "€12,345.67", "€12.3K"),
        ("KWD", 1000, "1,235", "1,234.567", "KWD1,235", "KWD1,234.567", "KWD1,235"),
    ],
)
def test_money_has_the_digits_of_its_currency(
    currency: str, units: int, whole: str, exact: str, money: str, price: str, short: str
) -> None:
    minor = 1_234_567

    assert minor_units(currency) == units
    assert ENGLISH.amount(minor, currency) == whole
    assert ENGLISH.exact_amount(minor, currency) == exact
    assert ENGLISH.money(minor, currency) == money
    assert ENGLISH.price(minor, currency) == price
    assert ENGLISH.short_money(minor, currency) == short


def test_money_below_half_a_unit_is_zero_without_a_minus() -> None:
    assert ENGLISH.amount(-50, "EUR") == "0"
    assert ENGLISH.money(-50, "EUR") == "€0"


def test_another_language_has_its_own_marks_and_signs() -> None:
    assert GERMAN.number(-1234.5, 1) == "\N{MINUS SIGN}1.234,5"
    assert GERMAN.difference(0.5, 1) == "+0,5"
    assert GERMAN.difference(-0.5, 1) == "\N{MINUS SIGN}0,5"
    assert GERMAN.price(1999, "EUR") == "19,99\xa0€"


def test_what_is_missing_is_written_as_such_in_every_form() -> None:
    for form in (ENGLISH.number, ENGLISH.difference, ENGLISH.percent, ENGLISH.percent_change, ENGLISH.points):
        assert form(None) == form(math.nan) == DASH
    for money in (ENGLISH.amount, ENGLISH.exact_amount, ENGLISH.money, ENGLISH.price, ENGLISH.short_money):
        assert money(None, "EUR") == DASH
    assert GERMAN.percent(None) == "?"
