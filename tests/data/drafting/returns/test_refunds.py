"""Refunds of money alone: a draft leaves them out by their reason, or their lines open by their amount."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted

LINES = "order,customer,sku,order date,qty,price\n" + "".join(
    f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d},1,{10 + n % 3}.90\n" for n in range(12)
)


def refunds(folder: Path, header: str, small: str, sign: str = "", reason: str = "too big") -> Drafted:
    """A draft of lines and refunds of their price, of which every fourth one is ``small``, with its ``reason``."""
    rows = (
        f"{n},A{n % 3},{sign}{f'{10 + n % 3}.90' if n % 4 else small},2024-04-{n + 1:02d},{'no' if n % 4 else reason}\n"
        for n in range(10)
    )
    return Drafted(folder, orders_csv=LINES, refunds_csv=f"order,sku,{header},date,reason\n" + "".join(rows))


@pytest.mark.parametrize(
    ("header", "sign"), [("amount", ""), ("Refund amount", "-"), ("Erstattungsbetrag", ""), ("refunded", "")]
)
def test_lines_with_a_small_refund_are_unknown(header: str, sign: str, tmp_path: Path) -> None:
    found = refunds(tmp_path, header, "3.00", sign)

    rule = {"column": header, "sign": "drop"} if sign else header
    assert found.yaml["returns"]["columns"]["refunded_minor"] == rule
    assert found.yaml["returns"]["least_refund"] == "0.5"
    assert "CHECK: 3 refunds are less than half of a piece's price" in found.text
    assert "7 lines came back, 3 have an unknown outcome" in found.printed


def test_refunds_of_the_price_and_numbers_of_refunds_ask_nothing(tmp_path: Path) -> None:
    found = refunds(tmp_path, "amount", "10.00")

    assert "least_refund" not in found.yaml["returns"]


def test_a_reason_of_money_alone_leaves_the_refund_out_whatever_its_amount(tmp_path: Path) -> None:
    found = refunds(tmp_path, "amount", "3.00", reason="Late delivery compensation")

    assert found.yaml["returns"]["leave_out"] == {
        "money alone by reason": {"column": "reason", "is": ["Late delivery compensation"]}
    }
    assert "least_refund" not in found.yaml["returns"]
    assert "7 lines came back, 0 have an unknown outcome" in found.printed


def test_refunds_of_several_pieces_ask_for_their_number(tmp_path: Path) -> None:
    assert "CHECK: no quantity was found; is a row one piece?; 3 refunds are of the price of several pieces" in (
        refunds(tmp_path, "amount", "26.00").text
    )
