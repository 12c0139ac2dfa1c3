"""What a price is for, by the numbers: a piece, the row, a number of pieces, or the whole order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.data.drafting.files import Drafted

PIECES = (1, 2, 3, 2)
"""The pieces of the rows, in turn."""


def drafted(folder: Path, header: str, cells: Callable[[int, float], str]) -> Drafted:
    """A draft of 24 lines, two of each order, with ``cells`` by the place and the price of a piece."""
    rows = (
        f"{n // 2},K{n // 2 % 5},A{n % 7},2024-03-{n // 2 + 1:02d},{PIECES[n % 4]},{'yes' if n % 3 else 'no'},"
        f"{cells(n, 10.45 + n % 7)}\n"
        for n in range(24)
    )
    return Drafted(folder, a_csv=f"order,customer,sku,order date,qty,returned,{header}\n" + "".join(rows))


def per_row(n: int, price: float) -> float:
    return round(price * PIECES[n % 4], 2)


@pytest.mark.parametrize(
    ("header", "cells", "rule", "asked"),
    [
        ("Price,Unit Value", lambda n, each: f"{per_row(n, each)},{each}", {"column": "Price", "per": "line"},
         "CHECK: of all pieces of the row? it is Unit Value times the pieces on 18 rows"),
        ("Price,Value", lambda n, each: f"{each},{per_row(n, each)}", "Price",
         "CHECK: for one piece, after discounts?"),
        ("Price,Amount", lambda _, each: f"{each},{each}", "Price",
         "Amount is the same on 18 rows of several pieces: if it is of all of them, add per: line"),
        ("Preis,Preiseinheit,Wert", lambda n, each: f"{100 * each:.2f},100,{per_row(n, each)}",
         {"column": "Wert", "per": "line"}, "Preis is for the pieces in Preiseinheit, and no rule divides by it"),
        ("Price,Price unit", lambda _, each: f"{100 * each:.2f},100", "Price",
         "CHECK: Price is for the pieces in Price unit, and no rule divides by it: export the price of one piece"),
        ("Price,Price unit", lambda _, each: f"{each},1", "Price", "CHECK: for one piece, after discounts?"),
        ("Amount", lambda n, _: f"{20 + n // 2}.95", {"column": "Amount", "per": "line"},
         "CHECK: Amount is the same on all lines of 12 orders with several products: is it the order's total?"),
        ("Price,Line total", lambda n, each: f"{20 + n // 2}.95,{per_row(n, each)}",
         {"column": "Line total", "per": "line"}, "CHECK: of all pieces of the row? Price is that of an order"),
        ("Price,Discount,Paid", lambda n, each: f"{each},{n % 2}.50,{per_row(n, each) - n % 2 - 0.5:.2f}",
         {"column": "Paid", "per": "line"}, "Paid is Price times the pieces minus Discount on 24 rows"),
        ("Price,Discount,Paid", lambda n, each: f"{each},{n % 2}.50,{per_row(n, each - n % 2 - 0.5)}",
         {"column": "Price", "minus": "Discount"}, "minus, off each of them, Discount on 24 rows"),
        ("Price,Rabatt,Paid", lambda n, each: f"{each},{10 * (n % 2)}%,{per_row(n, each * (1 - n % 2 / 10))}",
         {"column": "Paid", "per": "line"}, "Paid is Price times the pieces less the share Rabatt on 12 rows"),
        ("Price,Discount,Total", lambda n, each: f"{each},{n % 2}.50,{per_row(n, each)}", "Price",
         "otherwise add minus: Discount if it is off each piece; off the whole row, name a column with what was paid"),
        ("Item Total", lambda n, each: f"{per_row(n, each)}", {"column": "Item Total", "per": "line"},
         "CHECK: of all pieces of the row?"),
        ("Price,Amount", lambda _, each: f"{each},n.v.", "Price", "CHECK: for one piece, after discounts?"),
        ("Price", lambda _, __: "9.90", "Price", "CHECK: for one piece, after discounts?"),
    ],
)  # fmt: skip
def test_a_price_is_what_the_numbers_show(
    header: str, cells: Callable[[int, float], str], rule: Any, asked: str, tmp_path: Path
) -> None:
    found = drafted(tmp_path, header, cells)

    assert found.lines["price_minor"] == rule
    assert asked in found.text
    assert found.worked


def test_prices_of_rows_with_marks_of_thousands_are_compared_as_numbers(tmp_path: Path) -> None:
    def cells(n: int, each: float) -> str:
        return ";".join(
            f"{1000 * number:,.2f}".translate(str.maketrans(",.", ".,")) for number in (per_row(n, each), each)
        )

    rows = (
        f"{n // 2};K{n // 2 % 5};A{n % 7};2024-03-{n // 2 + 1:02d};{PIECES[n % 4]};{'yes' if n % 3 else 'no'};"
        f"{cells(n, 10.45 + n % 7)}\n"
        for n in range(24)
    )
    text = "order;customer;sku;order date;qty;returned;Preis;Stückwert\n" + "".join(rows)

    assert "it is Stückwert times the pieces on 18 rows" in Drafted(tmp_path, a_csv=text).text
