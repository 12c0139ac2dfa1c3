"""Discounts beside the price are asked about where they take something off."""

from pathlib import Path

from tests.data.drafting.files import Drafted, orders


def test_a_discount_of_nothing_asks_nothing(tmp_path: Path) -> None:
    header = "Shipping Discount,Member Rabatt,Discount,Remise"
    text = Drafted(
        tmp_path, a_csv=orders(header, lambda n: f"0,0.00,{('0', '10%')[n % 2]},{('0', '1.50')[n % 2]}")
    ).text

    assert "is it after Discount, which is a share and no amount" in text
    assert "is Remise taken off already? otherwise add minus: Remise" in text
    assert "Shipping Discount" not in text
    assert "Rabatt" not in text
