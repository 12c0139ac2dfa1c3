"""The currency of a draft: by a column, by signs, or by a header; its decimals are asked for where none is shown."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

ROWS = "order;sku;date;qty;{};{};returned\n1;A;2024-03-14;1;{};{};no\n2;B;2024-03-15;1;{};{};yes\n"


def drafted(folder: Path, price: str, first: str, second: str, more: tuple[str, str] = ("size", "M")) -> Drafted:
    """A draft of two lines with the header of the price, two prices, and one more column with its value."""
    name, value = more
    return Drafted(folder, a_csv=ROWS.format(price, name, first, value, second, value))


@pytest.mark.parametrize(
    ("price", "first", "second", "more", "code"),
    [
        ("price", "1980", "980", ("currency", "JPY"), "JPY"),
        ("price", "12.345", "0.950", ("cur", "kwd"), "KWD"),
        ("price", "1,980円", "980円", ("size", "M"), "JPY"),
        ("price", "12.345 KWD", "7.5 KWD", ("size", "M"), "KWD"),
        ("価格", "¥1,980", "￥980", ("サイズ", "M"), "JPY"),
        ("price", "¥19.80", "¥9.80", ("size", "M"), "CNY"),
        ("price_yen", "1980", "980", ("size", "M"), "JPY"),
    ],
)
def test_a_currency_that_the_file_shows_brings_its_decimals(
    price: str, first: str, second: str, more: tuple[str, str], code: str, tmp_path: Path
) -> None:
    found = drafted(tmp_path, price, first, second, more)
    shown = found.yaml["currency"]

    assert (shown["code"] if isinstance(shown, dict) else shown) == code
    assert "minor_digits" not in found.yaml
    assert found.worked, found.printed


def test_what_is_certain_is_not_asked_and_a_sign_of_two_currencies_is(tmp_path: Path) -> None:
    for name in ("certain", "open", "none"):
        (tmp_path / name).mkdir()
    certain = drafted(tmp_path / "certain", "price", "19,80 €", "9,80 €")
    both = drafted(tmp_path / "open", "price", "¥1980", "¥980")
    none = drafted(tmp_path / "none", "price", "1980", "980")

    assert "currency: EUR\n" in certain.text
    assert "CHECK: ¥ at the prices is JPY or CNY" in both.text
    assert none.yaml["minor_digits"] == "2"
    assert "# CHECK: decimals of the currency" in none.text


def test_the_column_of_a_joined_file_names_the_currency_and_the_rows_of_others_are_left_out(tmp_path: Path) -> None:
    items = "order_id,sku,qty,price,returned\n1,A,1,500,no\n1,B,1,700,yes\n2,A,1,5,no\n3,A,1,500,no\n"
    heads = "order_id,customer_id,order_date,currency\n1,c1,2024-03-14,JPY\n2,c2,2024-03-15,USD\n3,c2,2024-03-15,JPY\n"
    found = Drafted(tmp_path, items_csv=items, orders_csv=heads)

    assert found.yaml["currency"] == {"code": "JPY", "column": "currency"}
    assert found.yaml["order_lines"]["leave_out"] == {"other currencies": {"column": "currency", "is_not": "JPY"}}
    assert "3 order lines" in found.printed


def test_whole_euros_with_a_dot_are_thousands_where_the_currency_is_known(tmp_path: Path) -> None:
    for name in ("euros", "unknown"):
        (tmp_path / name).mkdir()
    euros = drafted(tmp_path / "euros", "price", "1.200", "950", ("currency", "EUR"))
    unknown = drafted(tmp_path / "unknown", "price", "1.200", "950")

    assert euros.lines["price_minor"] == {"column": "price", "decimal": ",", "thousands": "."}
    assert "215,000 minor units" in euros.printed
    assert unknown.lines["price_minor"] == "price"
    assert 'CHECK: is 1.234 a thousand? then add thousands: "." and decimal: ","' in unknown.text
