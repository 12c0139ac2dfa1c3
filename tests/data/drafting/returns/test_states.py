"""Which states of a return say that nothing came back."""

import pytest

from data.drafting.returns.states import NOT_BACK
from data.reading.money_alone import is_money_alone


@pytest.mark.parametrize(
    "value",
    ["Returned to customer", "shipped back to the client", "renvoyé au client", "Devuelto al cliente",
     "terug naar klant", "zurück an den Kunden", "never received", "not sent", "label expired", "abgelaufen",
     "non accepté", "не принят"],
)  # fmt: skip
def test_goods_that_went_back_to_the_customer_or_never_arrived_did_not_come_back(value: str) -> None:
    assert NOT_BACK.search(value)
    assert not is_money_alone(value)


@pytest.mark.parametrize(
    "value",
    ["Refunded to customer", "Money back to customer", "Geld zurück an Kunden", "Accepted", "remboursé au client",
     "Return", "Not as described", "Received at the depot", "Exchange"],
)  # fmt: skip
def test_money_that_went_to_the_customer_says_nothing_of_the_goods(value: str) -> None:
    assert not NOT_BACK.search(value)
