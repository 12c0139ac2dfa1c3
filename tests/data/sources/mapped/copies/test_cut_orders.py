"""Orders that exports cut: whole again where nothing else fits, and named where a rule takes them for changed."""

import json
from typing import Any

import pytest

from data.errors import UserError
from tests.data.sources.mapped.copies.overlapping import decided, overlapping, prices
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, refusal

BY_ORDER = "order,customer,product,time,pieces,price\n"
FIRST = "o1,c1,p1,2024-03-01 10:00,1,10\no2,c2,p1,2024-03-02 10:00,1,20\n"
CUT = "o2,c2,p2,2024-03-02 10:00,1,30\no3,c3,p1,2024-03-03 10:00,1,40\n"
CUT_BARE = "o2,,p2,,1,30\no3,c3,p1,2024-03-03 10:00,1,40\n"


def cut(shop: FilesOfAShop, second: str, rule: Any = None, **more: Any) -> None:
    overlapping(shop, BY_ORDER + FIRST, BY_ORDER + second, rule)
    shop.mapping["files"].pop("returns")
    shop.mapping["files"]["lines"] |= more
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["returns"] = {
        "flag": {"column": "pieces", "returned": "9", "kept": "1"},
        "known_after": {"delivered_days": 14, "ordered_days": 21},
    }


@pytest.mark.parametrize("rule", [None, "identical", "fullest"])
def test_an_order_that_is_cut_between_two_files_keeps_all_of_its_lines(shop: FilesOfAShop, rule: str | None) -> None:
    cut(shop, CUT, rule)
    assert prices(shop) == {"o1-1": 1000, "o2-1": 2000, "o2-2": 3000, "o3-1": 4000}
    report = json.loads((shop.raw / "source.json").read_text(encoding="utf-8"))
    assert report["decisions"]["files.lines"]["orders_cut_between_files"] == 1
    assert "1 orders stand in several files" in report["notices"][0]


def test_a_cut_order_takes_what_stands_on_its_first_row_from_the_other_file(shop: FilesOfAShop) -> None:
    cut(shop, CUT_BARE, fill_down={"within": "order", "columns": ["customer", "time"]})
    lines = {row["line_id"]: row for row in shop.read()["order_lines"]}
    assert lines["o2-2"]["ordered_at"] == lines["o2-1"]["ordered_at"]
    assert lines["o2-2"]["customer_id"] == lines["o2-1"]["customer_id"]


def test_an_order_whose_parts_share_a_product_is_none_that_is_cut(shop: FilesOfAShop) -> None:
    cut(shop, "o2,c2,p1,2024-03-02 10:00,1,20\no2,c2,p2,2024-03-02 10:00,1,30\n")
    assert "1 orders in several files" in refusal(shop).found


SIZED = "order,customer,product,size,time,pieces,price\n"
OTHERS = "o1,c1,p9,m,2024-03-01 10:00,1,10\n", "o9,c9,p9,m,2024-03-09 10:00,1,90\n"


def line(product: str, size: str = "m", price: int = 20) -> str:
    return f"o2,c2,{product},{size},2024-03-02 10:00,1,{price}\n"


def sized(shop: FilesOfAShop, first: str, second: str, rule: Any) -> list[int]:
    """Read two files, of which the first ends in an order and the second begins with it; return its prices."""
    cut(shop, "", rule)
    shop.lines["size"] = "size"
    shop.write("lines-1.csv", SIZED + OTHERS[0] + first)
    shop.write("lines-2.csv", SIZED + second + OTHERS[1])
    return sorted(row["price_minor"] // 100 for row in shop.read()["order_lines"] if row["order_id"] == "o2")


@pytest.mark.parametrize("rule", [None, "identical"])
def test_parts_of_a_cut_order_may_have_one_product_in_two_sizes(shop: FilesOfAShop, rule: str | None) -> None:
    assert sized(shop, line("p1", "s", 20), line("p1", "l", 21), rule) == [20, 21]
    assert decided(shop)[0] == {"orders_cut_with_common_products": 1}
    assert "at the end of one and the start of another" in decided(shop)[2][0]


def test_of_a_cut_order_whose_parts_overlap_the_common_line_counts_once(shop: FilesOfAShop) -> None:
    whole = line("p1", price=20) + line("p2", price=21), line("p2", price=21) + line("p3", price=22)
    assert sized(shop, *whole, "identical") == [20, 21, 22]


def test_a_common_line_of_a_cut_order_is_no_copy_unless_the_mapping_says_so(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError, match="1 orders in several files"):
        sized(shop, line("p1") + line("p2"), line("p2") + line("p3"), None)


WHOLE = line("p1", price=20) + line("p2", price=21)


@pytest.mark.parametrize(
    ("first", "second", "piece"),
    [(line("p1", price=20), WHOLE, "lines-1.csv:line 3"), (WHOLE, line("p2", price=21), "lines-2.csv:line 2")],
)
def test_a_copy_that_an_export_cut_gives_way_to_the_whole_order(
    shop: FilesOfAShop, first: str, second: str, piece: str
) -> None:
    assert sized(shop, first, second, "identical") == [20, 21]
    decisions, examples, _ = decided(shop)
    assert decisions == {"rows_of_cut_copies": 1}
    assert examples == {"rows_of_cut_copies": [piece]}


def test_an_order_with_fewer_lines_in_the_middle_of_a_file_is_none_that_was_cut(shop: FilesOfAShop) -> None:
    cut(shop, "", "identical")
    shop.lines["size"] = "size"
    for name, rows in (("lines-1.csv", line("p1") + line("p2")), ("lines-2.csv", line("p1"))):
        shop.write(name, SIZED + OTHERS[0] + rows + OTHERS[1])
    assert "order 'o2' with other rows in lines-1.csv than in lines-2.csv" in refusal(shop).found


def test_lines_that_the_fullest_copy_lacks_are_named(shop: FilesOfAShop) -> None:
    three = line("p1", price=20) + line("p2", price=21) + line("p3", price=22)
    assert sized(shop, three, line("p4", price=23) + line("p2", price=21), "fullest") == [20, 21, 22]
    assert_named(shop, "lines-2.csv:line 2 (product 'p4' of order 'o2')")


def test_lines_that_the_newest_copy_lacks_are_named(shop: FilesOfAShop) -> None:
    old, new = line("p1", price=20) + line("p2", price=21), line("p2", price=22) + line("p4", price=23)
    rule = {"newest_by": "time"}
    assert sized(shop, old, new.replace("10:00", "11:00"), rule) == [22, 23]
    assert_named(shop, "lines-1.csv:line 3 (product 'p1' of order 'o2')")


def assert_named(shop: FilesOfAShop, lost: str) -> None:
    decisions, examples, notices = decided(shop)
    assert decisions == {"changed_or_cut_orders": 1, "lines_of_other_copies_alone": 1}
    assert examples["lines_of_other_copies_alone"] == [lost]
    assert lost in notices[0]
