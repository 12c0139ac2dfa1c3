"""Amounts such as 1.200 beside 950: the mark may be one of thousands, and the report says so."""

import json

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop

EUR = {"currency": "EUR"}


def counted(shop: FilesOfAShop, prices: tuple[str, ...]) -> tuple[int, list[str]]:
    """The amounts that the report counts, and its notices."""
    rows = (f"l{n};o{n};c{n};p1;2024-03-01;1;{price}\n" for n, price in enumerate(prices, start=1))
    shop.write("lines.csv", HEADER.replace(",", ";") + "".join(rows))
    shop.mapping["files"]["lines"]["delimiter"] = ";"
    shop.read()
    report = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    found = report["decisions"].get("order_lines.price_minor", {}).get("three_decimals_or_none", 0)
    return found, [text for text in report.get("notices", []) if "three decimals" in text]


@pytest.mark.parametrize(
    ("mark", "unit", "prices"),
    [
        (".", "", ("1.200", "950", "12.350")),
        (",", "", ("1,200", "950", "12,350")),
        (".", "€", ("1.200 €", "950 €", "€12.350")),
    ],
)
def test_three_decimals_beside_none_are_counted_with_a_notice(
    shop: FilesOfAShop, mark: str, unit: str, prices: tuple[str, ...]
) -> None:
    shop.mapping |= EUR
    price = {"column": "price", "decimal": mark, **({"unit": unit} if unit else {})}
    shop.lines["price_minor"] = price
    found, notices = counted(shop, prices)
    assert found == 2
    assert "lines.csv:line 2, lines.csv:line 4" in notices[0]
    shop.lines["price_minor"] = {**price, "decimal": "," if mark == "." else ".", "thousands": mark}
    assert counted(shop, prices) == (0, [])
    assert [row["price_minor"] for row in shop.read()["order_lines"]] == [120000, 95000, 1235000]


@pytest.mark.parametrize(
    ("currency", "prices"),
    [
        ("EUR", ("1.200", "950", "12.5")),  # a real decimal
        ("EUR", ("1.200", "950", "0.950")),  # no thousands begin with 0
        ("EUR", ("1.200", "950.000", "12.350")),  # a database with three decimals
        ("EUR", ("1200", "950", "12")),
        ("KWD", ("1.200", "950", "12.350")),  # a currency with three decimals
    ],
)
def test_other_amounts_are_not_counted(shop: FilesOfAShop, currency: str, prices: tuple[str, ...]) -> None:
    shop.mapping["currency"] = currency
    assert counted(shop, prices) == (0, [])
