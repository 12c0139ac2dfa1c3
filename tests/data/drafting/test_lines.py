"""The columns of order lines that a draft finds, and what it says of those that it does not find."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted, orders

WITHOUT = "order,{name},sku,order date,qty,price,return date\n"


def shop(folder: Path, name: str, value: str = "B{}") -> Drafted:
    """A draft of a file with the column ``name`` where the customer stands."""
    rows = (
        f"{n},{value.format(n % 20)},A{n % 3},2024-03-01 10:{n:02d},1,9.90,{'2024-03-20' if n % 4 == 0 else ''}\n"
        for n in range(40)
    )
    return Drafted(folder, a_csv=WITHOUT.format(name=name) + "".join(rows))


def test_a_phone_is_the_key_of_a_customer_where_there_is_no_other(tmp_path: Path) -> None:
    found = shop(tmp_path, "Mobile", "+49 151 234560{:02d}")

    assert found.lines["customer_id"] == {"column": "Mobile", "key": "phone"}
    assert "20 customers" in found.printed


def test_a_shop_without_customers_is_asked_for_them_with_the_columns_that_could_be_theirs(tmp_path: Path) -> None:
    found = shop(tmp_path, "Bxyz")

    assert "customer_id" not in found.lines
    assert "CHECK: no customer was found, so that every line is a guest's" in found.text
    assert "Bxyz has one value in each order" in found.text


def test_a_column_with_its_own_value_in_each_row_is_named_where_lines_are_numbered(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("qty,serial,returned", lambda n: f"1,SN{n},{'yes' if n % 3 else 'no'}"))

    assert "CHECK: is serial the number of the line? it has its own value in each row: line_id: serial" in found.text


@pytest.mark.parametrize("name", ["unit_price_cents", "priceCents", "Price (pence)", "price in ct"])
def test_prices_in_cents_stay_as_they_are(name: str, tmp_path: Path) -> None:
    rows = "".join(f"{n},K{n},A,2024-03-{n + 1:02d},1,1990,{'yes' if n % 2 else 'no'}\n" for n in range(6))
    found = Drafted(tmp_path, a_csv=f"order,customer,sku,date,qty,{name},returned\n{rows}")

    assert found.lines["price_minor"] == name
    assert found.yaml["minor_digits"] == "0"
    assert "11,940 minor units" in found.printed


def test_times_are_read_in_the_zones_that_their_headers_name(tmp_path: Path) -> None:
    lines = orders("qty", lambda _: "1").replace("order date", "order date (PST)")
    returns = "return id,order,sku,return date (UTC+2),qty\nR1,2,A4,2024-04-01 10:00,1\n"
    found = Drafted(tmp_path, orders_csv=lines, returns_csv=returns)

    assert found.yaml["timezone"] == found.lines["ordered_at"]["timezone"] == "America/Los_Angeles"
    assert found.yaml["returns"]["columns"]["returned_at"]["timezone"] == "Etc/GMT-2"


@pytest.mark.parametrize("name", ["Return by", "Expected return date", "Rückgabe bis", "Date limite de retour"])
def test_a_date_that_is_planned_or_a_limit_is_no_return(name: str, tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders(f"qty,{name}", lambda n: f"1,2024-05-{n + 1:02d}"))

    assert found.yaml["returns"] == {}
    assert not found.worked


def test_shipping_is_left_out_by_the_column_that_names_it(tmp_path: Path) -> None:
    goods = orders("qty,description,returned", lambda n: f"1,Linen shirt,{'yes' if n % 3 else 'no'}")
    shipping = "".join(f"{n},K{n % 5},P1,2024-03-{n + 1:02d} 10:00,4.90,1,Standard shipping,no\n" for n in range(12))
    found = Drafted(tmp_path, a_csv=goods + shipping)

    assert found.yaml["order_lines"]["leave_out"]["no goods"] == {"column": "description", "is": ["Standard shipping"]}
    assert "24 order lines" in found.printed


def test_how_a_row_is_sold_is_no_category(tmp_path: Path) -> None:
    rows = orders(
        "qty,product_type,returned", lambda n: f"1,{('simple', 'configurable')[n % 2]},{'yes' if n % 3 else 'no'}"
    )

    assert "products" not in Drafted(tmp_path, a_csv=rows).yaml


def test_times_of_javascript_are_read_with_their_offset(tmp_path: Path) -> None:
    when = "Fri Mar 01 2024 10:01:26 GMT+0100 (Central European Standard Time)"
    rows = "".join(f"{n},K{n},A,{when},1,9.90,{'yes' if n % 2 else 'no'}\n" for n in range(6))
    found = Drafted(tmp_path, a_csv=f"orderId,customerId,sku,createdAt,qty,unitPrice,returned\n{rows}")

    assert found.lines["ordered_at"]["format"] == "%b %d %Y %H:%M:%S GMT%z"
    assert "6 order lines" in found.printed


@pytest.mark.parametrize(
    ("names", "taken", "asked"),
    [
        ("Invoice Date,Order Placed", "Order Placed", "CHECK: or did the customer order at Invoice Date?"),
        ("Rechnungsdatum,Verkaufsdatum", "Verkaufsdatum", "CHECK: or did the customer order at Rechnungsdatum?"),
        ("Invoice Date,Colour", "Invoice Date", "CHECK: did the customer order at Invoice Date?"),
        ("Order Date,Colour", "Order Date", None),
    ],
)
def test_a_day_of_an_invoice_is_the_last_choice_for_that_of_the_order_and_is_asked(
    names: str, taken: str, asked: str | None, tmp_path: Path
) -> None:
    rows = (
        f"2024-03-{n + 3:02d},{'red' if 'Colour' in names else f'2024-03-{n + 1:02d}'},{n},K{n},A{n % 3},1,9.90,"
        f"{'yes' if n % 2 else 'no'}\n"
        for n in range(8)
    )
    found = Drafted(tmp_path, a_csv=f"{names},order,customer,sku,qty,price,returned\n" + "".join(rows))

    assert found.lines["ordered_at"] == taken
    assert ("did the customer order at" in found.text) is (asked is not None)
    assert asked is None or asked in found.text


def test_a_brand_with_the_names_of_customers_is_left_out(tmp_path: Path) -> None:
    names = ("Anna Meier", "Elena Rossi", "Jonas Weber", "Marta Novak")
    found = Drafted(
        tmp_path,
        a_csv=orders("qty,brand,returned", lambda n: f"1,{names[n // 2 % 4]},{'yes' if n % 3 else 'no'}"),
    )

    assert "products" not in found.yaml
    assert "CHECK: brand is left out: 4 of its 4 different values" in found.text
    assert not any(name in found.text + found.printed for name in names)


@pytest.mark.parametrize(
    ("voucher", "none", "lines"),
    [
        ("true", "false", 8),
        ("ja", "nein", 8),
        ("5,00", "0,00", 8),
        ("SPRING10", "", 8),
    ],
)
def test_a_no_or_an_amount_of_zero_is_no_voucher(voucher: str, none: str, lines: int, tmp_path: Path) -> None:
    cells = orders("qty,voucher,returned", lambda n: f'1,"{voucher if n < lines else none}",{"yes" if n % 3 else "no"}')
    found = Drafted(tmp_path, a_csv=cells)

    assert found.lines["voucher_used"] == {"column": "voucher", "true": "*", "false": ["", none] if none else ""}
    assert found.worked
