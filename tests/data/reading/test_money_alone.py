"""Which reasons of a refund say that the customer kept the goods."""

import pytest

from data.reading.money_alone import is_money_alone


@pytest.mark.parametrize(
    "value",
    ["Price match", "price adjustment", "Shipping refund", "Postage fee refund", "Refund of the shipping",
     "Preisanpassung", "Versandkosten", "frais de port", "差价", "Late delivery compensation", "Goodwill", "Kulanz",
     "partial price reduction", "customer keeps the item", "Preisminderung", "geste commercial", "indemnización",
     "risarcimento", "schadevergoeding", "rekompensata", "компенсация", "kompenzace", "tazminat", "补偿", "補償"],
)  # fmt: skip
def test_a_refund_of_a_part_of_the_price_or_of_the_shipping_is_money_alone(value: str) -> None:
    assert is_money_alone(value)


@pytest.mark.parametrize("value", ["Return and shipping refund", "Too expensive", "Late delivery", "Goodwill return",
     "Kulanz-Retoure", "Returned", "Defekt"])  # fmt: skip
def test_a_return_whose_shipping_is_refunded_too_is_one(value: str) -> None:
    assert not is_money_alone(value)
