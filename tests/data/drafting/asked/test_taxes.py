"""What the customer paid has the tax in it: a price without tax yields to the amount with it, or is asked."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data.drafting.asked.taxes import WITH, WITHOUT, is_without
from data.drafting.headers.vocabulary import plain
from tests.data.drafting.files import Drafted

PIECES = (1, 2, 3, 2)
"""The pieces of the rows, in turn."""


def drafted(folder: Path, header: str, cells: Callable[[float, int], str]) -> Drafted:
    """A draft of 24 lines, two of each order, with ``cells`` by the price without tax and the pieces."""
    rows = (
        f"{n // 2},K{n // 2 % 5},A{n % 7},2024-03-{n // 2 + 1:02d},{PIECES[n % 4]},{'yes' if n % 3 else 'no'},"
        f"{cells(10.45 + n % 7, PIECES[n % 4])}\n"
        for n in range(24)
    )
    return Drafted(folder, a_csv=f"order,customer,sku,order date,qty,returned,{header}\n" + "".join(rows))


def with_tax(net: float, pieces: int) -> float:
    return round(net * 1.22 * pieces, 2)


@pytest.mark.parametrize(
    ("header", "cells", "rule", "asked"),
    [
        ("UnitPriceExclVAT,VATPct,LineAmountInclVAT", lambda net, n: f"{net},22,{with_tax(net, n)}",
         {"column": "LineAmountInclVAT", "per": "line"}, "UnitPriceExclVAT is without tax"),
        ("Nettopreis,MwSt,Summe", lambda net, n: f"{net},22%,{with_tax(net, n)}",
         {"column": "Summe", "per": "line"}, "without tax, Summe is Nettopreis times the pieces with MwSt on 24 rows"),
        ("Unit price,VAT amount,Each paid", lambda net, _: f"{net},{net * 0.22:.2f},{with_tax(net, 1)}",
         "Each paid", "CHECK: for one piece? what the customer paid: Unit price is without tax"),
        ("Prix HT,Montant TTC", lambda net, n: f"{net},{with_tax(net, n)}",
         {"column": "Montant TTC", "per": "line"}, "Prix HT is without tax, Montant TTC is with it"),
        ("Pris exkl. moms,Moms", lambda net, _: f"{net},22", "Pris exkl. moms",
         "Pris exkl. moms is without tax by its name, beside Moms: name a column with what the customer paid"),
        ("Price,VAT", lambda net, _: f"{net},22", "Price", "CHECK: for one piece, after discounts?"),
        ("Price,VAT,Total", lambda net, n: f"{net},22,{round(net * n, 2)}", "Price",
         "CHECK: for one piece, after discounts?"),
        ("Netto price,Gross weight", lambda net, _: f"{net},{net * 1.1:.2f}", "Netto price",
         "CHECK: for one piece, after discounts?"),
    ],
)  # fmt: skip
def test_the_amount_with_tax_is_taken_where_names_or_numbers_show_it(
    header: str, cells: Callable[[float, int], str], rule: object, asked: str, tmp_path: Path
) -> None:
    found = drafted(tmp_path, header, cells)

    assert found.lines["price_minor"] == rule
    assert asked in found.text
    assert ("without tax" in found.text) == ("without tax" in asked)


@pytest.mark.parametrize(
    "name",
    ["UnitPriceExclVAT", "Pris exkl. moms", "Nettopreis", "Prix HT", "Precio sin IVA", "Prijs zonder btw",
     "不含税单价", "税抜価格", "Price before tax", "Cena bez DPH", "Prezzo senza IVA", "net_price"],
)  # fmt: skip
def test_a_name_says_that_an_amount_is_without_tax(name: str) -> None:
    assert is_without(name)


@pytest.mark.parametrize(
    "name",
    ["LineAmountInclVAT", "Bruttobetrag", "Montant TTC", "Importe con IVA", "含税金额", "税込価格", "Pris inkl. moms"],
)
def test_a_name_says_that_an_amount_is_with_tax(name: str) -> None:
    assert WITH.search(plain(name))
    assert not WITHOUT.search(plain(name))
