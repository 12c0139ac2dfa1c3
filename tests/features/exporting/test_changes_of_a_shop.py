"""Changes of facts in a shop's files, and the same changes told by events, give the same tables."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data import tables
from data.attributes import Attribute, Kind, extended
from data.schema import CUSTOMER_CHANGES, CUSTOMERS, PRODUCT_CHANGES, PRODUCTS
from data.sources.snapshot import Snapshot
from data.times import to_us
from features import seed
from features.exporting.export import Base, export
from features.online.features import OnlineFeatures
from features.online_state.events import CustomerChanged, Event, ProductChanged, Status
from features.online_state.order import CustomerFacts, ProductFacts
from features.params import OnlineParams
from features.recipe import Recipe
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop
from tests.features.crowded_shop import OUTCOME, PARAMS
from tests.features.seeds import restored
from tests.features.states import MAX_DELAY_DAYS

OF_SHOP = Snapshot({"fingerprint": "a key", "public_demo_key": False})
DECLARED = (
    Attribute("material", PRODUCTS.name, Kind.CATEGORY),
    Attribute("height_cm", CUSTOMERS.name, Kind.NUMBER, personal=True),
)
RECIPE = Recipe(PARAMS.definition, OUTCOME, frozenset({"ordered_at", *(each.column for each in DECLARED)}), DECLARED)
HISTORY = (
    "id,sku,valid from,title,label,stuff\n"
    "h1,p1,2024-02-01 08:00,Dress,Acme,wool\n"
    "h2,p1,2024-03-02 09:00,Dress,Bolt,\n"
    "h3,p9,2024-03-03 00:00,,,silk\n"
)
LOG = "id,who,when,born,tall\nk1,anna-1,2024-03-01 12:00,1980,\nk2,ben-2,2024-03-05 12:00,,181.5\n"
ALL = (PRODUCTS, CUSTOMERS, PRODUCT_CHANGES, CUSTOMER_CHANGES)


@pytest.fixture
def shop(tmp_path: Path) -> FilesOfAShop:
    """A shop with products and customers as they were at the start, and columns of their attributes."""
    shop = FilesOfAShop(tmp_path)
    shop.write("products.csv", "sku,title,label,stuff\np1,,Old,\np2,Shoe,Crow,felt\n")
    shop.write("customers.csv", "who,born,tall\nanna-1,,170\n")
    for name in ("products", "customers"):
        shop.mapping["files"][name] = {"path": f"{name}.csv"}
    shop.mapping["products"] = {"file": "products", **_rules({"product_id": "sku", "name": "title", "brand": "label"})}
    shop.mapping["customers"] = {"file": "customers", **_rules({"customer_id": "who", "birth_year": "born"})}
    return shop


def _rules(columns: dict[str, str]) -> dict[str, Any]:
    material = {"material": {"column": "stuff", "kind": "category"}}
    height = {"height_cm": {"column": "tall", "kind": "number", "personal": "allowed"}}
    return {"columns": columns, "attributes": material if "product_id" in columns else height}


def _with_changes(shop: FilesOfAShop) -> None:
    shop.write("history.csv", HISTORY)
    shop.write("log.csv", LOG)
    for name in ("history", "log"):
        shop.mapping["files"][name] = {"path": f"{name}.csv"}
    of_products = {
        "product_id": "sku",
        "changed_at": "valid from",
        "change_id": "id",
        "name": "title",
        "brand": "label",
    }
    of_customers = {"customer_id": "who", "changed_at": "when", "change_id": "id", "birth_year": "born"}
    shop.mapping["product_changes"] = {"file": "history", "master_data_as_of": "start", **_rules(of_products)}
    shop.mapping["customer_changes"] = {"file": "log", "master_data_as_of": "start", **_rules(of_customers)}


def _events(anna: str, ben: str) -> list[Event]:
    """The rows of `HISTORY` and `LOG` as events."""
    return [
        ProductChanged("h1", "p1", _at("2024-02-01 08:00"), _product("Acme", material="wool"), "Dress"),
        ProductChanged("h2", "p1", _at("2024-03-02 09:00"), _product("Bolt"), "Dress"),
        ProductChanged("h3", "p9", _at("2024-03-03 00:00"), _product(None, material="silk")),
        CustomerChanged("k1", anna, _at("2024-03-01 12:00"), CustomerFacts(birth_year=1980)),
        CustomerChanged("k2", ben, _at("2024-03-05 12:00"), CustomerFacts(attributes={"height_cm": 181.5})),
    ]


def _product(brand: str | None, **given: str) -> ProductFacts:
    return ProductFacts(brand=brand, attributes=dict(given))


def _at(text: str) -> int:
    return to_us(datetime.fromisoformat(text))


def test_a_mapped_file_of_changes_and_events_of_the_same_facts_give_the_same_tables(
    shop: FilesOfAShop, tmp_path: Path
) -> None:
    first = shop.read()
    anna, ben = first["order_lines"][0]["customer_id"], first["order_lines"][2]["customer_id"]
    start = shutil.copytree(shop.raw, tmp_path / "start")
    facts = seed.SourceFacts("a key")
    seed.build(start, tmp_path / "state", RECIPE, facts, PARAMS, OnlineParams(remember_days=1000))
    live = restored(tmp_path / "state", OnlineFeatures(RECIPE))
    now = _at("2024-04-01")
    assert {each.status for each in live.apply(_events(anna, ben), now)} == {Status.APPLIED}
    export(live.store, Base(start, OF_SHOP), tmp_path / "told", now, MAX_DELAY_DAYS, PARAMS)

    _with_changes(shop)
    shop.read()

    for table in ALL:
        whole = extended(table, DECLARED)
        told, mapped = (tables.read(whole, tmp_path / name).to_pylist() for name in ("told", "raw"))
        assert [_filled(row) for row in mapped] == [_filled(row) for row in told], table.name


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
