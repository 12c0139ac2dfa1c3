"""Lines without an id that stand once for each of their returns."""

import pytest

from data.files import read_json
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

HEADER = "order,customer,product,time,pieces,price,at\n"


def row(order: int, at: str = "") -> str:
    return f"o{order},c{order},p{order % 7},2024-03-01 10:00,2,19.99,{at}\n"


def read(shop: FilesOfAShop, rows: list[str]) -> tuple[dict[str, float], str]:
    """Read the rows: what was decided on the lines' ids, and the notices that name them."""
    shop.write("lines.csv", HEADER + "".join(rows))
    shop.lines["line_id"] = {"generated": "by_position"}
    shop.mapping["returns"] = {"columns": {"returned_at": "at"}}
    del shop.mapping["files"]["returns"]
    shop.read()
    described = read_json(shop.raw / "source.json")
    decided: dict[str, float] = described["decisions"].get("order_lines.line_id", {})
    return decided, " ".join(each for each in described.get("notices", ()) if "equal rows" in each)


KEPT = [row(order) for order in range(20, 50)]


def test_a_row_for_each_return_of_a_line_is_named(shop: FilesOfAShop) -> None:
    joined = [row(order, f"2024-03-{day}") for order in range(6) for day in (10, 12)]

    decided, notice = read(shop, [*KEPT, *joined])

    assert decided["equal_rows_with_returns"] == 6
    assert "6 lines stand in equal rows, each with a return (6 rows more, such as at lines.csv:line 32" in notice


@pytest.mark.parametrize("both", [0, 2])
def test_a_thing_that_is_bought_twice_is_two_lines(shop: FilesOfAShop, both: int) -> None:
    twice = [row(order, "2024-03-10" if place < both or order < 2 else "") for order in range(6) for place in range(2)]
    twice[-1] = twice[-2] = row(5)

    assert read(shop, [*KEPT, *twice]) == ({}, "")
