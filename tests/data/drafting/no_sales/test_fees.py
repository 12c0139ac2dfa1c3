"""Fees, taxes and shipping beside the price of a line are no lines, whatever column of a statement says so."""

from pathlib import Path

import pytest

from data.drafting.headers.vocabulary import plain
from data.drafting.no_sales.fees import FEES, KIND_OF_AMOUNT
from tests.data.drafting.files import Drafted


def statement(folder: Path, header: str, *amounts: str) -> Drafted:
    """A draft of a statement of eight lines with a row for each of ``amounts``, of which every fourth was refunded."""
    rows = [
        f"{kind},{order},A{order % 3},2,2024-03-{order + 1:02d} 10:00:00,{each}\n"
        for kind, orders in (("Order", range(8)), ("Refund", (3, 7)))
        for order in orders
        for each in amounts
    ]
    return Drafted(
        folder, a_csv=f"transaction_type,order_id,sku,quantity_purchased,posted_date,{header},amount\n" + "".join(rows)
    )


@pytest.mark.parametrize(
    ("header", "amounts", "rules"),
    [
        ("amount_type,amount_description", ("ItemPrice,Principal,10", "ItemFees,Commission,-2"),
         {"fees": {"column": "amount_type", "is": ["ItemFees"]}}),
        ("amount_type,amount_description", ("ItemPrice,Principal,10", "ItemPrice,Shipping,3", "ItemPrice,Tax,2",
                                            "ItemFees,Commission,-2"),
         {"fees": {"column": "amount_description", "is": ["Commission", "Shipping", "Tax"]}}),
        ("Betragsart,x", ("Warenwert,,10", "Verkaufsprovision,,-2"),
         {"fees": {"column": "Betragsart", "is": ["Verkaufsprovision"]}}),
    ],
)  # fmt: skip
def test_rows_of_fees_are_left_out_of_lines_and_of_returns(
    header: str, amounts: tuple[str, ...], rules: object, tmp_path: Path
) -> None:
    found = statement(tmp_path, header, *amounts)

    assert found.yaml["order_lines"]["leave_out"] == rules
    assert found.yaml["returns"]["leave_out"] == rules
    assert "CHECK: are these fees, taxes or shipping beside the price of a line" in found.text
    assert "8 order lines of 8 orders" in found.printed
    assert "2 lines came back" in found.printed


def test_a_statement_without_fees_gives_no_rule(tmp_path: Path) -> None:
    found = statement(tmp_path, "amount_type", "ItemPrice,10")

    assert "leave_out" not in found.yaml["order_lines"]
    assert "leave_out" not in found.yaml["returns"]


@pytest.mark.parametrize(
    "value", ["Principal", "ItemPrice", "Order", "Tax disc holder", "Coffee", "Taxidermy", "Ticket"]
)
def test_goods_are_no_fees(value: str) -> None:
    assert not FEES.fullmatch(plain(value))


@pytest.mark.parametrize("name", ["delivery type", "payment type", "order type", "fulfilment type", "amount", "name"])
def test_other_kinds_are_none_of_an_amount(name: str) -> None:
    assert not KIND_OF_AMOUNT.fullmatch(name)
