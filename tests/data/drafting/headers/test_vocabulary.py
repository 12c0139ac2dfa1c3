from pathlib import Path

import pytest
import yaml

from data.drafting.headers.vocabulary import plain, rank, words_of

FILE = Path(__file__).with_name("more_languages.yaml")
"""Headers of each role in Czech, Turkish, Greek, Hebrew, Arabic, Thai, Korean, Hungarian, Romanian and Finnish."""


@pytest.mark.parametrize(
    ("role", "headers"),
    [
        (
            "order_id",
            "Order Number|amazon-order-id|Bestellnummer|Numéro de commande|Número de pedido|订单编号|注文番号",
        ),
        ("product_id", "SKU|Artikelnummer|Référence|Referencia|Codice articolo|商家编码|商品コード"),
        ("quantity", "qty_ordered|Stück|Quantité|Cantidad|Quantità|数量"),
        ("price_minor", "unitPrice|Einzelpreis|Prix unitaire|Precio unitario|Prezzo unitario|单价|単価"),
        ("ordered_at", "purchase-date|Bestelldatum|Date de commande|Fecha de pedido|Data ordine|订单创建时间|受注日時"),
        ("returned_at", "Return Date|Retourdatum|Date de retour|Fecha de devolución|Data reso|退货时间|返品日"),
        ("size", "Size|Größe|Taille|Talla|Taglia|尺码|サイズ"),
    ],
)
def test_a_role_is_recognised_in_seven_languages(role: str, headers: str) -> None:
    assert [header for header in headers.split("|") if rank(role, header) is None] == []


@pytest.mark.parametrize(("role", "headers"), yaml.safe_load(FILE.read_text(encoding="utf-8")).items())
def test_a_role_is_recognised_in_ten_more_languages(role: str, headers: list[str]) -> None:
    assert [header for header in headers if rank(role, header) is None] == []


def test_words_that_a_header_merely_holds_name_no_role() -> None:
    assert rank("quantity", "quantity discount") is None
    assert rank("order_id", "reorder") is None


def test_words_are_written_as_headers_are() -> None:
    assert [word for words in words_of().values() for word in words if plain(word) != word] == []
