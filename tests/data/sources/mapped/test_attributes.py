"""Attributes that a mapping declares: columns of their tables, a description beside them, and their reading."""

import json

import pytest

from data import attributes
from data.attributes import Attribute, Kind
from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

FLAT = (
    "line,order,customer,product,time,pieces,price,back,stuff,stars,gift,days,tall\n"
    'l1,o1,c1,p1,2024-03-01 10:00,1,10,2024-03-05,Wolle,"4,5",ja,3,170\n'
    "l2,o1,c1,p2,2024-03-01 10:00,1,20,,Leinen,,,5,170\n"
    "l3,o2,c2,p1,2024-03-02 11:00,1,10,,WOLLE,4,,3,\n"
)


@pytest.fixture
def declared(shop: FilesOfAShop) -> FilesOfAShop:
    shop.one_flat_file(FLAT, None, columns={"returned_at": "back"})
    lines = shop.mapping["order_lines"]
    lines["attributes"] = {
        "promised_days": {"column": "days", "kind": "number"},
        "gift": {"column": "gift", "kind": "flag", "true": "*", "false": ""},
    }
    shop.mapping["products"] = {
        "columns": {"product_id": "product"},
        "attributes": {
            "material": {"column": "stuff", "kind": "category", "labels": {"Wolle": "wool"}},
            "rating": {"column": "stars", "kind": "number", "decimal": ","},
        },
    }
    shop.mapping["customers"] = {
        "columns": {"customer_id": "customer"},
        "attributes": {"height_cm": {"column": "tall", "kind": "number", "personal": "allowed"}},
    }
    return shop


def test_attributes_are_columns_of_their_tables(declared: FilesOfAShop) -> None:
    tables = declared.read()
    lines = [(row["attribute_promised_days"], row["attribute_gift"]) for row in tables["order_lines"]]
    assert lines == [(3.0, True), (5.0, False), (3.0, False)]
    products = {row["product_id"]: row for row in tables["products"]}
    assert (products["p1"]["attribute_material"], products["p2"]["attribute_material"]) == ("wool", "Leinen")
    assert (products["p1"]["attribute_rating"], products["p2"]["attribute_rating"]) == (4.0, None)
    assert sorted(row["attribute_height_cm"] or 0 for row in tables["customers"]) == [0, 170]


def test_the_declarations_stand_beside_the_tables(declared: FilesOfAShop) -> None:
    declared.read()
    assert attributes.read(declared.raw) == (
        Attribute("gift", "order_lines", Kind.FLAG),
        Attribute("promised_days", "order_lines", Kind.NUMBER),
        Attribute("material", "products", Kind.CATEGORY),
        Attribute("rating", "products", Kind.NUMBER),
        Attribute("height_cm", "customers", Kind.NUMBER, personal=True),
    )


def test_translations_of_an_attribute_are_part_of_the_reading(declared: FilesOfAShop) -> None:
    declared.read()
    described = json.loads((declared.raw / "source.json").read_text(encoding="utf-8"))
    assert described["reading"]["labels"] == {"attribute_material": {"translations": {"Wolle": "wool"}}}


def test_an_attribute_of_customers_says_whether_it_is_personal(declared: FilesOfAShop) -> None:
    declared.mapping["customers"]["attributes"]["height_cm"].pop("personal")
    with pytest.raises(UserError, match="height_cm without personal"):
        declared.read()


def test_an_attribute_with_the_name_of_a_column_is_refused(declared: FilesOfAShop) -> None:
    declared.mapping["products"]["attributes"]["size"] = {"column": "stuff", "kind": "category"}
    with pytest.raises(UserError, match="'size'"):
        declared.read()


def test_a_number_that_is_none_refuses_its_row(declared: FilesOfAShop) -> None:
    declared.write("lines.csv", FLAT.replace(",5,170", ",soon,170"))
    assert [row[1:] for row in declared.rejected()] == [("l2", "attribute_promised_days", "unparsable_number", "soon")]
