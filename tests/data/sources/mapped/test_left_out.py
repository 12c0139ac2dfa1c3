"""Rows that rules of the mapping leave out, and lines whose outcome a rule takes back."""

from typing import Any

import pytest

from tests.data.sources.mapped.files_of_a_shop import HEADER, RETURNS, ROWS, FilesOfAShop, refusal

MORE = "l4,o4,c,gift card,2024-03-04,1,25\nl5,o5,c,gift card,2024-03-04,1,0\nl6,o6,c,p1,2024-03-04,1,0\n"


def test_rows_that_a_rule_leaves_out_are_no_lines_and_no_rejects(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + MORE + ",,,,,,\n")
    shop.mapping["order_lines"]["leave_out"] = {
        "gift cards": {"column": "product", "is": "Gift Card"},
        "free": {"column": "price", "below": "0.01"},
    }
    tables = shop.read()
    assert [row["line_id"] for row in tables["order_lines"]] == ["l1", "l2", "l3"]
    assert tables["rejects"] == []


def test_lines_of_an_unknown_outcome_stay_and_have_none(shop: FilesOfAShop) -> None:
    shop.mapping["order_lines"]["unknown_outcome"] = {"lost": {"column": "line", "is": "l2"}}
    known = {row["line_id"]: row["outcome_recorded"] for row in shop.read()["order_lines"]}
    assert known == {"l1": True, "l2": False, "l3": True}


def test_a_row_of_another_currency_is_refused_unless_a_rule_leaves_it_out(shop: FilesOfAShop) -> None:
    rows = ROWS.replace("18.5\n", "18.5,USD\n").replace("19.99\n", "19.99,EUR\n").replace("1,5\n", "1,5,eur\n")
    shop.write("lines.csv", HEADER.replace("\n", ",money\n") + rows)
    shop.mapping["currency"] = {"code": "EUR", "column": "money"}
    assert refusal(shop).found == "'USD' on 1 rows"
    shop.mapping["order_lines"]["leave_out"] = {"dollars": {"column": "money", "is_not": "EUR"}}
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["l1", "l2"]


@pytest.mark.parametrize(
    ("cell", "test", "found", "key", "value"),
    [
        ("03.01.2023", {"before": "2024-01-01"}, "'03.01.2023' on 1 rows", "format", "%d.%m.%Y"),
        ('"-5,00"', {"below": 0}, "'-5,00' on 1 rows", "decimal", ","),
    ],
)
def test_a_rule_that_cannot_read_its_cells_is_refused_and_its_fix_works(
    shop: FilesOfAShop, cell: str, test: dict[str, Any], found: str, key: str, value: str
) -> None:
    row = ROWS.splitlines()[0]
    shop.write("lines.csv", HEADER.replace("\n", ",more\n") + f"{row},{cell}\n" + row.replace("l1", "l9") + ",\n")
    shop.write("returns.csv", RETURNS.replace("l1", "l9"))
    rules = shop.mapping["order_lines"]["leave_out"] = {"old": {"column": "more", **test}}

    refused = refusal(shop)
    assert (refused.found, f"set {key} beside the condition of 'old'" in refused.fix) == (found, True)
    rules["old"][key] = value
    assert [line["line_id"] for line in shop.read()["order_lines"]] == ["l9"]


def test_a_rule_need_not_read_what_an_earlier_rule_leaves_out(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "l7,o7,c,p1,2024-03-04,1,total\n")
    shop.mapping["order_lines"]["leave_out"] = {
        "all totals": {"column": "price", "is": "total"},
        "free": {"column": "price", "below": "0.01"},
    }
    assert [line["line_id"] for line in shop.read()["order_lines"]] == ["l1", "l2", "l3"]
