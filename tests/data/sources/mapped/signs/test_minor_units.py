"""Amounts that are in cents by the name of their column are not multiplied by a hundred."""

import pytest

from data.sources.mapped.signs.minor_units import in_minor_units
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal


@pytest.mark.parametrize("name", ["unit_price_cents", "priceCents", "price_minor", "Preis in Cent", "prix (centimes)"])
def test_names_of_amounts_in_cents_are_known(name: str) -> None:
    assert in_minor_units(name)


@pytest.mark.parametrize("name", ["price", "Percent price", "centre", "Price CT", "minority", "accent"])
def test_other_names_are_no_cents(name: str) -> None:
    assert not in_minor_units(name)


def test_cents_stop_the_run_until_the_mapping_has_no_decimals(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", "line,order,customer,product,time,pieces,price_cents\nl1,o1,a,p1,2024-03-01 10:00,1,1990\n")
    shop.lines["price_minor"] = "price_cents"
    error = refusal(shop)

    assert "the column 'price_cents', by whose name they are in cents already" in error.found
    assert "set minor_digits: 0" in error.fix
    shop.mapping["minor_digits"] = 0
    assert [row["price_minor"] for row in shop.read()["order_lines"]] == [1990]
