"""Products and customers from files of their own, or gathered from the order lines' file."""

import json

from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop

FLAT = "line,order,customer,product,time,pieces,price,brand,born,title,since,back\n"
FLAG = {"column": "back", "returned": "1", "kept": "0"}


def flat(shop: FilesOfAShop, rows: str) -> None:
    shop.one_flat_file(FLAT + rows, FLAG, known_after={"delivered_days": 14, "ordered_days": 21})
    shop.mapping["products"] = {"columns": {"product_id": "product", "brand": "brand"}}
    shop.mapping["customers"] = {
        "columns": {
            "customer_id": "customer",
            "birth_year": {"column": "born", "missing": "?", "valid_from": "1920"},
            "title": "title",
            "registered_at": "since",
        }
    }


def test_the_most_frequent_value_wins_and_ties_go_to_the_smallest(shop: FilesOfAShop) -> None:
    line = "2024-03-01,1,1"
    flat(
        shop,
        f"1,o,c,p1,{line},b,,,,0\n2,o,c,p1,{line},a,,,,0\n3,o,c,p1,{line},b,,,,0\n"
        f"4,o,c,p2,{line},b,,,,0\n5,o,c,p2,{line},a,,,,0\n6,o,c,p3,{line},,,,,0\n",
    )
    assert shop.read()["products"] == [
        {"product_id": "p1", "brand": "b"},
        {"product_id": "p2", "brand": "a"},
        {"product_id": "p3", "brand": None},
    ]
    decisions = json.loads((shop.raw / "source.json").read_text())["decisions"]
    assert decisions["products.brand"] == {"conflicts": 2}


def test_birth_dates_become_years_and_placeholders_are_missing_and_counted(shop: FilesOfAShop) -> None:
    line = "p1,2024-03-01,1,1,b"
    flat(
        shop,
        f"1,o1,c1,{line},1967-08-09,Mrs,2011-09-21,0\n2,o2,c2,{line},1900-11-19,Mr,2011-09-21,0\n"
        f"3,o3,c3,{line},?,,,0\n4,o4,c4,{line},1980,,,0\n",
    )
    customers = shop.read()["customers"]
    assert sorted(str(row["birth_year"]) for row in customers) == ["1967", "1980", "None", "None"]
    assert "1967-08-09" not in str(customers)
    assert {row["title"] for row in customers} == {"Mrs", "Mr", None}
    decisions = json.loads((shop.raw / "source.json").read_text())["decisions"]
    assert decisions["customers.birth_year"] == {"placeholder": 1}


def test_a_broken_birth_date_shows_its_layout_and_keeps_the_customer(shop: FilesOfAShop) -> None:
    flat(shop, "1,o1,c1,p1,2024-03-01,1,1,b,19.08.1967,,,0\n")
    tables = shop.read()
    assert [row["birth_year"] for row in tables["customers"]] == [None]
    (reject,) = tables["rejects"]
    assert (reject["table"], reject["key"]) == ("customers", tables["customers"][0]["customer_id"])
    assert (reject["rule"], reject["value"]) == ("unparsable_time", "99.99.9999")
    assert len(tables["order_lines"]) == 1


def test_files_of_their_own_are_read_row_by_row(shop: FilesOfAShop) -> None:
    shop.write("products.csv", "sku;kind;launched\np1;dresses;01.02.2024\np2;shoes;soon\np3;hats;01.02.2024\n")
    shop.write("customers.csv", "number,since\nanna-1,2020-01-01\n")
    shop.mapping["files"]["products"] = {"path": "products.csv", "delimiter": ";"}
    shop.mapping["files"]["customers"] = {"path": "customers.csv"}
    launched = {"column": "launched", "format": "%d.%m.%Y"}
    shop.mapping["products"] = {
        "file": "products",
        "columns": {"product_id": "sku", "category": "kind", "launched_at": launched},
    }
    shop.mapping["customers"] = {
        "file": "customers",
        "columns": {"customer_id": "number", "registered_at": "since"},
    }
    tables = shop.read()
    assert [(row["product_id"], row["category"]) for row in tables["products"]] == [("p1", "dresses"), ("p3", "hats")]
    (customer,) = tables["customers"]
    assert customer["customer_id"] == tables["order_lines"][0]["customer_id"]
    assert [(row["table"], row["key"], row["rule"]) for row in tables["rejects"]] == [
        ("products", "p2", "unparsable_time")
    ]


def test_rows_of_one_key_in_a_file_of_its_own_are_gathered_and_counted(shop: FilesOfAShop) -> None:
    shop.write("products.csv", "sku,kind\np1,dresses\np1,shoes\n")
    shop.mapping["files"]["products"] = {"path": "products.csv"}
    shop.mapping["products"] = {"file": "products", "columns": {"product_id": "sku", "category": "kind"}}
    assert [row["category"] for row in shop.read()["products"]] == ["dresses"]
    decisions = json.loads((shop.raw / "source.json").read_text())["decisions"]
    assert decisions["products.product_id"] == {"rows_of_one_key": 1}
    assert decisions["products.category"] == {"conflicts": 1}


def test_a_guest_in_a_file_of_customers_is_left_out_and_counted(shop: FilesOfAShop) -> None:
    shop.lines["customer_id"] = {"column": "customer", "missing": "guest"}
    shop.write("customers.csv", "number,since\nanna-1,2020-01-01\nguest,2020-01-01\n")
    shop.mapping["files"]["customers"] = {"path": "customers.csv"}
    shop.mapping["customers"] = {"file": "customers", "columns": {"customer_id": "number", "registered_at": "since"}}
    assert len(shop.read()["customers"]) == 1
    accounts = json.loads((shop.raw / "source.json").read_text())["accounts"]
    assert [each["left_out"] for each in accounts if each["table"] == "customers"] == [{"guest": 1}]
