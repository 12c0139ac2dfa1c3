"""Rows that are no sale of goods are left out by a rule that is asked, whatever column says what they are."""

from pathlib import Path

import pytest

from data.drafting.headers.vocabulary import plain
from data.drafting.no_sales.no_goods import NO_GOODS
from tests.data.drafting.files import Drafted

CANCELLING: dict[str, tuple[str, str, dict[str, object]]] = {
    "is_cancelled": ("1", "0", {"is": ["1"]}),
    "Annulation": ("oui", "non", {"is": ["oui"]}),
    "storniert": ("ja", "nein", {"is": ["ja"]}),
    "Cancelled Qty": ("2", "0", {"above": "0"}),
    "qty_canceled": ("1", "", {"above": "0"}),
    "Cancellation reason": ("no stock", "", {"empty": "false"}),
}


def drafted(folder: Path, header: str, *cells: str) -> Drafted:
    """A draft of one line for each of ``cells``, which stand in the columns ``header``."""
    rows = (
        f"{number},c{number},2024-03-{number + 10},1,9,{cell},{'yes' if number == 1 else 'no'}"
        for number, cell in enumerate(cells, 1)
    )
    return Drafted(folder, a_csv="\n".join([f"order,customer,date,qty,price,{header},returned", *rows, ""]))


@pytest.mark.parametrize("name", CANCELLING)
def test_cancelled_lines_are_left_out_by_a_column_of_their_own(name: str, tmp_path: Path) -> None:
    yes, no, test = CANCELLING[name]
    found = drafted(tmp_path, f"sku,{name}", f"A,{no}", f"B,{no}", f"B,{yes}", f"A,{no}")

    assert found.yaml["order_lines"]["leave_out"] == {f"cancelled by {name}": {"column": name, **test}}
    assert "CHECK: such lines are neither kept nor returned" in found.text
    assert "3 order lines" in found.printed


def test_a_column_of_cancelling_that_says_nothing_gives_no_rule(tmp_path: Path) -> None:
    assert "leave_out" not in drafted(tmp_path, "sku,is_cancelled", "A,0", "B,0").yaml["order_lines"]


@pytest.mark.parametrize(
    ("header", "goods", "others"),
    [
        ("sku,item_type", "A,product", ["G,gift_card", "V,shipping"]),
        ("sku,product name", "A,Shirt", ["G,Geschenkgutschein 50 €", "V,Standard Shipping", "V,Frais de port"]),
        ("product_type,sku", "Shoes,A", ["Gift Cards,G"]),
        ("sku", "A", ["SHIPPING", "GIFT-CARD-50"]),
        ("sku,商品名称", "A,连衣裙", ["V,运费", "G,礼品卡"]),
    ],
)
def test_gift_cards_and_shipping_are_left_out(header: str, goods: str, others: list[str], tmp_path: Path) -> None:
    found = drafted(tmp_path, header, *[goods] * 5, *others)

    rule = found.yaml["order_lines"]["leave_out"]["no goods"]
    assert len(rule["is"]) == len(others)
    assert "CHECK: are these gift cards, shipping or fees" in found.text
    assert "5 order lines" in found.printed


@pytest.mark.parametrize(
    "value",
    ["SHIP-DHL", "GIFTWRAP", "Versand DHL", "DHL Paket", "Transportversicherung", "Shipping Insurance", "Trinkgeld",
     "Package Protection", "Kaution", "Pfand 0,25", "gift_wrap", "Emballage cadeau", "Propina", "Tip (10%)",
     "Nachnahmegebühr", "INS-01", "Livraison Colissimo", "DEPOSIT"],
)  # fmt: skip
def test_services_are_no_goods(value: str) -> None:
    assert NO_GOODS.search(plain(value)) or NO_GOODS.search(value)


@pytest.mark.parametrize(
    "value",
    ["Gift wrap paper", "Hermes Sandale", "Tip-top shirt", "UPS battery", "Tipi", "Shipping bag", "DHL truck toy",
     "Seguro boots", "Donut", "Inspire dress", "Express Shirt", "Assurance-red"],
)  # fmt: skip
def test_goods_with_a_word_of_a_service_are_goods(value: str) -> None:
    assert not NO_GOODS.search(plain(value))


def test_services_that_further_columns_name_are_left_out_too(tmp_path: Path) -> None:
    rows = ["A,Shirt"] * 6 + ["V,Versand", "X,Versand", "GIFTWRAP,With a card"]
    found = drafted(tmp_path, "sku,product name", *rows)

    rules = found.yaml["order_lines"]["leave_out"]
    assert rules == {
        "no goods": {"column": "product name", "is": ["Versand"]},
        "no goods by sku": {"column": "sku", "is": ["GIFTWRAP"]},
    }
    assert "6 order lines" in found.printed


@pytest.mark.parametrize("name", ["Shipping bag", "Versandtasche", "Delivery dress", "Tip-top shirt"])
def test_goods_whose_names_speak_of_shipping_are_goods(name: str, tmp_path: Path) -> None:
    assert (
        "leave_out" not in drafted(tmp_path, "sku,product name", "A,Shirt", "A,Shirt", f"B,{name}").yaml["order_lines"]
    )
