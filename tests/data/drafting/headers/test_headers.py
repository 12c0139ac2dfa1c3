"""Whole tables with headers in six languages are read for what they are, by names and, where unclear, by values."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.drafting.draft import Draft, inline, put
from data.drafting.headers.parts import meanings
from data.drafting.headers.vocabulary import is_unclear, plain, rank
from tests.data.drafting.files import Drafted
from tests.data.drafting.headers.header_sets import SETS, HeaderSet


@pytest.mark.parametrize("headers", SETS, ids=lambda each: each.name)
def test_every_column_of_a_table_plays_its_role(headers: HeaderSet, tmp_path: Path) -> None:
    found = Drafted(tmp_path, export_csv=headers.content())

    rules = {
        **found.yaml.get("products", {}).get("columns", {}),
        **found.lines,
        **found.yaml["returns"].get("columns", {}),
    }
    read = {
        role: rule["column"] if isinstance(rule, dict) and "column" in rule else rule for role, rule in rules.items()
    }
    read |= {"flag": found.yaml["returns"]["flag"]["column"]} if "flag" in found.yaml["returns"] else {}
    assert {role: read.get(role) for role in headers.columns} == headers.columns
    assert found.worked, found.printed


@pytest.mark.parametrize("header", ["N°", "Nº", "n °", "№", "#", "Nr.", "No", "id", "ID", "Ref", "Réf.", "Code", "Kod"])
def test_a_number_of_anything_is_unclear(header: str) -> None:
    assert is_unclear(header)
    assert rank("order_id", header) is None


def test_headers_are_written_in_one_form() -> None:
    assert {plain(header) for header in ("N° commande", "Nº COMMANDE", "n°commande".replace("°", "° "))} == {
        "no commande"
    }
    assert plain("orderDate") == plain("order-date") == plain("Order.Date") == "order date"
    assert plain("Ilość") == "ilosc"
    assert plain("Größe") == "grosse"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Auftragsnummer", {"order", "number"}), ("artikelNr", {"product", "number"}),
        ("Stukprijs", {"price", "piece"}),
        ("P.U. TTC", {"price", "gross"}), ("Commandé le", {"order", "date"}), ("rueckgabe_datum", {"return", "date"}),
        ("Preis in EUR", {"price"}), ("Auftragsbestätigung", set()), ("customer name", {"customer", "name"}),
    ],
)  # fmt: skip
def test_the_words_of_a_header_are_read_one_by_one(header: str, words: set[str]) -> None:
    assert meanings(plain(header)) == words


@pytest.mark.parametrize(
    "header", ["order total", "order discount", "customer name", "return order status", "delivery fee"]
)
def test_a_header_of_known_words_that_names_no_role_together_plays_none(header: str) -> None:
    roles = ("order_id", "customer_id", "price_minor", "price_of_line", "ordered_at")
    assert [role for role in roles if rank(role, header) is not None] == []


def test_a_number_of_rows_is_no_id(tmp_path: Path) -> None:
    rows = "N°;Auftrag;Kunde;Artikel;Datum;Menge;Preis;Retourdatum\n"
    rows += "".join(
        f"{n};{n // 2};K1;A{n % 3};2024-03-14;1;9,90;{'2024-03-20' if n == 4 else ''}\n" for n in range(1, 9)
    )
    found = Drafted(tmp_path, a_csv=rows)

    assert found.lines["line_id"] == {"generated": "by_position"}
    assert found.lines["order_id"] == "Auftrag"
    assert "a: N°" in found.printed  # named as a column that is not mapped


def test_an_id_of_another_file_is_known_by_its_values(tmp_path: Path) -> None:
    heads = "id,customer,created at\n1001,c1,2024-03-14\n1002,c2,2024-03-15\n"
    items = "id,order,sku,qty,price,returned\n71,1001,A,1,5,no\n72,1001,B,1,5,yes\n75,1002,A,1,5,no\n"
    found = Drafted(tmp_path, items_csv=items, orders_csv=heads)

    assert found.yaml["files"]["items"]["join"] == {"orders": {"from": "order", "to": "id"}}
    assert found.lines["line_id"] == "id"
    assert "CHECK: id names no kind of id" in found.text
    assert found.worked


def test_a_top_level_id_of_json_is_that_of_the_order_where_its_rows_share_date_and_customer(tmp_path: Path) -> None:
    line = '{"id": %d, "customer": {"id": %d}, "sku": "%s", "qty": 1, "price": 9.5, '
    line += '"created_at": "2024-03-0%dT10:00:00Z", "returned": %s}'
    rows = [(1001, 7, "A", 1, "false"), (1001, 7, "B", 1, "true"), (1002, 8, "A", 2, "false")]
    found = Drafted(tmp_path, a_csv="\n".join(line % row for row in rows) + "\n")

    assert (found.lines["order_id"], found.lines["customer_id"]) == ("id", "customer.id")
    assert found.worked


@pytest.mark.parametrize(
    "headers",
    ["Artículo,Código artículo", "Artikel,Artikelnummer", "Article,Référence", "Prodotto,Codice prodotto",
     "Товар,Артикул", "商品,商品コード", "Item,Style"],
)  # fmt: skip
def test_a_word_for_a_product_with_names_yields_to_one_for_its_code(headers: str, tmp_path: Path) -> None:
    thing, code = headers.split(",")
    names = ("Linen Shirt", "Jeans", "KLEID ROT", "亚麻衬衫")
    rows = "".join(f"{n},C{n % 3},2024-03-14,1,9.90,no,{names[n % 4]},P{n % 4}00\n" for n in range(8))
    found = Drafted(tmp_path, a_csv=f"order,customer,date,qty,price,returned,{headers}\n{rows}")

    assert found.lines["product_id"] == code
    assert found.yaml["products"]["columns"]["name"] == thing


def test_a_word_for_a_product_with_codes_is_its_id_beside_that_of_a_variant(tmp_path: Path) -> None:
    rows = "".join(f"{n},C{n % 3},2024-03-14,1,9.90,no,P{n % 4}00,P{n % 4}00-S\n" for n in range(8))
    found = Drafted(tmp_path, a_csv=f"order,customer,date,qty,price,returned,Product,Variant SKU\n{rows}")

    assert found.lines["product_id"] == "Product"


names_of_columns = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8)


@given(st.lists(names_of_columns, min_size=1, max_size=4, unique=True))
def test_any_name_of_a_column_stands_in_a_mapping_as_it_is(names: list[str]) -> None:
    made = Draft()
    put(made.tree, "listed", inline(column=names[0], values=names), "CHECK: a comment")
    put(made.tree, "alone", names[-1])

    read = yaml.load(made.text(), Loader=yaml.BaseLoader)

    assert read == {"listed": {"column": names[0], "values": names}, "alone": names[-1]}
