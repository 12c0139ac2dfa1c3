"""Columns beside the mapping that contradict it, such as a second currency: the run stops until they are read."""

from typing import Any

import pytest
import yaml

from data.errors import UserError
from data.sources.mapped.mapping.mapping import Mapping
from data.sources.mapped.names import Origin
from data.sources.mapped.signs.watched import watched_columns
from tests.data.sources.mapped.files_of_a_shop import FilesOfAShop, lines_beside, shop_with


@pytest.mark.parametrize("name", ["Currency", "Währung", "币种", "moneda"])
def test_a_second_currency_that_is_not_mapped_stops_the_run(shop: FilesOfAShop, name: str) -> None:
    with pytest.raises(UserError, match="'EUR', 'USD' in it") as caught:
        shop_with(shop, name, "EUR", "USD").read()
    assert f"currency: {{code: EUR, column: {name}}}" in caught.value.fix


def test_the_fix_for_a_second_currency_is_right(shop: FilesOfAShop) -> None:
    shop_with(shop, "Currency", "EUR", "USD")
    shop.mapping["currency"] = {"code": "EUR", "column": "Currency"}
    with pytest.raises(UserError, match="'USD' on 1 rows"):
        shop.read()
    shop.mapping["order_lines"]["leave_out"] = {"other currencies": {"column": "Currency", "is_not": "EUR"}}
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["1", "3"]


def test_one_currency_with_other_decimals_than_the_mapping_stops_the_run(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError, match="0 decimals of JPY"):
        shop_with(shop, "currency", "JPY", "JPY").read()
    shop.mapping["currency"] = "JPY"
    assert [row["price_minor"] for row in shop.read()["order_lines"]] == [10, 20, 10]


@pytest.mark.parametrize("state", ["Cancelled", "canceled by customer", "storniert", "已取消", "VOID"])
def test_a_cancelled_line_that_would_be_kept_stops_the_run(shop: FilesOfAShop, state: str) -> None:
    with pytest.raises(UserError, match="'Order Status'") as caught:
        shop_with(shop, "Order Status", "shipped", state).read()
    assert "leave_out: {cancelled: {column: Order Status" in caught.value.fix


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("Etat", "Annulé"),
        ("État de la commande", "Annulée"),
        ("Order Status", "Zrušeno"),
        ("Order Status", "Отменён"),
        ("Order Status", "failed"),
        ("Order Status", "Refused by customer"),
        ("Bestellstatus", "Nicht bezahlt"),
    ],
)
def test_a_state_in_another_language_or_of_a_failed_order_stops_the_run(
    shop: FilesOfAShop, name: str, state: str
) -> None:
    with pytest.raises(UserError, match=f"'{state}' on 1 lines"):
        shop_with(shop, name, "Complete", state).read()


@pytest.mark.parametrize(
    ("name", "a", "b", "test"),
    [
        ("cancelled", "no", "yes", "is: ['yes']"),
        ("is_cancelled", "0", "1", "above: 0"),
        ("Cancelled at", "", "2024-03-02", "empty: false"),
        ("Cancelled Qty", "0.00", "1.00", "above: 0"),
        ("qty_canceled", "", "1", "above: 0"),
        ("storniert", "", "x", "empty: false"),
        ("Stornodatum", "", "02.03.2024", "empty: false"),
        ("Annulation", "non", "oui", "is: ['oui']"),
        ("Test order", "false", "true", "is: ['true']"),
    ],
)
def test_lines_that_a_column_marks_as_cancelled_stop_the_run(
    shop: FilesOfAShop, name: str, a: str, b: str, test: str
) -> None:
    with pytest.raises(UserError, match=f"'{name}'") as caught:
        shop_with(shop, name, a, b).read()
    assert f"leave_out: {{cancelled: {{column: {name}, {test}}}}}" in caught.value.fix
    rule = yaml.load(f"{{column: {name}, {test}}}", Loader=yaml.BaseLoader)
    shop.mapping["order_lines"]["leave_out"] = {"cancelled": rule}
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["1", "3"]


def test_a_time_of_cancellation_that_is_mapped_is_none_to_stop_for(shop: FilesOfAShop) -> None:
    shop_with(shop, "Cancelled at", "", "2024-03-02")
    shop.lines["cancelled_at"] = "Cancelled at"
    assert len(shop.read()["order_lines"]) == 3


@pytest.mark.parametrize("name", ["cancellable", "cancellation_deadline", "Cancel until", "Latest", "avoid"])
def test_a_column_of_a_possible_cancellation_marks_no_line(shop: FilesOfAShop, name: str) -> None:
    assert len(shop_with(shop, name, "", "2024-03-02").read()["order_lines"]) == 3


def test_cancelled_lines_that_a_rule_leaves_out_are_none_to_stop_for(shop: FilesOfAShop) -> None:
    shop_with(shop, "status", "shipped", "cancelled")
    shop.mapping["order_lines"]["leave_out"] = {"cancelled": {"column": "status", "is": "cancelled"}}
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["1", "3"]


def test_a_row_that_names_another_row_as_its_parent_stops_the_run(shop: FilesOfAShop) -> None:
    with pytest.raises(UserError, match="1 rows that name the 'line' of another row"):
        shop_with(shop, "parent_item", "", "1").read()


@pytest.mark.parametrize(
    ("name", "a", "b"), [("Currency", "EUR", "USD"), ("status", "sent", "void"), ("parent", "", "1")]
)
def test_a_column_that_was_looked_at_is_ignored(shop: FilesOfAShop, name: str, a: str, b: str) -> None:
    shop_with(shop, name, a, b)
    shop.mapping["files"]["lines"]["ignore"] = [name]
    assert len(shop.read()["order_lines"]) == 3


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [("currency", "EUR", "EUR"), ("state", "Ohio", "Texas"), ("parent", "", "x7"), ("note", "", "void")],
)
def test_harmless_columns_are_none_to_stop_for(shop: FilesOfAShop, name: str, a: str, b: str) -> None:
    assert len(shop_with(shop, name, a, b).read()["order_lines"]) == 3


@pytest.mark.parametrize(
    ("tests", "fix"),
    [
        ({"is": "canceled"}, "add 'Cancelled' to the values of the rule 'gone'"),
        ({"is": "canceled", "is_not": "x"}, "leave_out: {cancelled: {column: status, is: ['Cancelled']}}"),
    ],
)
def test_a_rule_that_misses_the_spelling_of_cancelled_lines_does_not_switch_the_guard_off(
    shop: FilesOfAShop, tests: dict[str, Any], fix: str
) -> None:
    shop_with(shop, "status", "canceled", "Cancelled")
    rules: dict[str, dict[str, Any]] = {"gone": {"column": "status", **tests}}
    shop.mapping["order_lines"]["leave_out"] = rules
    with pytest.raises(UserError, match="'Cancelled' on 1 lines") as caught:
        shop.read()
    assert fix in caught.value.fix
    rules["gone"] = {"column": "status", "is": ["canceled", "Cancelled"]}
    shop.write("lines.csv", lines_beside("status", "canceled", "sent"))
    assert [row["line_id"] for row in shop.read()["order_lines"]] == ["2"]


def test_cancelled_lines_of_an_unknown_outcome_are_none_to_stop_for(shop: FilesOfAShop) -> None:
    shop_with(shop, "status", "sent", "cancelled")
    shop.mapping["order_lines"]["unknown_outcome"] = {"cancelled": {"column": "status", "is": "cancelled"}}
    assert [row["outcome_recorded"] for row in shop.read()["order_lines"]] == [True, False, True]
    shop.write("lines.csv", lines_beside("status", "cancelled", "sent"))
    assert [row["outcome_recorded"] for row in shop.read()["order_lines"]] == [False, True, False]


def test_an_attribute_that_says_cancelled_stops_the_run(shop: FilesOfAShop) -> None:
    shop_with(shop, "status", "sent", "cancelled")
    shop.mapping["order_lines"]["attributes"] = {"state": {"column": "status", "kind": "category"}}
    with pytest.raises(UserError, match="'cancelled' on 1 lines"):
        shop.read()


def test_values_that_the_flag_lists_are_the_mappings_own_word(shop: FilesOfAShop) -> None:
    shop_with(shop, "status", "sent", "cancelled")
    shop.mapping["returns"] = {
        "flag": {"column": "status", "returned": "back", "kept": "sent", "unknown": "cancelled"},
        "known_after": {"delivered_days": 14, "ordered_days": 21},
    }
    assert [row["outcome_recorded"] for row in shop.read()["order_lines"]] == [True, False, True]


@pytest.mark.parametrize(
    ("rules", "name", "fix"),
    [
        ({}, "orders.state", "{column: orders.state, is: ['Storniert']}"),
        ({"gone": {"column": "state", "is": "cancelled"}}, "state", "add 'Storniert' to the values of the rule 'gone'"),
    ],
)
def test_a_cancelled_order_of_a_joined_file_stops_the_run(
    shop: FilesOfAShop, rules: dict[str, Any], name: str, fix: str
) -> None:
    shop.write("orders.csv", "number,state\no1,paid\no2,Storniert\n")
    shop.mapping["files"]["orders"] = {"path": "orders.csv"}
    shop.mapping["files"]["lines"]["join"] = {"orders": {"from": "order", "to": "number"}}
    shop.mapping["order_lines"]["leave_out"] = rules
    with pytest.raises(UserError, match="'Storniert' on 1 lines") as caught:
        shop.read()
    assert fix in caught.value.fix
    assert "files.orders.ignore: [state]" in caught.value.fix
    shop.mapping["order_lines"]["leave_out"] = {"gone": {"column": name, "is": "storniert"}}
    assert [row["order_id"] for row in shop.read()["order_lines"]] == ["o1", "o1"]


def test_a_state_that_stands_on_the_first_row_of_an_order_is_that_of_its_other_lines(shop: FilesOfAShop) -> None:
    shop_with(shop, "status", "Cancelled", "")
    shop.mapping["files"]["lines"]["fill_down"] = {"within": "order", "columns": ["status"]}
    shop.mapping["order_lines"]["leave_out"] = {"gone": {"column": "status", "is": "storno"}}
    with pytest.raises(UserError, match="'Cancelled' on 3 lines"):
        shop.read()


def test_only_columns_whose_name_says_something_and_stands_once_are_looked_at(shop: FilesOfAShop) -> None:
    mapping = Mapping.model_validate(shop.mapping)
    named, names = {"Type": Origin("Type")}, ["Currency", "Status", "parent_id", "colour", "Status", "Type"]
    found = watched_columns(mapping, named, {"lines": names})
    assert [item.name for item in found] == ["Type", "Currency", "parent_id"]
