"""Changes of products and customers from files of their own: a history of the catalogue, a log of customers' data."""

import json
import shutil
from datetime import datetime
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest

from data import attributes, facts
from data.attributes import Attribute, Kind
from data.errors import UserError
from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop, Row, refusal

HISTORY = (
    "sku,valid_from,label,stuff\n"
    "p1,2024-01-01 08:00,Acme,wool\n"
    "p1,2024-03-02 09:00,Bolt,\n"
    "p9,2024-02-01 00:00,Acme,silk\n"
)
COLUMNS = {"change_id": {"generated": "by_position"}, "product_id": "sku", "changed_at": "valid_from", "brand": "label"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def changing(shop: FilesOfAShop) -> FilesOfAShop:
    """The shop with a history of its catalogue; p9 stands in no order."""
    shop.write("history.csv", HISTORY)
    shop.mapping["files"]["history"] = {"path": "history.csv"}
    material = {"column": "stuff", "kind": "category"}
    shop.mapping["product_changes"] = {
        "file": "history",
        "columns": dict(COLUMNS),
        "attributes": {"material": material},
    }
    return shop


def changes(shop: FilesOfAShop, name: str = "product_changes") -> list[Row]:
    shop.read()
    return list(pq.read_table(shop.raw / f"{name}.parquet").to_pylist())


def described(shop: FilesOfAShop) -> dict[str, Any]:
    return dict(json.loads((shop.raw / "source.json").read_text()))


def with_products(shop: FilesOfAShop, content: str = "sku,label,kind\np1,Bolt,dresses\np2,Crow,shoes\n") -> None:
    shop.write("products.csv", content)
    shop.mapping["files"]["products"] = {"path": "products.csv"}
    columns = {"product_id": "sku", "brand": "label", "category": "kind"}
    shop.mapping["products"] = {"file": "products", "columns": columns}


def test_each_row_of_a_history_is_a_change_with_attributes_and_every_product_has_a_row(changing: FilesOfAShop) -> None:
    tables = changing.read()

    nine = {"change_id": "p9-000000001", "product_id": "p9", "changed_at": at("2024-02-01")}
    assert changes(changing) == [
        {"change_id": "p1-000000001", "product_id": "p1", "changed_at": at("2024-01-01 08:00")}
        | {"brand": "Acme", "attribute_material": "wool"},
        nine | {"brand": "Acme", "attribute_material": "silk"},
        {"change_id": "p1-000000002", "product_id": "p1", "changed_at": at("2024-03-02 09:00")}
        | {"brand": "Bolt", "attribute_material": None},
    ]
    assert tables["products"] == [{"product_id": name, "attribute_material": None} for name in ("p1", "p2", "p9")]
    assert attributes.read(changing.raw) == (Attribute("material", "products", Kind.CATEGORY),)
    description = described(changing)
    assert description["rows"]["product_changes"] == 3
    assert description["optional_columns"]["product_changes"] == ["brand", "attribute_material"]
    assert "customer_changes" not in description["rows"]


def test_an_order_has_the_facts_that_were_known_before_it(changing: FilesOfAShop) -> None:
    tables = changing.read()
    lines, products = (ibis.memtable(pq.read_table(changing.raw / f"{n}.parquet")) for n in ("order_lines", "products"))
    later = ibis.memtable(pq.read_table(changing.raw / "product_changes.parquet"))

    known = facts.known_before(lines, facts.versions(products, later, "product_id"), "product_id").to_pyarrow()

    assert len(tables["order_lines"]) == 3
    assert {row["line_id"]: row["brand"] for row in known.to_pylist()} == {"l1": "Acme", "l2": None, "l3": "Bolt"}


def test_an_empty_cell_says_nothing_and_is_counted_where_a_value_stays(changing: FilesOfAShop) -> None:
    changing.write("history.csv", HISTORY.replace("Bolt", "") + "p1,2024-04-01 08:00,,\np2,2024-04-02 08:00,,\n")

    assert [row["brand"] for row in changes(changing)] == ["Acme", "Acme", None, None, None]
    decisions = described(changing)["decisions"]
    assert decisions["product_changes.brand"] == {"empty_changes_nothing": 2}
    assert decisions["product_changes.attribute_material"] == {"empty_changes_nothing": 2}


def test_master_data_of_now_say_nothing_of_before_a_change(changing: FilesOfAShop) -> None:
    with_products(changing)

    products = changing.read()["products"]

    rest = {"attribute_material": None}
    assert products == [
        {"product_id": "p1", "brand": None, "category": "dresses"} | rest,
        {"product_id": "p2", "brand": "Crow", "category": "shoes"} | rest,
        {"product_id": "p9", "brand": None, "category": None} | rest,
    ]
    assert described(changing)["decisions"]["products.brand"] == {"read_from_changes": 1}


def test_master_data_of_now_that_differ_from_the_last_change_are_counted(changing: FilesOfAShop) -> None:
    with_products(changing, "sku,label,kind\np1,Dusk,dresses\np2,Crow,shoes\n")

    assert changing.read()["products"][0]["brand"] is None
    decided = {"read_from_changes": 1, "differs_from_last_change": 1}
    assert described(changing)["decisions"]["products.brand"] == decided
    (notice,) = described(changing)["notices"]
    assert "products.brand: of 1 values that changes date, 1 are not those of the last change" in notice
    assert notice.endswith("set product_changes.master_data_as_of: start")


def test_master_data_of_the_start_count_until_the_first_change(changing: FilesOfAShop) -> None:
    with_products(changing, "sku,label,kind\np1,Old,dresses\np2,Crow,shoes\n")
    changing.mapping["product_changes"]["master_data_as_of"] = "start"

    assert [row["brand"] for row in changing.read()["products"]] == ["Old", "Crow", None]
    assert "products.brand" not in described(changing)["decisions"]
    assert "notices" not in described(changing)


def test_values_of_the_last_change_as_those_of_the_start_are_noticed(changing: FilesOfAShop) -> None:
    with_products(changing)
    changing.mapping["product_changes"]["master_data_as_of"] = "start"

    changing.read()

    (notice,) = described(changing)["notices"]
    assert "products.brand: of 1 values that changed, 1 are those of the last change" in notice
    assert notice.endswith("set product_changes.master_data_as_of: now")


def test_an_attribute_of_products_and_of_their_changes_is_one(changing: FilesOfAShop) -> None:
    with_products(changing)
    changing.mapping["products"]["attributes"] = {"material": {"column": "kind", "kind": "category"}}

    assert [row["attribute_material"] for row in changing.read()["products"]] == [None, "shoes", None]
    assert [each.name for each in attributes.read(changing.raw)] == ["material"]


def test_a_date_is_known_at_the_end_of_its_day_where_orders_have_times(changing: FilesOfAShop) -> None:
    changing.write("history.csv", "sku,valid_from,label,stuff\np1,2024-03-01,Acme,\n")

    assert [row["changed_at"] for row in changes(changing)] == [at("2024-03-01 23:59:59.999999")]
    assert described(changing)["decisions"]["product_changes.changed_at"] == {"date_as_end_of_day": 1}

    changing.write("lines.csv", HEADER + "l1,o1,anna-1,p1,2024-03-01,2,19.99\n")
    assert [row["changed_at"] for row in changes(changing)] == [at("2024-03-01")]


def test_of_one_moment_the_last_row_counts_and_several_values_are_counted(changing: FilesOfAShop) -> None:
    rows = "".join(f"p1,2024-01-01 08:00,b{number},\n" for number in range(12))
    changing.write("history.csv", "sku,valid_from,label,stuff\n" + rows)

    later = sorted(changes(changing), key=lambda row: (row["changed_at"], row["change_id"]))

    assert [row["brand"] for row in later] == [f"b{number}" for number in range(12)]
    assert described(changing)["decisions"]["product_changes.brand"] == {"last_id_of_a_moment": 1}


def test_every_record_of_a_history_is_kept_refused_left_out_or_a_copy(changing: FilesOfAShop) -> None:
    more = "p1,soon,Acme,\np2,,Acme,\n,2024-01-01 08:00,Acme,\np1,2024-03-02 09:00,Bolt,\np1,2024-01-09 08:00,,card\n"
    changing.write("history.csv", HISTORY + more)
    del changing.mapping["product_changes"]["attributes"]
    changing.mapping["product_changes"]["leave_out"] = {"gift cards": {"column": "stuff", "is": "Card"}}

    rejected = changing.rejected()

    assert sorted(rejected, key=str) == [
        ("product_changes", "history.csv:line 5", "changed_at", "unparsable_time", "soon"),
        ("product_changes", "history.csv:line 6", "changed_at", "missing_value", None),
        ("product_changes", "history.csv:line 7", "product_id", "missing_value", None),
    ]
    (account,) = (each for each in described(changing)["accounts"] if each["file"] == "history.csv")
    parts = {name: account[name] for name in ("table", "records", "kept", "refused", "copies", "left_out")}
    copies = {"copies": {"identical_copies": 1}, "left_out": {"gift cards": 1}}
    assert parts == {"table": "product_changes", "records": 8, "kept": 3, "refused": 3, **copies}


def test_ids_of_the_file_are_kept_and_one_id_of_two_changes_is_refused_with_the_fix(changing: FilesOfAShop) -> None:
    changing.mapping["product_changes"]["columns"]["change_id"] = "label"
    del changing.mapping["product_changes"]["columns"]["brand"]
    changing.write("history.csv", HISTORY.replace("p9,2024-02-01 00:00,Acme", "p9,2024-02-01 00:00,9"))
    assert {row["change_id"] for row in changes(changing)} == {"Acme", "Bolt", "9"}

    changing.mapping["product_changes"]["columns"]["change_id"] = "sku"
    with pytest.raises(UserError, match=r"'sku' is no id of the changes: map change_id: \{generated: by_position\}"):
        changing.read()


def test_changes_of_products_that_no_order_names_are_counted_and_a_history_of_such_alone_is_refused(
    changing: FilesOfAShop,
) -> None:
    changing.read()
    assert described(changing)["decisions"]["product_changes.product_id"] == {"of_no_order_line": 1}

    shutil.rmtree(changing.raw)
    changing.write("history.csv", HISTORY.replace("p", "P-0"))
    error = refusal(changing)
    assert (error.found, "column 'sku' of history" in error.expected) == ("none, of 2", True)


def test_a_first_version_without_a_time_of_its_own_is_what_was_known_from_the_start(changing: FilesOfAShop) -> None:
    changing.write("history.csv", HISTORY.replace("2024-01-01 08:00", "1900-01-01"))
    changing.mapping["files"]["first"] = {"path": "history.csv"}
    start = {"column": "valid_from", "before": "1901"}
    others = {"column": "valid_from", "is_not": "1900-01-01"}
    columns = {"product_id": "sku", "brand": "label"}
    changing.mapping["products"] = {"file": "first", "columns": columns, "leave_out": {"later": others}}
    changing.mapping["product_changes"] |= {"master_data_as_of": "start", "leave_out": {"first": start}}

    assert [row["change_id"][:2] for row in changes(changing)] == ["p9", "p1"]
    assert [(row["product_id"], row["brand"]) for row in changing.read()["products"]] == [("p1", "Acme"), ("p9", None)]


def test_a_history_without_rows_is_no_table(changing: FilesOfAShop) -> None:
    changing.mapping["product_changes"]["leave_out"] = {"all": {"column": "sku", "empty": "false"}}

    assert [row["product_id"] for row in changing.read()["products"]] == ["p1", "p2"]
    assert not (changing.raw / "product_changes.parquet").exists()


LOG = "who,when,born,salutation,tall\nanna-1,2024-03-01 12:00,1980-05-06,,170\nguest,2024-03-01 12:00,,Mr,\n"


@pytest.fixture
def logging(shop: FilesOfAShop) -> FilesOfAShop:
    """The shop with a log of its customers' data."""
    shop.write("log.csv", LOG)
    shop.mapping["files"]["log"] = {"path": "log.csv"}
    shop.lines["customer_id"] = {"column": "customer", "missing": "guest"}
    columns = {"change_id": {"generated": "by_position"}, "customer_id": "who", "changed_at": "when"}
    shop.mapping["customer_changes"] = {
        "file": "log",
        "columns": {**columns, "birth_year": "born", "title": "salutation"},
        "attributes": {"height_cm": {"column": "tall", "kind": "number", "personal": "allowed"}},
    }
    return shop


def test_customers_of_a_log_are_hashed_and_guests_are_left_out(logging: FilesOfAShop) -> None:
    (row,) = changes(logging, "customer_changes")

    anna = logging.read()["order_lines"][0]["customer_id"]
    assert (row["customer_id"], row["change_id"]) == (anna, f"{anna}-000000001")
    assert (row["birth_year"], row["title"], row["attribute_height_cm"]) == (1980, None, 170.0)
    (account,) = (each for each in described(logging)["accounts"] if each["file"] == "log.csv")
    assert (account["kept"], account["left_out"]) == (1, {"guest": 1})
    assert attributes.read(logging.raw) == (Attribute("height_cm", "customers", Kind.NUMBER, personal=True),)


def test_a_broken_row_of_a_log_shows_neither_the_customer_nor_the_date_of_birth(logging: FilesOfAShop) -> None:
    logging.write("log.csv", LOG + "ben-2,2024-03-01 12:00,06.05.1980,,\n")

    rule = ("customer_changes", "log.csv:line 4", "birth_year", "unparsable_time", "99.99.9999")
    assert logging.rejected() == [rule]


def test_names_of_persons_in_a_log_are_refused_and_brands_in_a_history_may_be_called_like_persons(
    logging: FilesOfAShop,
) -> None:
    logging.write("log.csv", LOG.replace("Mr", "Anna Schmidt").replace(",,170", ",Peter Brown,170"))
    assert "like names of persons" in refusal(logging).found

    logging.write("log.csv", LOG)
    logging.write("history.csv", HISTORY.replace("Acme", "Paul Smith"))
    logging.mapping["files"]["history"] = {"path": "history.csv"}
    logging.mapping["product_changes"] = {"file": "history", "columns": COLUMNS}
    assert changes(logging)[0]["brand"] == "Paul Smith"


@pytest.mark.parametrize(
    ("changed", "found", "fix"),
    [
        ({"file": "histroy"}, "product_changes.file = 'histroy'", "did you mean 'history'?"),
        ({"columns": {"product_id": "sku", "brand": "label"}}, "no product_changes.columns.changed_at", "valid_from"),
        ({"columns": {"product_id": "sku", "brand": "label"}}, "no product_changes.columns.change_id", "by_position"),
        (
            {"columns": {**COLUMNS, "brand": {"generated": "by_position"}}},
            "product_changes.columns.brand is generated",
            "only line_id, return_id, change_id can be generated",
        ),
        ({"columns": {**COLUMNS, "size": "label"}}, "product_changes has no column 'size'", "product_changes has"),
        (
            {"columns": {name: rule for name, rule in COLUMNS.items() if name != "brand"}, "attributes": {}},
            "product_changes without a column that changes",
            "map one of name, department",
        ),
    ],
)
def test_a_wrong_section_is_refused_with_its_fix(
    changing: FilesOfAShop, changed: dict[str, Any], found: str, fix: str
) -> None:
    changing.mapping["product_changes"] |= changed
    error = refusal(changing)
    assert found in error.found
    assert fix in error.fix


def test_a_file_that_feeds_another_table_is_named_again(changing: FilesOfAShop) -> None:
    changing.mapping["products"] = {"file": "history", "columns": {"product_id": "sku", "brand": "label"}}
    error = refusal(changing)
    assert error.found == "product_changes.file = 'history', which products is read from"
    assert "name the file again, files.product_changes: {path: history.csv}" in error.fix

    changing.mapping["files"]["product_changes"] = {"path": "history.csv"}
    changing.mapping["product_changes"]["file"] = "product_changes"
    assert len(changes(changing)) == 3


def test_an_attribute_of_two_kinds_is_refused(changing: FilesOfAShop) -> None:
    with_products(changing)
    changing.mapping["products"]["attributes"] = {"material": {"column": "kind", "kind": "flag"}}
    assert "product_changes.attributes.material and products.attributes.material" in refusal(changing).found


def test_copies_that_choose_a_change_need_ids_of_changes(changing: FilesOfAShop) -> None:
    changing.mapping["files"]["history"]["copies"] = "fullest"
    assert "copies that chooses one change" in refusal(changing).found


def test_labels_are_read_in_requests_as_in_master_data_and_not_as_in_their_changes(changing: FilesOfAShop) -> None:
    with_products(changing)
    changing.mapping["products"]["columns"]["brand"] = {"column": "label", "labels": {"Crow": "crow"}}
    changing.mapping["product_changes"]["columns"]["brand"] = {"column": "label", "labels": {"Acme": "acme"}}

    assert [row["brand"] for row in changes(changing)] == ["acme", "acme", "Bolt"]
    assert described(changing)["reading"]["labels"]["brand"] == {"translations": {"Crow": "crow"}}
