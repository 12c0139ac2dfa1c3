"""Every choice of a draft that could be wrong has a comment CHECK; what the files say without doubt has none."""

import re
from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

CHOICES = re.compile(
    r"one_order_per|generated:|constant:|missing:|copies:|fill_down:|join:|key: email|encoding:|skip_lines:"
    r"|footer_lines:|quote:|rows:|match:|whole_order:|known_after:|flag:|is: |is_not:|minor_digits:"
    r"|timezone: UTC|voucher_used:"
    r"|reasons:|per: line|list_price_minor:|format: \[|columns: \[.*\].*ordered"
)
"""Keys that a draft sets by a guess."""

LINES = "order;line;customer;sku;date;qty;price;returned\n"
FILES = {
    "nothing but products": "sku;customer;date;price\nA;0;2024-03-14;5,00\nB;c1;2024-03-14;5,00\n"
    "A;guest;2024-03-15;5,00\n",
    "guests by number": LINES + "1;11;0;A;2024-03-14;1;5,00;no\n2;12;0;B;2024-03-15;1;5,00;yes\n"
    "3;13;7;B;2024-03-16;1;5,00;no\n",
    "negative rows": LINES.replace(";returned", "") + "1;11;c1;A;2024-03-14;1;5,00\n1;12;c1;A;2024-03-15;-1;5,00\n",
    "cancelled, vouchers and list prices": "order;sku;date;qty;total;list price;status;voucher;returned\n"
    "1;A;2024-03-14;1;5,00;6,00;paid;X1;no\n2;B;2024-03-15;1;5,00;6,00;cancelled;;yes\n",
    "placeholders and emails": "order;sku;date;qty;price;email;size;returned\n"
    "1;A;2024-03-14;1;5,00;a@example.com;NULL;no\n"
    "2;B;2024-03-15;1;5,00;b@example.com;M;yes\n",
    "filled down": "order;sku;date;customer;qty;price;returned\n1;A;2024-03-14;c1;1;5,00;no\n1;B;;;1;5,00;yes\n"
    "2;B;2024-03-15;c2;1;5,00;no\n",
    "lines before and after": "Export of a shop\n\n" + LINES + "1;11;c1;A;2024-03-14;1;5,00;no\n"
    "2;12;c2;B;2024-03-15;1;5,00;yes\nTotal;;;;;;10,00;\n",
    "lines that stand twice": LINES + "1;11;c1;A;2024-03-14;1;5,00;no\n1;11;c1;A;2024-03-14;1;5,00;yes\n"
    "2;12;c2;B;2024-03-15;1;5,00;no\n",
}  # fmt: skip
PAIRS = {
    "returns by order and product": ("order;sku;day\n1;A;2024-03-20\n", "returns"),
    "returns of whole orders": ("order;day;reason\n1;2024-03-20;too big\n", "returns"),
    "returns by line": ("line;day;qty\n11;2024-03-20;1\n99;2024-03-20;1\n", "returns"),
    "heads of orders": ("order;customer;date\n1;c1;2024-03-14\n2;c2;2024-03-15\n", "orders"),
}


def unasked(text: str) -> list[str]:
    """The lines of a mapping with a choice and without CHECK, on the line itself or on the comment before it."""
    lines = text.splitlines()
    return [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if CHOICES.search(line.split(" #")[0]) and not line.lstrip().startswith("#") and "CHECK" not in line
        and not (before.lstrip().startswith("#") and "CHECK" in before)
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_choices_in_one_file_are_asked(name: str, tmp_path: Path) -> None:
    assert unasked(Drafted(tmp_path, export_csv=FILES[name]).text) == []


@pytest.mark.parametrize("name", PAIRS)
def test_choices_in_two_files_are_asked(name: str, tmp_path: Path) -> None:
    other, file = PAIRS[name]
    lines = "order;line;sku;qty;price\n1;11;A;1;5,00\n2;12;B;1;5,00\n" if file == "orders" else (
        "order;line;customer;sku;date;qty;price\n1;11;c1;A;2024-03-14;1;5,00\n2;12;c2;B;2024-03-15;1;5,00\n"
    )  # fmt: skip
    assert unasked(Drafted(tmp_path, lines_csv=lines, **{f"{file}_csv": other}).text) == []


def test_the_customer_number_0_is_a_guest_and_it_is_asked(tmp_path: Path) -> None:
    found = Drafted(tmp_path, export_csv=FILES["guests by number"])

    assert found.lines["customer_id"] == {"column": "customer", "missing": ["0"]}
    assert "CHECK: does this stand for guests?" in found.text


def test_what_is_certain_is_not_asked(tmp_path: Path) -> None:
    found = Drafted(tmp_path, export_csv=FILES["guests by number"])

    certain = [
        line for line in found.text.splitlines() if re.search(r" (order_id|line_id|ordered_at|delimiter):", line)
    ]
    assert len(certain) == 4
    assert not any("CHECK" in line for line in certain)


CURRENCIES = "order,sku,date,qty,price,{},returned\n1,A,2024-03-14,1,9,{},no\n"
CURRENCIES += "2,A,2024-03-15,1,9,{},no\n3,B,2024-03-16,1,9,{},yes\n"


@pytest.mark.parametrize("name", ["currency", "cur", "price_ccy", "Whg.", "d"])
def test_two_currencies_are_seen_by_the_columns_name_or_values(name: str, tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=CURRENCIES.format(name, "EUR", "EUR", "USD"))

    assert found.yaml["currency"] == {"code": "EUR", "column": name}
    assert found.yaml["order_lines"]["leave_out"] == {"other currencies": {"column": name, "is_not": "EUR"}}
    assert "2 order lines" in found.printed


def test_a_currency_is_named_by_its_code_whatever_the_case_of_the_cells(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=CURRENCIES.format("currency", "eur", "EUR", "eur"))

    assert found.yaml["currency"] == {"code": "EUR", "column": "currency"}
    assert "leave_out" not in found.yaml["order_lines"]
    assert found.worked


def test_signs_of_one_currency_become_its_code_and_those_of_several_are_asked(tmp_path: Path) -> None:
    for name in ("euros", "dollars"):
        (tmp_path / name).mkdir()
    euros = Drafted(tmp_path / "euros", a_csv=CURRENCIES.format("currency", "€", "€", "€"))
    dollars = Drafted(tmp_path / "dollars", a_csv=CURRENCIES.format("currency", "$", "$", "$"))

    assert euros.yaml["currency"] == "EUR"
    assert euros.worked
    assert "currency" not in dollars.yaml
    assert "CHECK: currency has $: which currency?" in dollars.text


def test_two_signs_at_the_prices_are_not_read_as_one_currency(tmp_path: Path) -> None:
    rows = "order,sku,date,qty,price,returned\n1,A,2024-03-14,1,9.00 €,no\n2,A,2024-03-15,1,9.00 €,no\n"
    rows += "3,B,2024-03-16,1,9.00 $,yes\n"
    found = Drafted(tmp_path, a_csv=rows)

    assert found.lines["price_minor"] == {"column": "price", "unit": "€"}
    assert "CHECK: amounts in $, €" in found.text
    assert "refused: 1 order_lines, price_minor" in found.printed


def test_the_header_of_the_price_may_name_the_currency(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=CURRENCIES.replace("price,{}", "price (JPY),size").format("S", "M", "L"))

    assert found.yaml["currency"] == "JPY"
    assert "CHECK: by the name of price (JPY)" in found.text
