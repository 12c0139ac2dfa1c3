"""Prices that may not be what they seem: lines at 0, and whole numbers that may be cents."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

HEADER = "order,customer,sku,order date,qty,price,Order Type,Colour,Return Date\n"


def lines(price: Callable[[int], str], kind: Callable[[int], str] = lambda _: "Sale") -> str:
    """Twenty lines of as many orders, of which one in five came back."""
    rows = (
        f"{n},K{n % 5},A{n % 7},2024-03-{n + 1:02d},1,{price(n)},{kind(n)},{'red' if n % 3 else 'blue'},"
        f"{f'2024-04-{n + 1:02d}' if n % 5 == 1 else ''}\n"
        for n in range(20)
    )
    return HEADER + "".join(rows)


def test_lines_at_0_are_asked_by_the_column_that_says_what_they_are_or_else_by_their_price(tmp_path: Path) -> None:
    for folder, kind, rule in (
        ("named", lambda n: "Sale" if n % 4 else "Replacement", "{column: Order Type, is: ['Replacement']}"),
        ("unnamed", lambda n: "Sale" if n % 3 else "B2B", "{column: price, is: ['0.00']}"),
    ):
        (tmp_path / folder).mkdir()
        text = Drafted(tmp_path / folder, a_csv=lines(lambda n: "9.90" if n % 4 else "0.00", kind)).text

        assert "CHECK: 5 of 20 lines (25%) have a price of 0" in text
        assert f"order_lines.leave_out: {{free: {rule}}}" in text
        assert "are they cents?" not in text


@pytest.mark.parametrize(
    ("price", "asked"),
    [("{}90", True), ("{}", False)],
)
def test_whole_prices_may_be_cents(price: str, asked: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case
    text = Drafted(tmp_path, a_csv=lines(lambda n: price.format(n + 20))).text

    assert ("are they cents? then minor_digits: 0" in text) is asked
    assert "a price of 0" not in text


def test_lines_at_0_are_asked_in_a_known_layout_too(tmp_path: Path) -> None:
    rows = (
        f"#{n},c{n}@mail.example,{'refunded' if n % 5 == 1 else 'paid'},EUR,2024-03-{n + 1:02d} 10:00:00 +0000,1,Tee,"
        f"{'9.90' if n % 4 else '0.00'},T{n % 7},Shop,0.00\n"
        for n in range(20)
    )
    header = (
        "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
        "Vendor,Refunded Amount\n"
    )
    text = Drafted(tmp_path, a_csv=header + "".join(rows)).text

    assert "made of data/mappings/shopify.yaml" in text
    assert "order_lines.leave_out: {free: {column: Lineitem price, is: ['0.00']}}" in text
