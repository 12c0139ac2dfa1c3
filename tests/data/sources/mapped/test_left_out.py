"""Rows that rules of the mapping leave out, and lines whose outcome a rule takes back."""

from typing import Any

import pytest

from data.errors import UserError
from data.files import read_json
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


def test_a_rule_whose_number_may_be_a_thousand_is_refused_where_that_decides(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER.replace("\n", ",points\n") + "".join(f"{row},1.000\n" for row in ROWS.splitlines()))
    rules = shop.mapping["order_lines"]["leave_out"] = {"none": {"column": "points", "below": 0.5}}
    assert len(shop.read()["order_lines"]) == 3

    rules["none"]["below"] = 500
    assert "'1.000' on 3 rows" in refused_rule(shop)
    rules["none"] |= {"decimal": ",", "thousands": "."}
    assert len(shop.read()["order_lines"]) == 3


def refused_rule(shop: FilesOfAShop) -> str:
    with pytest.raises(UserError, match="and thousands where they have a mark") as caught:
        shop.read()
    return caught.value.found


def test_a_rule_need_not_read_what_an_earlier_rule_leaves_out(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER + ROWS + "l7,o7,c,p1,2024-03-04,1,total\n")
    shop.mapping["order_lines"]["leave_out"] = {
        "all totals": {"column": "price", "is": "total"},
        "free": {"column": "price", "below": "0.01"},
    }
    assert [line["line_id"] for line in shop.read()["order_lines"]] == ["l1", "l2", "l3"]


def description(shop: FilesOfAShop) -> dict[str, Any]:
    shop.read()
    found: dict[str, Any] = read_json(shop.raw / "source.json")
    return found


def test_a_rule_that_matches_no_row_is_counted_as_0_and_named_with_the_values_that_it_missed(
    shop: FilesOfAShop,
) -> None:
    shop.mapping["order_lines"]["leave_out"] = {"gifts": {"column": "product", "is": "gift"}}
    shop.mapping["order_lines"]["unknown_outcome"] = {"lost": {"column": "product", "is": "lost"}}
    shop.mapping["returns"]["leave_out"] = {"old": {"column": "time", "before": "2020"}}
    found = description(shop)
    assert [account["left_out"] for account in found["accounts"]] == [{"gifts": 0}, {"old": 0}]
    assert found["decisions"]["order_lines.outcome_recorded"] == {"unknown_by_rule: lost": 0}
    seen = "matched no row; the column 'product' has 'p1' on 2 rows, 'p2' on 1 rows."
    assert [notice.split(" Write")[0] for notice in found["notices"]] == [
        f"order_lines.leave_out: the rule 'gifts' {seen}",
        f"order_lines.unknown_outcome: the rule 'lost' {seen}",
        "returns.leave_out: the rule 'old' matched no row; the column 'time' has '2024-03-09' on 1 rows.",
    ]


def test_a_rule_whose_rows_an_earlier_rule_took_is_no_misspelling(shop: FilesOfAShop) -> None:
    of_one = {"column": "product", "is": "p2"}
    shop.mapping["order_lines"]["leave_out"] = {"a": of_one, "b": of_one}
    found = description(shop)
    assert found["accounts"][0]["left_out"] == {"a": 1, "b": 0}
    assert [notice.split(":")[1] for notice in found["notices"]] == [" the rule 'b' adds nothing"]


def test_a_rules_missed_values_are_not_shown_where_they_are_personal(shop: FilesOfAShop) -> None:
    shop.write("lines.csv", HEADER.replace("\n", ",contact\n") + ROWS.replace("\n", ",ann@shop.example\n"))
    shop.mapping["order_lines"]["leave_out"] = {"tests": {"column": "contact", "is": "test@shop.example"}}
    (notice,) = description(shop)["notices"]
    assert "'tests' matched no row" in notice
    assert "ann" not in notice


def test_a_value_that_stands_for_guests_and_is_nobodys_is_named(shop: FilesOfAShop) -> None:
    shop.lines["customer_id"] = {"column": "customer", "missing": ["guest", "anna-1", "0", "ghost"]}
    found = description(shop)
    assert found["decisions"]["order_lines.customer_id"] == {
        "stands_for_guest: anna-1": 2,
        "stands_for_guest: guest": 0,
        "stands_for_guest: 0": 0,
        "stands_for_guest: ghost": 0,
    }
    (notice,) = found["notices"]
    assert "no row has the value 'ghost'" in notice


@pytest.mark.parametrize("table", ["products", "customers"])
def test_a_rule_of_a_table_without_rows_of_its_own_is_refused(shop: FilesOfAShop, table: str) -> None:
    key = {"products": {"product_id": "product"}, "customers": {"customer_id": "customer"}}[table]
    shop.mapping[table] = {"columns": key, "leave_out": {"tests": {"column": "price", "is": "0"}}}
    assert refusal(shop).found == f"{table}.leave_out without rows of its own"
