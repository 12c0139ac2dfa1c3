"""Ids that stand for guests are named with a fix, also where they have few of the lines."""

from typing import Any

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, FilesOfAShop
from tests.data.sources.mapped.signs import found


def notices(shop: FilesOfAShop, customers: list[str], **rule: Any) -> list[str]:
    rows = (f"l{n},o{n},{who},p1,2024-03-01 10:00,1,10\n" for n, who in enumerate(customers, start=1))
    shop.write("lines.csv", HEADER + "".join(rows))
    shop.lines["customer_id"] = {"column": "customer", **rule}
    return [text for text in found.notices(shop) if "customer_id" in text]


MANY = [f"c{n}" for n in range(40)]
NUMBERS = [f"{20_000 + n % 30}" for n in range(60)]
EMAILS = [f"anna{n}@example.org" for n in range(40)]
PHONES = [f"+49 30 1234{n:03}" for n in range(40)]


@pytest.mark.parametrize(
    ("value", "others", "rule"),
    [
        ("-", MANY, {}),
        ("None", MANY, {}),
        ("0", MANY, {}),
        ("Guest", MANY, {}),
        ("guest", EMAILS, {"key": "email"}),
        ("noreply@shop.example", EMAILS, {"key": "email"}),
        ("Walk-in Customer", MANY, {}),
        ("99999", NUMBERS, {}),
    ],
)
def test_a_placeholder_on_two_orders_is_named_and_its_fix_makes_guests(
    shop: FilesOfAShop, value: str, others: list[str], rule: dict[str, str]
) -> None:
    (notice,) = notices(shop, [*others, value, value], **rule)
    assert f"'{value}' stands on 2 lines of 2 orders" in notice
    assert f'missing: "{value}"' in notice
    assert notices(shop, [*others, value, value], missing=[value], **rule) == []


@pytest.mark.parametrize(("value", "others", "key"), [("filiale", EMAILS, "email"), ("7012", PHONES, "phone")])
def test_what_is_no_key_of_its_kind_is_named_by_its_place_alone(
    shop: FilesOfAShop, value: str, others: list[str], key: str
) -> None:
    (notice,) = notices(shop, [*others, value, value], key=key)
    assert "the value at lines.csv:line 42" in notice
    assert value not in notice


@pytest.mark.parametrize("customers", [[*MANY, "-"], [*MANY, "1", "1"], [*MANY, "c1"], [*NUMBERS, "22222", "22222"]])
def test_real_ids_and_a_single_order_are_none(shop: FilesOfAShop, customers: list[str]) -> None:
    assert notices(shop, customers) == []


def test_the_error_of_a_formula_names_no_customer_and_no_product(shop: FilesOfAShop) -> None:
    (notice,) = notices(shop, [*MANY, "#REF!", "#REF!"])
    assert "on 2 lines it is the error of a spreadsheet's formula" in notice
    assert sum(row["customer_id"] is None for row in shop.read()["order_lines"]) == 2
    content = (shop.path / "lines.csv").read_text().replace(",p1,", ",#N/A,", 1)
    shop.write("lines.csv", content)
    assert ("order_lines", "l1", "product_id", "spreadsheet_error", "#N/A") in shop.rejected()


def test_a_word_for_nothing_on_several_orders_is_no_product_and_is_named(shop: FilesOfAShop) -> None:
    rows = (f"l{n},o{n},c{n},{'nan' if n < 3 else 'p1'},2024-03-01 10:00,1,10\n" for n in range(1, 5))
    shop.write("lines.csv", HEADER + "".join(rows))
    (notice,) = found.notices(shop)
    assert "product_id: 'nan' stands on 2 lines of 2 orders" in notice
    assert 'missing: "nan"' in notice
