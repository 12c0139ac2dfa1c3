"""Which states of a return say that nothing came back, and which that money alone went."""

import pytest

from data.drafting.returns.states import MONEY_ALONE, NOT_BACK


@pytest.mark.parametrize(
    "value",
    ["Returned to customer", "shipped back to the client", "renvoyé au client", "Devuelto al cliente",
     "terug naar klant", "zurück an den Kunden", "never received", "not sent", "label expired", "abgelaufen",
     "non accepté", "не принят"],
)  # fmt: skip
def test_goods_that_went_back_to_the_customer_or_never_arrived_did_not_come_back(value: str) -> None:
    assert NOT_BACK.search(value)
    assert not MONEY_ALONE.search(value)


@pytest.mark.parametrize(
    "value",
    ["Refunded to customer", "Money back to customer", "Geld zurück an Kunden", "Accepted", "remboursé au client",
     "Return", "Not as described", "Received at the depot", "Exchange"],
)  # fmt: skip
def test_money_that_went_to_the_customer_says_nothing_of_the_goods(value: str) -> None:
    assert not NOT_BACK.search(value)


@pytest.mark.parametrize(
    "value",
    ["Price match", "price adjustment", "Shipping refund", "Postage fee refund", "Refund of the shipping",
     "Preisanpassung", "Versandkosten", "frais de port", "差价"],
)  # fmt: skip
def test_a_refund_of_a_part_of_the_price_or_of_the_shipping_is_money_alone(value: str) -> None:
    assert MONEY_ALONE.search(value)


@pytest.mark.parametrize("value", ["Return and shipping refund", "Too expensive", "Late delivery"])
def test_a_return_whose_shipping_is_refunded_too_is_one(value: str) -> None:
    assert not MONEY_ALONE.search(value)
