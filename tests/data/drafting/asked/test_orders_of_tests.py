"""Orders that a shop placed to test its checkout are left out, and asked."""

from pathlib import Path

import pytest

from tests.data.drafting.files import Drafted


def drafted(folder: Path, name: str, mark: str, *, order: str = "{}", product: str = "A0") -> Drafted:
    """A draft of 16 orders; of the first three, ``mark`` in ``name``, ``order`` or ``product`` is of a test."""
    rows = (
        f"{order.format(n) if n < 3 else n},K{n % 5},{product if n < 3 else f'A{n % 4}'},2024-03-{n + 1:02d},1,9.90,"
        f"{mark if n < 3 else ''},{'yes' if n % 4 == 1 else 'no'}\n"
        for n in range(16)
    )
    return Drafted(folder, a_csv=f"order,customer,sku,order date,qty,price,{name},returned\n" + "".join(rows))


@pytest.mark.parametrize(
    ("name", "mark", "order", "rule"),
    [
        ("Tags", "test order", "{}", {"column": "Tags", "is": ["test order"]}),
        ("Tags", "Testbestellung", "TEST{}", {"column": "Tags", "is": ["Testbestellung"]}),
        ("Note", "", "test-{}", {"column": "order", "is": ["test-0", "test-1", "test-2"]}),
        ("Payment", "Bogus Gateway", "{}", {"column": "Payment", "is": ["Bogus Gateway"]}),
        ("is_test", "true", "{}", {"column": "is_test", "is": ["true"]}),
    ],
)
def test_test_orders_are_left_out_by_the_column_that_marks_them(
    name: str, mark: str, order: str, rule: dict[str, object], tmp_path: Path
) -> None:
    found = drafted(tmp_path, name, mark, order=order)

    assert found.yaml["order_lines"]["leave_out"] == {"test orders": rule}
    assert "CHECK: are these 3 rows of test orders?" in found.text
    assert "13 order lines" in found.printed


def test_a_product_that_is_a_test_is_no_test_order(tmp_path: Path) -> None:
    assert "test orders" not in drafted(tmp_path, "Colour", "red", product="test 1").text
