"""A mapping fills the whole life of a line: shipped, cancelled, exchanged, asked to return, refunded."""

import json
from datetime import datetime

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

LINES = (
    "line,order,customer,product,time,pieces,price,sent,called off,new item,new size\n"
    "l1,o1,anna-1,p1,2024-03-01 10:00,2,19.99,2024-03-01,,p2,XL\n"
    "l2,o1,anna-1,p2,2024-03-01 10:00,1,5,,2024-03-01,,\n"
)
RETURNS = "id,line,time,pieces,why,asked,state,money\nr1,l1,2024-03-09,1,too small,2024-03-01,Worn,9.99\n"


def test_every_part_of_a_life_is_read_and_a_date_is_the_end_of_its_day(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", LINES)
    shop.write("returns.csv", RETURNS)
    shop.lines.update(shipped_at="sent", cancelled_at="called off")
    shop.lines.update(exchanged_for_product="new item", exchanged_for_size="new size")
    shop.mapping["returns"]["columns"] |= {"requested_at": "asked", "condition": "state", "refunded_minor": "money"}

    tables = shop.read()

    first, second = tables["order_lines"]
    (back,) = tables["returns"]
    # The orders have times of day, so that a date is known at its end.
    day_end = datetime.fromisoformat("2024-03-01T23:59:59.999999")
    assert (first["shipped_at"], first["cancelled_at"]) == (day_end, None)
    assert (first["exchanged_for_product"], first["exchanged_for_size"]) == ("p2", "xl")
    assert (second["shipped_at"], second["cancelled_at"]) == (None, day_end)
    assert (back["requested_at"], back["condition"], back["refunded_minor"]) == (day_end, "Worn", 999)


def test_the_account_that_took_another_over_is_hashed_as_every_customer_is(shop: FilesOfAShop) -> None:
    shop.write("people.csv", "who,now,gone\nanna-1,ben-2,\nben-2,,2024-03-05\nold-0,anna-1,\n")
    shop.mapping["files"]["people"] = {"path": "people.csv"}
    columns = {"customer_id": "who", "merged_into": "now", "erased_at": "gone"}
    shop.mapping["customers"] = {"file": "people", "columns": columns}

    tables = shop.read()

    anna, ben = (row["customer_id"] for row in (tables["order_lines"][0], tables["order_lines"][2]))
    into = {row["customer_id"]: row["merged_into"] for row in tables["customers"]}
    assert (into[anna], into[ben]) == (ben, None)
    assert list(into.values()).count(anna) == 1
    assert {row["customer_id"]: row["erased_at"] for row in tables["customers"]}[ben] == datetime.fromisoformat(
        "2024-03-05"
    )
    assert json.loads((shop.raw / "source.json").read_text())["customers"] == {"merged": 2, "erased": 1}
