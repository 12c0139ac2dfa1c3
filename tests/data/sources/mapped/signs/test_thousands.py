"""Numbers such as 1.200 beside 950: the mark may be one of thousands, and they are counted, or else refused."""

import json

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, RETURNS, FilesOfAShop

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
        ("EUR", ("1.200", "950", "1200.000")),  # nor have four digits before their mark
        ("EUR", ("1.200", "950.000", "12.350")),  # a database with three decimals
        ("EUR", ("1200", "950", "12")),
        ("KWD", ("1.200", "950", "12.350")),  # a currency with three decimals
    ],
)
def test_other_amounts_are_not_counted(shop: FilesOfAShop, currency: str, prices: tuple[str, ...]) -> None:
    shop.mapping["currency"] = currency
    shop.lines["price_minor"] = {"column": "price", "decimal": "."}
    assert counted(shop, prices) == (0, [])


def report(shop: FilesOfAShop) -> tuple[dict[str, dict[str, int]], list[str]]:
    """The decisions and the notices of the last run."""
    content = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    return content["decisions"], content.get("notices", [])


def test_amounts_with_three_decimals_throughout_are_counted_until_the_mapping_states_their_mark(
    shop: FilesOfAShop,
) -> None:
    shop.write("lines.csv", HEADER + "l1,o1,c,p1,2024-03-01,1,1.200\nl2,o2,c,p1,2024-03-01,1,12.350\n")
    shop.read()
    decisions, notices = report(shop)
    assert decisions["order_lines.price_minor"] == {"three_decimals_throughout": 2}
    assert "all numbers have three decimals, such as in lines.csv:line 2" in notices[0]

    shop.lines["price_minor"] = {"column": "price", "decimal": "."}
    shop.read()
    assert "three_decimals_throughout" not in report(shop)[0].get("order_lines.price_minor", {})


def test_what_is_subtracted_from_an_amount_is_looked_at_as_well(shop: FilesOfAShop) -> None:
    rows = "l1,o1,c,p1,2024-03-01,1,1500.5,1.200\nl2,o2,c,p1,2024-03-01,1,12.5,3\n"
    shop.write("lines.csv", HEADER.strip() + ",discount\n" + rows)
    shop.lines["price_minor"] = {"column": "price", "minus": "discount"}
    shop.read()
    assert report(shop)[0]["order_lines.price_minor"]["three_decimals_or_none"] == 1


PIECES = "l1,o1,c,p1,2024-03-01,{},1\nl2,o2,c,p1,2024-03-01,{},1\nl3,o3,c,p1,2024-03-01,{},1\n"


@pytest.mark.parametrize(
    ("pieces", "read"),
    [
        (("1.000", "2.000", "1.000"), [1, 2, 1]),  # a database
        (("1.000", "2", "1.0"), [1, 2, 1]),  # a real decimal
        (("1.000", "2", "1000.000"), [1, 2, 1000]),
        (("1", "2", "1000"), [1, 2, 1000]),
    ],
)
def test_pieces_of_a_column_with_decimals_are_read(
    shop: FilesOfAShop, pieces: tuple[str, ...], read: list[int]
) -> None:
    shop.write("lines.csv", HEADER + PIECES.format(*pieces))
    assert [row["quantity"] for row in shop.read()["order_lines"]] == read


@pytest.mark.parametrize("pieces", [("1.000", "2", "1"), ("1.000", "1.500", "2.000")])
def test_pieces_that_may_be_thousands_are_refused_with_the_keys_that_read_them(
    shop: FilesOfAShop, pieces: tuple[str, ...]
) -> None:
    shop.write("returns.csv", RETURNS.replace("l1", "l4"))
    shop.write("lines.csv", HEADER + PIECES.format(*pieces) + "l4,o4,c,p1,2024-03-01,9,1\n")
    refused = {row["value"]: row["rule"] for row in shop.read()["rejects"]}
    assert refused["1.000"] == "thousands_or_decimals"

    shop.lines["quantity"] = {"column": "pieces", "decimal": ",", "thousands": "."}
    assert max(row["quantity"] for row in shop.read()["order_lines"]) in (1000, 2000)
    shop.lines["quantity"] = {"column": "pieces", "decimal": "."}
    assert min(row["quantity"] for row in shop.read()["order_lines"]) == 1


def test_a_row_that_is_refused_for_another_cell_says_nothing_of_the_pieces(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + PIECES.format("1.000", "2.000", "3.000").replace("2024-03-01", "soon", 1))
    assert [row["quantity"] for row in shop.read()["order_lines"]] == [2, 3]


def test_a_number_of_an_attribute_is_counted(shop: FilesOfAShop) -> None:
    rows = "l1,o1,c,p1,2024-03-01,1,1,1.200\nl2,o2,c,p1,2024-03-01,1,1,950\n"
    shop.write("lines.csv", HEADER.strip() + ",grams\n" + rows)
    shop.mapping["order_lines"]["attributes"] = {"grams": {"column": "grams", "kind": "number"}}
    shop.read()
    assert report(shop)[0]["order_lines.attribute_grams"] == {"three_decimals_or_none": 1}
