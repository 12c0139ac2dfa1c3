"""Orders: customer, time, payment, channel and region."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Ints
from data.sources.simulated import catalogue, customers
from data.sources.simulated.shop import Shop


@dataclass(frozen=True)
class Orders:
    """One row an order, sorted by time."""

    number: Ints
    time: Ints
    customer: Ints
    first: Bools
    guest: Bools
    gift: Bools
    voucher: Bools
    payment: Ints
    channel: Ints
    region: Ints


def orders_of(shop: Shop, number: Ints) -> Orders:
    """Simulate the orders of the given numbers; numbers begin at 0 and rise with time."""
    draws, people = shop.draws, shop.customers
    customer, first = customers.who_orders(people, number, shop.orders, draws)
    time = customers.order_times(number, shop.orders, shop.seasons, draws)
    return Orders(
        number=number,
        time=time,
        customer=customer,
        first=first,
        guest=~first & draws.happens("order/guest", number, shop.params.guest_share),
        gift=draws.happens("order/gift", number, shop.seasons.gifts[shop.seasons.day(time)]),
        voucher=draws.happens("order/voucher", number, shop.params.voucher_share * people.vouchers[customer]),
        payment=_mostly(shop, "payment", number, people.payment[customer], catalogue.PAYMENT_SHARES),
        channel=_mostly(shop, "channel", number, people.channel[customer], catalogue.CHANNEL_SHARES),
        region=people.region[customer],
    )


def _mostly(shop: Shop, name: str, number: Ints, usual: Ints, shares: tuple[float, ...]) -> Ints:
    """Choose the customer's usual value in four of five orders, and draw from ``shares`` in the others."""
    other = shop.draws.choice(f"order/{name}", number, np.array(shares))
    return np.where(shop.draws.happens(f"order/usual_{name}", number, 0.8), usual, other)
