"""Copies of an order whose rows have no id: all its rows come from one file, or the run is refused."""

from tests.data.sources.mapped.copies.overlapping import CHANGED, overlapping, prices
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop, refusal

AFTER = {"delivered_days": 14, "ordered_days": 21}


def test_without_an_id_of_the_line_an_order_comes_from_one_file(shop: FilesOfAShop) -> None:
    overlapping(shop, HEADER + ROWS, HEADER + CHANGED)
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["returns"] = {
        "whole_order": "true",
        "match": "order_id",
        "file": "returns",
        "columns": {"return_id": "id", "order_id": "line", "returned_at": "time"},
    }
    shop.write("returns.csv", "id,line,time\nr1,o2,2024-03-09\n")
    assert "2 orders in several files, such as 'o1' in lines-1.csv and lines-2.csv" in refusal(shop).found
    shop.mapping["files"]["lines"]["copies"] = "identical"
    assert "order 'o1' with other rows in lines-1.csv than in lines-2.csv" in refusal(shop).found
    shop.mapping["files"]["lines"]["copies"] = "fullest"
    assert sorted(prices(shop).values()) == [600, 1850, 1999]


def test_numbers_that_begin_again_in_another_file_are_no_copies(shop: FilesOfAShop) -> None:
    rows = [f"l{n},o{n},c{n},p1,2024-03-0{n} 10:00,1,9\n" for n in range(1, 5)]
    overlapping(shop, HEADER + "".join(rows), HEADER + "".join(rows).replace("2024", "2025"))
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["files"].pop("returns")
    shop.mapping["returns"] = {"flag": {"column": "product", "returned": ["p2"], "kept": ["p1"]}, "known_after": AFTER}
    for copies in ("identical", "fullest"):
        shop.mapping["files"]["lines"]["copies"] = copies
        error = refusal(shop)
        assert error.found.startswith("4 of 4 numbers of orders in several files with another time in each")
    assert "order_lines.columns.order_id: {columns: [order, time]}" in error.fix
    shop.lines["order_id"] = {"columns": ["order", "time"]}
    assert len({row["order_id"] for row in shop.read()["order_lines"]}) == 8
