"""Which columns of a file of returns say what came back, where they have no id of the line."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

LINES = "order,customer email,sku,product name,order date,qty,price\n" + "".join(
    f"{n // 2},User{n // 2}@Mail.example,S{n},Thing {n},2024-03-{n // 2 + 1:02d},2,9.90\n" for n in range(20)
)


def test_products_are_matched_by_their_names_where_the_returns_have_no_id(tmp_path: Path) -> None:
    returns = "rma,order,product name,return date,qty\n" + "".join(
        f"R{n},{n // 2},Thing {n},2024-04-{n + 1:02d},1\n" for n in (2, 5, 8)
    )
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns)

    assert found.yaml["returns"]["match"] == ["order_id", "product_id"]
    assert "whole_order" not in found.yaml["returns"]
    assert found.lines["product_id"] == found.yaml["returns"]["columns"]["product_id"] == "product name"
    assert "CHECK: the returns name a product by product name alone" in found.text
    assert "3 lines came back, 0 have an unknown outcome" in found.printed


def test_a_return_with_a_number_of_pieces_is_of_no_whole_order(tmp_path: Path) -> None:
    returns = "rma,order,return date,qty\nR1,2,2024-04-01,1\nR2,3,2024-04-02,2\n"
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns)

    assert found.yaml["returns"]["match"] == ["order_id"]
    assert "whole_order" not in found.yaml["returns"]
    assert found.yaml["returns"]["columns"]["quantity"] == "qty"
    assert "CHECK: qty counts pieces, so no return is of a whole order" in found.text
    assert "ambiguous_line of 2 returns" in found.printed


def test_customers_are_matched_by_their_emails_in_any_case(tmp_path: Path) -> None:
    returns = "email,sku,return date,qty\n" + "".join(
        f"user{n // 2}@mail.example,S{n},2024-04-{n + 1:02d},1\n" for n in (2, 5, 8)
    )
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns)

    assert found.yaml["returns"]["match"] == ["product_id", "customer_id"]
    assert found.yaml["returns"]["columns"]["customer_id"] == {"column": "email", "key": "email"}
    assert "3 lines came back" in found.printed


@pytest.mark.parametrize("kind", ["Warranty claim", "Price adjustment", "Lost in transit", "Kulanz"])
def test_a_return_of_another_kind_is_left_out(kind: str, tmp_path: Path) -> None:
    returns = "rma,order,sku,return date,qty,Type,Resolution\n" + "".join(
        f"R{n},{n // 2},S{n},2024-04-{n + 1:02d},1,{kind if n == 5 else 'Return'},Refund\n" for n in (2, 5, 8)
    )
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv=returns)

    assert found.yaml["returns"]["leave_out"] == {"not back by Type": {"column": "Type", "is": [kind]}}
    assert "CHECK: each counts as returned, whatever Resolution says: Refund" in found.text
    assert "2 lines came back" in found.printed


def test_the_day_of_receipt_is_that_of_the_return(tmp_path: Path) -> None:
    returns = "Retourennummer,order,sku,Anzahl,Eingang am\nR1,2,S4,1,11.04.2024\nR2,3,S7,1,13.04.2024\n"
    found = Drafted(tmp_path, orders_csv=LINES, Retouren_csv=returns)

    assert found.yaml["returns"]["columns"]["returned_at"] == {"column": "Eingang am", "format": "%d.%m.%Y"}


def test_ids_that_differ_by_zeros_or_capitals_alone_match(tmp_path: Path) -> None:
    lines = (
        "order,sku,customer,date,qty,price\n1,{}7,c1,2024-03-14,1,5\n1,{}8,c1,2024-03-14,1,5\n2,{}7,c2,2024-03-15,1,5\n"
    )
    for folder, sold, back in ((tmp_path / "zeros", "00", ""), (tmp_path / "capitals", "Ab", "AB")):
        folder.mkdir()
        returns = f"order,sku,return date,qty\n1,{back}8,2024-03-20,1\n2,{back}7,2024-03-20,1\n"
        found = Drafted(folder, orders_csv=lines.format(sold, sold, sold), returns_csv=returns)

        assert found.yaml["returns"]["match"] == ["order_id", "product_id"]
        assert found.lines["product_id"] == found.yaml["returns"]["columns"]["product_id"]
        assert "2 lines came back" in found.printed


def test_documents_of_credit_undo_the_purchase_that_they_repeat(tmp_path: Path) -> None:
    sold = [f"{n},C{n},A{n % 3},2024-03-{n + 1:02d},1,9.90,Faktura\n" for n in range(20)]
    credit = [f"{n + 70},C{n},A{n % 3},2024-04-{n + 1:02d},1,9.90,Dobropis\n" for n in range(0, 20, 4)]
    found = Drafted(tmp_path, a_csv="Order,Customer,SKU,Date,Qty,Price,Document\n" + "".join(sold + credit))

    assert found.yaml["returns"]["rows"] == {"column": "Document", "is": ["Dobropis"]}
    assert "5 lines came back" in found.printed


def test_a_size_that_only_an_order_is_matched_by_is_not_written_for_a_mapping_that_names_it_is_refused(
    tmp_path: Path,
) -> None:
    orders = "order,sku,size,order date,qty,price\n" + "".join(
        f"{n // 2},{n}.00E+08,{'SM'[n % 2]},2024-03-{n // 2 + 1:02d},1,9.90\n" for n in range(2, 10)
    )
    found = Drafted(tmp_path, orders_csv=orders, returns_csv="rma,order,sku,size,qty\nR1,1,2E8,S,1\nR2,2,4E8,S,1\n")

    assert "size" not in found.yaml["returns"]["columns"]
    assert "a spreadsheet has destroyed these ids" in found.text
    assert "ambiguous_line of 2 returns" in found.printed
    assert "whole_order" not in found.yaml["returns"]
    assert "CHECK: by sku, size a return is of a part of its order" in found.text


def test_a_code_of_trade_finds_the_product_that_the_returns_have_no_other_id_of(tmp_path: Path) -> None:
    orders = "Bestelnummer;Besteldatum;EAN;Artikel;Maat;Aantal;Prijs;Klantnummer\n" + "".join(
        f"{n // 2};{n // 2 + 1:02d}-02-2024 19:50;87123456789{n % 7}2;Sneaker {n % 7};M;1;19,95;K{n // 2 % 5}\n"
        for n in range(28)
    )
    returns = (
        "Retournummer;Bestelnummer;EAN;Maat;Verwacht aantal;Ontvangen aantal;Registratiedatum;Ontvangstdatum\n"
        + ("".join(f"RT{n};{n // 2};87123456789{n % 7}2;M;1;1;20-02-2024;22-02-2024\n" for n in (2, 5, 8)))
    )
    found = Drafted(tmp_path, orders_csv=orders, returns_csv=returns)

    part = found.yaml["returns"]
    assert part["match"] == {"by": ["order_id", "product_id"], "prefer": ["size"]}
    assert part["columns"]["product_id"] == found.lines["product_id"] == "EAN"
    assert part["columns"]["quantity"] == "Ontvangen aantal"
    assert part["columns"]["returned_at"]["column"] == "Ontvangstdatum"
    assert part["columns"]["requested_at"]["column"] == "Registratiedatum"
    assert "3 lines came back, 0 have an unknown outcome" in found.printed


@pytest.mark.parametrize("by", ["customer", "order"])
def test_a_row_that_undoes_a_sale_prefers_one_of_its_size_and_color(by: str, tmp_path: Path) -> None:
    header = "order,customer,sku,size,colour,order date,qty,price\n"
    rows = [f"{n},K{n},A{n % 3},S,red,2024-03-{n + 1:02d} 10:00,1,9.90\n" for n in range(12)]
    for n in range(4):  # an exchange for another size, at the same time and price
        order = n if by == "order" else f"E{n}"
        rows += [
            f"{order},K{n},A{n % 3},{size},red,2024-03-20 10:0{n},{qty},9.90\n" for size, qty in (("S", -1), ("M", 1))
        ]
    found = Drafted(tmp_path, a_csv=header + "".join(rows))

    assert found.yaml["returns"]["match"]["prefer"][:2] == ["size", "color"]
    assert "4 lines came back, 0 have an unknown outcome" in found.printed
    assert found.worked
