"""A column that names currencies is seen by many names, and the advice on two currencies works as it is written."""

from typing import Any

import pytest
import yaml

from data.errors import UserError
from data.sources.mapped.currencies import NAMES
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal, shop_with


def advice(shop: FilesOfAShop) -> str:
    with pytest.raises(UserError) as caught:
        shop.read()
    return caught.value.fix


@pytest.mark.parametrize("name", ["cur", "price_ccy", "CCY", "Whg.", "curr", "Preis Whg", "currency"])
def test_short_names_of_a_column_of_currencies_are_known(shop: FilesOfAShop, name: str) -> None:
    assert f"currency: {{code: EUR, column: {name}}}" in advice(shop_with(shop, name, "EUR", "USD"))


@pytest.mark.parametrize("name", ["curve", "occurred", "security", "recurring", "accuracy"])
def test_other_words_with_the_same_letters_are_not(name: str) -> None:
    assert NAMES.search(name) is None


@pytest.mark.parametrize(("own", "other"), [("EUR", "USD"), ("eur", "usd"), ("€", "$"), ("zł", "EUR")])
def test_the_advice_on_two_currencies_works_word_by_word(shop: FilesOfAShop, own: str, other: str) -> None:
    fix = advice(shop_with(shop, "cur", own, other))
    code, rule = fix.split("set currency: ")[1].split(", and leave the others out: order_lines.leave_out: ")

    shop.mapping["currency"] = yaml.load(code, yaml.BaseLoader)
    shop.mapping["order_lines"]["leave_out"] = yaml.load(rule.split("; or ")[0], yaml.BaseLoader)

    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["1", "3"]


def test_a_sign_of_several_currencies_is_not_taken_for_one(shop: FilesOfAShop) -> None:
    fix = advice(shop_with(shop, "cur", "$", "¥"))
    assert "code: $" not in fix
    assert "write the code of '$', such as currency: USD" in fix

    shop.mapping["currency"] = {"code": "$"}
    assert "correct currency.code" in advice(shop)


def test_spellings_of_one_currency_are_one(shop: FilesOfAShop) -> None:
    shop_with(shop, "cur", "eur", "€")
    assert len(shop.read()["order_lines"]) == 3

    shop.mapping["currency"] = {"code": "eur", "column": "cur"}
    assert len(shop.read()["order_lines"]) == 3


def test_rows_to_leave_out_are_named_without_those_of_the_own_currency(shop: FilesOfAShop) -> None:
    shop_with(shop, "cur", "€", "USD")
    shop.mapping["currency"] = {"code": "EUR", "column": "cur"}
    rule = advice(shop).split("order_lines.leave_out: ")[1].split("; or ")[0]

    shop.mapping["order_lines"]["leave_out"] = yaml.load(rule, yaml.BaseLoader)
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["1", "3"]


@pytest.mark.parametrize(
    ("units", "code"),
    [(["€", "$"], "EUR"), (["€", "$"], None), ("$", "EUR"), ("USD", "EUR"), (["kr", "€"], None), ("¥", "USD")],
)
def test_signs_of_several_currencies_in_one_column_are_refused(
    shop: FilesOfAShop, units: Any, code: str | None
) -> None:
    shop.lines["price_minor"] = {"column": "price", "unit": units}
    shop.mapping |= {"currency": code} if code else {}
    assert "signs of several currencies" in refusal(shop).found


@pytest.mark.parametrize(
    ("units", "code"),
    [(["€", "EUR", "Euro"], "EUR"), (["$", "US$"], "USD"), ("$", "CAD"), ("¥", "CNY"), ("kr", "SEK"), ("VAT", "EUR")],
)
def test_signs_of_one_currency_are_read(shop: FilesOfAShop, units: Any, code: str) -> None:
    shop.lines["price_minor"] = {"column": "price", "unit": units}
    shop.mapping["currency"] = code
    assert len(shop.read()["order_lines"]) == 3
