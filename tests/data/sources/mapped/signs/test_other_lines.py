"""Returns that name a line by its position are compared with it in what both files have."""

from typing import Any

import pytest

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal
from tests.data.sources.mapped.signs.found import notices

LINES = 8


def by_position(shop: FilesOfAShop, first: int, of_returns: int, product: str = "SKU") -> FilesOfAShop:
    """Two orders of eight lines, of which every second came back; positions count from ``first``."""
    orders = [(order, place) for order in ("o1", "o2") for place in range(LINES)]
    lines = (f"{o},{n + first},c{o},p{n},m,2024-03-01 10:00,1,{n + 1}\n" for o, n in orders)
    shop.write("lines.csv", "order,line,customer,SKU,size,time,pieces,price\n" + "".join(lines))
    back = (f"{o},{n + of_returns},p{n},2024-03-09,1\n" for o, n in orders if n % 2)
    shop.write("returns.csv", f"order,line,{product},time,pieces\n" + "".join(back))
    shop.lines.update({"line_id": {"columns": ["order", "line"]}, "product_id": "SKU", "size": "size"})
    shop.mapping["returns"] = {"file": "returns", "columns": returned()}
    return shop


def returned(**own: Any) -> dict[str, Any]:
    named = own or {"line_id": {"columns": ["order", "line"]}}
    return {**named, "return_id": {"generated": "by_position"}, "returned_at": "time", "quantity": "pieces"}


@pytest.mark.parametrize(("first", "of_returns", "off"), [(0, 1, "large"), (1, 0, "small")])
def test_positions_that_are_one_off_are_named_and_the_proposed_match_is_right(
    shop: FilesOfAShop, first: int, of_returns: int, off: str
) -> None:
    expected = {f"{order} {place + first}" for order in ("o1", "o2") for place in range(1, LINES, 2)}
    error = refusal(by_position(shop, first, of_returns))
    assert "another product_id" in error.found
    assert f"the positions of the returns are one too {off}, where it is the same" in error.found
    assert "match: [order_id, product_id], with order_id: order and product_id: SKU" in error.fix
    shop.mapping["returns"]["match"] = ["order_id", "product_id"]
    shop.mapping["returns"]["columns"] = returned(order_id="order", product_id="SKU")
    assert {row["line_id"] for row in shop.read()["returns"]} == expected


def test_a_column_that_may_differ_is_ignored_and_equal_files_say_nothing(shop: FilesOfAShop) -> None:
    assert notices(by_position(shop, 1, 1)) == []
    by_position(shop, 0, 1).mapping["files"]["returns"]["ignore"] = ["SKU"]
    shop.write("returns.csv", (shop.path / "returns.csv").read_text().replace(f",{LINES},p", f",{LINES - 1},p"))
    assert len(shop.read()["returns"]) == LINES


def test_positions_without_a_line_are_named_where_nothing_else_is_common(shop: FilesOfAShop) -> None:
    by_position(shop, 0, 1, product="remark")
    rows = "".join(f"o{n},1,x,2024-03-09,1\n" for n in (3, 4, 5))
    lines = "".join(f"o{n},0,c{n},p1,m,2024-03-01 10:00,1,9\n" for n in (3, 4, 5))
    for name, more in (("returns.csv", rows), ("lines.csv", lines)):
        shop.write(name, (shop.path / name).read_text() + more)
    error = refusal(shop)
    assert "they count from 1 in the returns and from 0 in the order lines" in error.found
    assert "export both files with one count" in error.fix


SIZES = ("S", "M", "L")


def by_line_id(shop: FilesOfAShop, header: str, *cells: str) -> FilesOfAShop:
    """Twelve lines of three products in three sizes, all back; ``cells`` fill the returns' columns of ``header``."""
    lines = (f"{n},o{n},c{n},p{n % 3}-{SIZES[n % 3]},{SIZES[n % 3]},2024-03-01 10:00,1,{n}0\n" for n in range(1, 13))
    shop.write("lines.csv", "line,order,customer,SKU,size,time,pieces,price\n" + "".join(lines))
    back = (f"{n},{cell},2024-03-09,1\n" for n, cell in enumerate(cells * (12 // len(cells)), start=1))
    shop.write("returns.csv", f"line,{header},time,pieces\n" + "".join(back))
    shop.lines.update({"product_id": "SKU", "size": "size"})
    shop.mapping["returns"] = {"file": "returns", "columns": returned(line_id="line")}
    return shop


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("size", ("Size M", "Size L", "Size S"), "another way of writing"),
        ("SKU", ("p1", "p2", "p0"), "another way of writing"),
        ("SKU", ("XP1", "XP2", "XP0"), "another way of writing"),
        ("price", ("9", "18", "27"), "the price of a return often differs"),
        ("SKU,size", ("p1-M,XL", "p2-L,XXL", "p0-S,XS", "p1-M,M", "p2-L,S", "p0-S,L"), "the product is the same"),
    ],
)
def test_right_line_ids_beside_another_spelling_or_price_are_a_counted_notice(
    shop: FilesOfAShop, header: str, cells: tuple[str, ...], reason: str
) -> None:
    (notice,) = notices(by_line_id(shop, header, *cells))
    assert reason in notice
    assert "of 12 returns, first at returns.csv:line 2" in notice
    assert f"files.returns.ignore: [{header.rpartition(',')[2]}]" in notice


def test_products_that_were_sent_in_exchange_are_refused_and_ignored_by_the_first_fix(shop: FilesOfAShop) -> None:
    error = refusal(by_line_id(shop, "SKU", "p2-L", "p0-S", "p1-M", "p7-M", "p8-S", "p9-L"))
    assert error.fix.index("files.returns.ignore: [SKU]") < error.fix.index("match by what both files have")
    shop.mapping["files"]["returns"]["ignore"] = ["SKU"]
    assert len(shop.read()["returns"]) == 12


def test_the_amount_of_a_row_is_not_compared_with_that_of_the_pieces_that_came_back(shop: FilesOfAShop) -> None:
    by_position(shop, 1, 1, product="SKU")
    shop.lines["price_minor"] = {"column": "price", "per": "line"}
    back = (shop.path / "returns.csv").read_text().splitlines()
    shop.write("returns.csv", "\n".join([f"{back[0]},price", *(f"{row},1" for row in back[1:]), ""]))

    assert notices(shop) == []
    assert len(shop.read()["returns"]) == LINES
