"""A discount in per cent is no amount to subtract, and the refused cell is the one that is wrong."""

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop, refusal

ROW = "l{0},o{0},c1,p1,2024-03-01 10:00,1,20.10,{1}\n"


def discounted(shop: FilesOfAShop, name: str, *cells: str) -> FilesOfAShop:
    rows = "".join(ROW.format(place, cell) for place, cell in enumerate(cells, start=1))
    shop.write("lines.csv", f"{HEADER.strip()},{name}\n{rows}")
    shop.lines["price_minor"] = {"column": "price", "minus": name}
    return shop


@pytest.mark.parametrize(
    ("name", "cell"), [("Discount %", "10"), ("Rabatt in Prozent", "10"), ("discountRate", "10"), ("off", "10%")]
)
def test_a_share_is_refused_by_its_name_or_its_cells(shop: FilesOfAShop, name: str, cell: str) -> None:
    error = refusal(discounted(shop, name, cell, cell))
    assert f"the column {name!r}" in error.found
    assert "map a column with the amount" in error.fix


def test_a_column_that_was_looked_at_and_one_of_amounts_stand(shop: FilesOfAShop) -> None:
    discounted(shop, "Rate", "10", "0")
    shop.mapping["files"]["lines"]["ignore"] = ["Rate"]
    assert [row["price_minor"] for row in shop.read()["order_lines"]] == [1010, 2010]
    assert [row["price_minor"] for row in discounted(shop, "off", "1.10", "").read()["order_lines"]] == [1900, 2010]


def test_a_single_share_refuses_its_row_and_is_the_value_that_is_shown(shop: FilesOfAShop) -> None:
    discounted(shop, "off", *["1"] * 120, "10%")
    assert shop.rejected() == [("order_lines", "l121", "price_minor", "unparsable_number", "10%")]
