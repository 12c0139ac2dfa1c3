"""Files of no known layout: what is found in them stands in the mapping, and what is not is asked."""

from pathlib import Path

import pytest

from data.errors import UserError
from tests.data.drafting.files import Drafted

GERMAN = (
    "Positionsnummer;Auftrag;Kundennr;Artikelnr;Bestelldatum;Menge;Einzelpreis;Größe;Status;Retourdatum\n"
    "11;1;K1;A7;14.03.2024;1;1.249,50 €;M;versendet;\n"
    "12;1;K1;A8;14.03.2024;2;9,90 €;L;versendet;20.03.2024\n"
    "13;2;K2;A7;15.03.2024;1;1.249,50 €;S;storniert;\n"
)
LINES = "order,line,customer,sku,date,qty,price\n1,11,c1,A,2024-03-14 10:00,1,9.50\n1,12,c1,B,2024-03-14 10:00,2,5.00\n"
LINES += "2,13,c2,A,2024-03-15 11:00,1,9.50\n"


def test_a_file_in_german_with_dates_of_return_works_at_once(tmp_path: Path) -> None:
    found = Drafted(tmp_path, export_csv=GERMAN)

    assert found.worked
    assert found.lines["price_minor"] == {"column": "Einzelpreis", "decimal": ",", "thousands": ".", "unit": "€"}
    assert found.lines["ordered_at"] == {"column": "Bestelldatum", "format": "%d.%m.%Y"}
    assert found.yaml["returns"]["columns"]["returned_at"]["column"] == "Retourdatum"
    assert found.yaml["order_lines"]["leave_out"]["cancelled"] == {"column": "Status", "is": ["storniert"]}
    assert found.yaml["currency"] == "EUR"
    assert "2 order lines of 1 orders" in found.printed


def test_an_open_format_of_dates_is_asked_and_not_guessed(tmp_path: Path) -> None:
    found = Drafted(
        tmp_path, a_csv=LINES.replace("2024-03-14 10:00", "03/04/2024").replace("2024-03-15 11:00", "05/06/2024")
    )

    assert found.lines["ordered_at"] == {"column": "date"}
    assert "CHECK: add format: %d/%m/%Y (" in found.text
    assert not found.worked


def test_a_file_of_returns_finds_its_lines_by_their_ids_or_by_order_and_product(tmp_path: Path) -> None:
    for name, header in (
        ("ids", "return,line,date,qty\nR1,12,2024-03-20,1\n"),
        ("keys", "rma,order,sku,date,qty\nR1,1,B,2024-03-20,1\n"),
    ):
        (tmp_path / name).mkdir()
        found = Drafted(tmp_path / name, orders_csv=LINES, returns_csv=header)

        assert found.worked
        assert "1 lines came back" in found.printed
        assert ("match" in found.yaml["returns"]) == (name == "keys")


def test_rows_of_negative_quantity_are_returns(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=LINES + "1,14,c1,B,2024-03-20 10:00,-1,5.00\n")

    assert found.yaml["returns"]["rows"] == {"column": "qty", "below": "0"}
    assert found.worked
    assert "3 order lines" in found.printed


def test_columns_on_the_first_row_of_an_order_are_filled_down(tmp_path: Path) -> None:
    content = "order,sku,qty,price,date,customer,returned\n1,A,1,5,2024-03-14,c1,no\n1,B,1,5,,,no\n"
    content += "2,A,1,5,2024-03-15,c2,yes\n"
    found = Drafted(tmp_path, a_csv=content)

    fill = next(iter(found.yaml["files"].values()))["fill_down"]
    assert fill["within"] == "order"
    assert sorted(fill["columns"]) == ["customer", "date"]
    assert found.worked


@pytest.mark.parametrize("name", ["return_date", "return_reason", "list_price", "size"])
def test_what_is_of_a_line_is_not_filled_down(name: str, tmp_path: Path) -> None:
    value = {"return_date": "2024-03-20", "return_reason": "too big", "list_price": "5", "size": "M"}[name]
    content = f"order,sku,qty,price,date,customer,{name}\n1,A,1,5,2024-03-14,c1,{value}\n1,B,1,5,,,\n"
    content += f"2,A,1,5,2024-03-15,c2,{value}\n"
    found = Drafted(tmp_path, a_csv=content)

    assert sorted(next(iter(found.yaml["files"].values()))["fill_down"]["columns"]) == ["customer", "date"]


@pytest.mark.parametrize("column", ["customer", "email"])
@pytest.mark.parametrize("value", ["-", "None", "guest", "000", "n/a"])
def test_a_text_in_place_of_a_customer_is_none(column: str, value: str, tmp_path: Path) -> None:
    rows = f"order,{column},sku,date,qty,price,returned\n1,{value},A,2024-03-14,1,9,no\n2,{value},A,2024-03-14,1,9,no\n"
    known = "k7@example.com" if column == "email" else "k7"
    found = Drafted(tmp_path, a_csv=f"{rows}3,{known},B,2024-03-15,1,9,yes\n")

    assert found.lines["customer_id"]["missing"] == [value]
    assert "guests?" in found.text
    assert "2 lines of guests" in found.printed


def test_heads_of_orders_are_joined(tmp_path: Path) -> None:
    items = "order_id,sku,qty,price,returned\n1,A,1,5,no\n1,B,1,5,yes\n2,A,1,5,no\n"
    heads = "order_id,customer_id,order_date\n1,c1,2024-03-14\n2,c2,2024-03-15\n"
    found = Drafted(tmp_path, items_csv=items, orders_csv=heads)

    assert found.yaml["files"]["items"]["join"] == {"orders": "order_id"}
    assert found.worked


def test_parts_of_other_rows_and_other_currencies_are_left_out(tmp_path: Path) -> None:
    rows = "item id,parent item id,order,customer,sku,date,qty,price,currency,returned at\n"
    rows += "1,,1,c1,A,2024-03-14,1,9,EUR,2024-03-20\n2,1,1,c1,A-m,2024-03-14,1,0,EUR,\n"
    rows += "3,,2,c1,A,2024-03-15,1,9,EUR,\n4,,3,c2,A,2024-03-15,1,9,USD,\n"
    found = Drafted(tmp_path, a_csv=rows)

    assert found.yaml["currency"] == {"code": "EUR", "column": "currency"}
    assert set(found.yaml["order_lines"]["leave_out"]) == {"parts of other rows", "other currencies"}
    assert found.worked
    assert "2 order lines" in found.printed


def test_several_files_of_one_layout_are_one_input(tmp_path: Path) -> None:
    with_returns = (
        LINES.replace("price\n", "price,returned\n").replace("9.50\n", "9.50,yes\n").replace("5.00\n", "5.00,no\n")
    )
    found = Drafted(tmp_path, **{"orders-1_csv": with_returns, "orders-2_csv": with_returns})

    assert found.yaml["files"] == {"orders": {"path": "orders-*.csv", "copies": "identical"}}
    assert "3 order lines" in found.printed


def test_an_email_is_the_customers_key_and_no_personal_value_is_shown(tmp_path: Path) -> None:
    rows = "order,sku,date,qty,price,email,ship to name,street,returned\n"
    rows += "1,A,2024-03-14,1,9,robin@example.com,Robin Sample,Beispielweg 7,yes\n"
    rows += "2,A,2024-03-15,1,9,kim@example.com,Kim Sample,Beispielweg 8,no\n"
    found = Drafted(tmp_path, a_csv=rows)

    assert found.lines["customer_id"] == {"column": "email", "key": "email"}
    assert "ship to name" not in found.text + found.printed
    assert not any(value in found.text + found.printed for value in ("robin", "Robin", "Beispielweg"))


def test_outcomes_that_no_file_has_are_asked(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=LINES)

    assert not found.worked
    assert "CHECK: nothing says which lines came back" in found.text
    assert "not found: name a file of returns" in found.printed


def test_a_file_without_order_lines_is_refused_with_its_columns(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="colour, weather"):
        Drafted(tmp_path, a_csv="colour,weather\nred,fine\n")


def test_a_file_of_returns_below_zero_counts_their_pieces(tmp_path: Path) -> None:
    found = Drafted(tmp_path, orders_csv=LINES, returns_csv="rma,order,sku,date,qty\nR1,1,B,2024-03-20,-1\n")

    assert found.yaml["returns"]["columns"]["quantity"] == {"column": "qty", "sign": "drop"}
    assert found.worked
    assert "1 lines came back" in found.printed


def test_reasons_beside_the_lines_are_mapped_with_a_date_or_a_flag(tmp_path: Path) -> None:
    for name, values in (("returned at", ("2024-03-20", "")), ("returned", ("yes", "no"))):
        (tmp_path / name).mkdir()
        rows = f"order,sku,date,customer,qty,price,{name},reason\n1,A,2024-03-14,c1,1,9,{values[0]},too big\n"
        found = Drafted(tmp_path / name, a_csv=rows + f"2,B,2024-03-15,c2,1,9,{values[1]},\n")

        assert found.yaml["returns"]["columns"]["reason"] == "reason"
        assert found.yaml["returns"]["reasons"] == {"too big": "SIZE_TOO_LARGE"}
        assert found.worked, found.printed


@pytest.mark.parametrize("words", ["yes no", "tak nie", "sí no", "sì no", "oui non", "ja nee", "sim não", "Ja Nein"])
def test_yes_and_no_are_known_in_many_languages(words: str, tmp_path: Path) -> None:
    yes, no = words.split()
    found = Drafted(
        tmp_path, a_csv=f"order,sku,date,qty,price,returned\n1,A,2024-03-14,1,9,{yes}\n2,B,2024-03-15,1,9,{no}\n"
    )

    assert found.yaml["returns"]["flag"] == {"column": "returned", "returned": [yes], "kept": [no]}


def test_a_draft_after_which_nothing_came_back_did_not_work(tmp_path: Path) -> None:
    found = Drafted(
        tmp_path, a_csv="order,sku,date,qty,price,returned\n1,A,2024-03-14,1,9,foo\n2,B,2024-03-15,1,9,bar\n"
    )

    assert not found.worked
    assert "no line came back" in found.printed


def test_a_path_of_json_names_what_it_ends_with(tmp_path: Path) -> None:
    row = '{"id": %d, "order": {"number": "%d"}, "article": {"code": "A", "brand": "Nord"}, "placedAt": "2024-03-14", '
    row += '"quantity": 1, "unitPrice": 9.5, "returned": %s}\n'
    found = Drafted(tmp_path, a_csv=row % (71, 1, "true") + row % (73, 1, "false"))

    assert found.lines["line_id"] == "id"
    assert found.yaml["products"]["columns"]["brand"] == "article.brand"


def test_utf_8_is_taken_for_nothing_else_however_few_signs_are_beyond_ascii(tmp_path: Path) -> None:
    found = Drafted(
        tmp_path, a_csv="order;sku;date;qty;price;¿Devuelto?\n1;A;2024-03-14;1;9;sí\n2;A;2024-03-15;1;9;no\n"
    )

    assert "encoding" not in found.yaml["files"]["a"]
    assert found.worked


@pytest.mark.parametrize(
    ("first", "second", "layout"),
    [("45365.5", "45366", "excel_serial"), ("1710403200", "1710489600", "epoch_seconds"),
     ("1710403200000", "1710489600000", "epoch_milliseconds")],
)  # fmt: skip
def test_dates_that_are_numbers_are_read_and_asked(first: str, second: str, layout: str, tmp_path: Path) -> None:
    rows = f"order,sku,date,qty,price,returned\n1,A,{first},1,9.50,no\n2,A,{second},1,9.50,yes\n"
    found = Drafted(tmp_path, a_csv=rows)

    assert found.lines["ordered_at"] == {"column": "date", "format": layout}
    assert "CHECK: are these numbers times?" in found.text
    assert "2024-03-14 to 2024-03-15" in found.printed
    assert ("every time has its offset" in found.text) == layout.startswith("epoch")
