"""A date or a flag that is the same on all lines of an order may be one of the order: it is asked."""

from pathlib import Path

from tests.data.drafting.files import Drafted, orders


def refunded(number: int, *, of_lines: bool = False) -> str:
    """A date on every third order: on all of its lines, or on the first of them alone."""
    marked = number // 2 % 2 == 0 and not (of_lines and number % 2)
    return f"2024-05-{number // 2 + 1:02d}" if marked else ""


def test_a_refund_date_of_orders_is_asked(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("qty,refund date", lambda n: f"1,{refunded(n)}"))

    assert (
        "CHECK: refund date is the same on all lines of an order, so that all of them count as returned" in found.text
    )
    assert "order_lines.unknown_outcome: {refunded orders: {column: refund date, empty: false}}" in found.text


def test_lines_of_orders_that_were_refunded_in_part_have_an_unknown_outcome(tmp_path: Path) -> None:
    found = Drafted(
        tmp_path,
        a_csv=orders("qty,refund date,refund amount", lambda n: f"1,{refunded(n)},{9.90 if refunded(n) else ''}"),
    )

    rule = {"refunded orders": {"column": "refund date", "empty": "false"}}
    assert found.yaml["order_lines"]["unknown_outcome"] == rule
    assert "refund amount is below their value" in found.text


def test_a_date_of_some_lines_of_an_order_is_one_of_lines(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("qty,refund date", lambda n: f"1,{refunded(n, of_lines=True)}"))

    assert "same on all lines" not in found.text
    assert "unknown_outcome" not in found.text


def test_a_flag_of_orders_is_asked(tmp_path: Path) -> None:
    found = Drafted(tmp_path, a_csv=orders("qty,returned", lambda n: f"1,{'yes' if refunded(n) else 'no'}"))

    assert "CHECK: which values mean that a line came back" in found.text
    assert "returned is the same on all lines of an order: if only some of them came back" in found.text
