"""Returns whose order is written otherwise than in the order lines are named, and the proposed reading is right."""

from typing import Any

import pytest

from data.sources.mapped.returns.other_writing import NUMBER
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop
from tests.data.sources.mapped.returns.returns_of_a_shop import ReturnsOfAShop, placed
from tests.data.sources.mapped.signs.found import notices

BY_ORDER = ["order_id", "product_id"]


def lines(prefix: str) -> list[str]:
    return [f"l{n} {prefix}{1000 + n} c{n} p{n % 5} M 2024-03-0{n}T10:00 1 10" for n in range(1, 7)]


def returned(*orders: str) -> list[str]:
    return [f"r{n} {order} c{n} p{n % 5} M 2024-03-20 1" for n, order in enumerate(orders, start=1)]


@pytest.mark.parametrize(("prefix", "other"), [("#", "1002"), ("SO-0", "#1002"), ("", "#001002")])
def test_orders_in_another_writing_are_counted_and_found_by_the_proposed_extract(
    shop: FilesOfAShop, prefix: str, other: str
) -> None:
    own = ReturnsOfAShop(shop, BY_ORDER)
    assert set(placed(own.read(lines(prefix), returned(f"{prefix}1001", other)))) == {"r1"}
    (notice,) = notices(shop)
    assert f"1 returns have an id that no line has, and that one has in another writing: '{other}'" in notice
    assert f"extract: '{NUMBER}'" in notice
    for columns in (shop.lines, shop.mapping["returns"]["columns"]):
        columns["order_id"] = {"column": "order", "extract": NUMBER}
    assert placed(shop.read()) == {"r1": "l1", "r2": "l2"}


def test_orders_that_lack_the_product_or_are_of_two_shops_are_not_taken_for_another_writing(shop: FilesOfAShop) -> None:
    own = ReturnsOfAShop(shop, BY_ORDER)
    two = [row.replace("#", "A").replace("l", "k", 1) for row in lines("#")]
    own.read([*lines("#"), *two], returned("#1001", "1002", "1001"))
    assert notices(shop) == []


def test_an_unread_column_of_order_numbers_is_named_with_how_to_match_by_it(shop: FilesOfAShop) -> None:
    match: Any = ["product_id"]
    own = ReturnsOfAShop(shop, match)
    own.read(lines("#"), returned("1001", "1002", "1003", "1004"))
    (notice,) = notices(shop)
    assert "no rule reads the column 'order', which names the order: on 4 of 4 returns" in notice
    shop.mapping["returns"]["match"] = BY_ORDER
    for columns in (shop.lines, shop.mapping["returns"]["columns"]):
        columns["order_id"] = {"column": "order", "extract": NUMBER}
    assert placed(shop.read()) == {"r1": "l1", "r2": "l2", "r3": "l3", "r4": "l4"}
