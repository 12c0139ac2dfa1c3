"""Ids of customers that a spreadsheet or a script damaged are counted, though their hashes show nothing of it."""

from typing import Any

from data.files import read_json
from tests.data.sources.mapped.files_of_a_shop import HEADER, ROWS, FilesOfAShop


def counted(shop: FilesOfAShop, anna: str, ben: str) -> dict[str, Any]:
    """Read the shop with other ids of its two customers, and give what was decided on them."""
    shop.write("lines.csv", HEADER + ROWS.replace("anna-1", anna).replace("ben-2", ben))
    shop.read()
    found = read_json(shop.raw / "source.json")
    place = "order_lines.customer_id"
    return {"counts": found["decisions"].get(place), "shapes": found.get("examples", {}).get(place)}


def test_ids_in_scientific_notation_and_decimal_ids_are_counted_by_line_and_shown_without_digits(
    shop: FilesOfAShop,
) -> None:
    assert counted(shop, "4.07E+12", "12000.0") == {
        "counts": {"scientific_ids": 2, "decimal_ids": 1},
        "shapes": {"scientific_ids": ["9.99E+99"], "decimal_ids": ["99999.9"]},
    }


def test_one_id_in_two_forms_in_two_files_is_counted(shop: FilesOfAShop) -> None:
    shop.write("people.csv", "id\n12000\n13\n")
    shop.mapping["files"]["people"] = {"path": "people.csv"}
    shop.mapping["customers"] = {"file": "people", "columns": {"customer_id": "id"}}
    found = counted(shop, "12000.0", "13")
    assert found["counts"] == {"decimal_ids": 2, "ids_in_two_forms": 1}


def test_usual_ids_are_not_counted(shop: FilesOfAShop) -> None:
    assert counted(shop, "v1.0", "5E+3-x") == {"counts": None, "shapes": None}
    assert counted(shop, "1200", "a+b") == {"counts": None, "shapes": None}
