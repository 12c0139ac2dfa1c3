"""A flag beside the lines: its values are listed, any other has one state, and numbers get a fix of their own."""

import pytest

from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

HEADER = "line,order,customer,product,time,pieces,price,back\n"
KNOWN = {"delivered_days": 1, "ordered_days": 2}


def shop_with(shop: FilesOfAShop, *cells: str, **flag: object) -> FilesOfAShop:
    rows = [f"l{n},o{n},c{n},p1,2024-03-01 10:00,3,5.00,{cell}\n" for n, cell in enumerate(cells)]
    shop.mapping["files"].setdefault("returns", {"path": "returns.csv"})
    shop.one_flat_file(HEADER + "".join(rows), {"column": "back", **flag}, known_after=KNOWN)
    return shop


def test_a_star_is_any_filled_value_that_no_list_has(shop: FilesOfAShop) -> None:
    tables = shop_with(shop, "0.00", "19.90", "7.50", "", returned="*", kept=["0.00", ""]).read()
    assert [row["line_id"] for row in tables["returns"]] == ["l1", "l2"]


def test_two_stars_are_refused(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError, match="in one of returned, kept and unknown"):
        shop_with(shop, "x", returned="*", kept="*").read()


def test_amounts_get_a_fix_that_works_and_names_none_of_them(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError, match=r"'0\.00' on 1 lines") as caught:
        shop_with(shop, "0.00", "19.90", "7.50", "3.20", returned="yes", kept="no").read()
    assert 'returned: "*", kept: ["0.00"]' in caught.value.fix
    tables = shop_with(shop, "0.00", "19.90", "7.50", "3.20", returned="*", kept=["0.00"])
    assert len(tables.read()["returns"]) == 3


def test_counts_get_a_fix_that_works(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError) as caught:
        shop_with(shop, "0", "1", "2", "3", returned="yes", kept="no").read()
    assert "returns.columns.quantity: back and returns.known_after, without flag" in caught.value.fix
    shop.mapping["returns"] = {"columns": {"quantity": "back"}, "known_after": KNOWN}
    assert [row["quantity"] for row in shop.read()["returns"]] == [1, 2, 3]


def test_other_values_are_to_be_listed(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError) as caught:
        shop_with(shop, "A", "B", "C", "1", returned="yes", kept="no").read()
    assert caught.value.fix.startswith("list them in the mapping")
