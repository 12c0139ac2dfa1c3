"""Marks beside the lines that no header says: promised deliveries, deleted rows, pieces that came back."""

from pathlib import Path

from tests.data.drafting.files import Drafted

HEADER = "Order,Customer,SKU,Order Date,Qty,Price,Delivery Date,Deleted,Active,Units sent home,Return Date\n"


def test_a_delivery_behind_its_return_deleted_rows_and_pieces_beside_a_date_are_seen_by_values(tmp_path: Path) -> None:
    rows = (
        f"{n},C{n % 5},A{n % 3},2024-03-{n + 1:02d},3,9.90,2024-03-{n + 10:02d},{n % 9 // 8},{'N' if n == 3 else 'Y'},"
        f"{f'{n % 4 + 1},2024-03-{n + 5:02d}' if n % 4 < 2 else ','}\n"
        for n in range(20)
    )
    found = Drafted(tmp_path, a_csv=HEADER + "".join(rows))

    assert "delivered_at" not in found.lines
    assert "CHECK: Delivery Date is left out: 10 of 10 returns lie before it" in found.text
    assert found.yaml["order_lines"]["leave_out"] == {
        "not valid by Deleted": {"column": "Deleted", "is": ["1"]},
        "not valid by Active": {"column": "Active", "is": ["N"]},
    }
    assert found.yaml["returns"]["columns"] == {"returned_at": "Return Date", "quantity": "Units sent home"}
