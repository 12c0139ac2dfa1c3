"""The customers of the simulated shop: their traits, their habits, and the customer of each order."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated import catalogue
from data.sources.simulated.draws import Draws
from data.sources.simulated.params import SimulatorParams
from data.sources.simulated.seasons import DAY, Seasons

_TECH, _MIXED, _FASHION = 0.80, 0.30, 0.04
_SERIAL_BRACKETS = 5.0
_HISTORY_DAYS = 900.0


@dataclass(frozen=True)
class Customers:
    """The customers, one array a trait, sorted by arrival: customers from before the first day come first."""

    existing: int
    registered: Ints
    title: Ints
    birth_year: Ints
    body: Floats
    """True size of the body, standard normal; ``foot``: true size of the feet."""
    foot: Floats
    size_error: Floats
    """Error of customers about their own size, in standard deviations of body sizes."""
    propensity: Floats
    """Added to the log of the return hazard."""
    impatience: Floats
    """Factor of the hazard of late deliveries."""
    brackets: Floats
    """Factor of the share of items ordered in several sizes or colors."""
    electronics: Floats
    """Share of the customer's orders that are for electronics."""
    basket: Floats
    """Probability of a further item in the basket."""
    vouchers: Floats
    """Factor of the share of orders with a voucher."""
    payment: Ints
    channel: Ints
    region: Ints
    lateness: Floats
    """Usual place of a return in the return window, from 0 (start) to 1 (end)."""
    weight: Floats
    """Cumulative weight of order frequency, from 0; one element longer than the other arrays."""

    @property
    def count(self) -> int:
        """How many customers there are."""
        return len(self.registered)

    @property
    def new(self) -> int:
        """How many arrive between the first and the last day."""
        return self.count - self.existing


def build(params: SimulatorParams, seasons: Seasons, draws: Draws, orders: int) -> Customers:
    """Draw the customers of a shop that will have ``orders`` orders."""
    count = max(50, round(params.lines / params.lines_per_customer))
    existing = max(10, round(count * params.existing_customer_share))
    index = np.arange(count, dtype=np.int64)
    title = draws.choice("customer/title", index, np.array(catalogue.TITLE_SHARES))
    age = np.clip(39.0 + 13.0 * draws.normal("customer/age", index), 18.0, 85.0)
    body = draws.normal("customer/body", index)
    gender = np.take((-1.0, 1.0, 0.0), title)
    serial = draws.happens("customer/serial", index, params.serial_bracketer_share)
    propensity = params.customer_spread * draws.normal("customer/propensity", index)
    activity = np.exp(0.9 * draws.normal("customer/activity", index))
    return Customers(
        existing=existing,
        registered=_registered(existing, count, orders, seasons, draws),
        title=title,
        birth_year=np.floor(1970.0 + seasons.start / (365.25 * DAY) - age).astype(np.int64),
        body=body,
        foot=0.65 * gender + 0.55 * body + 0.5 * draws.normal("customer/foot", index),
        size_error=0.16 * np.exp(0.6 * draws.normal("customer/size_error", index)),
        propensity=propensity - 0.10 * gender - 0.006 * (age - 39.0),
        impatience=np.exp(0.5 * draws.normal("customer/impatience", index)),
        brackets=np.exp(0.7 * draws.normal("customer/brackets", index) - 0.25)
        * np.where(serial, _SERIAL_BRACKETS, 1.0),
        electronics=_electronics(index, title, params, draws),
        basket=np.clip(0.42 + 0.13 * draws.normal("customer/basket", index) + 0.12 * serial, 0.05, 0.65),
        vouchers=np.exp(0.8 * draws.normal("customer/vouchers", index) - 0.32),
        payment=_payment(index, propensity, params, draws),
        channel=draws.choice("customer/channel", index, np.array(catalogue.CHANNEL_SHARES)),
        region=draws.choice("customer/region", index, np.array(catalogue.REGION_SHARES)),
        lateness=draws.uniform("customer/lateness", index),
        weight=np.concatenate(([0.0], np.cumsum(activity))),
    )


def who_orders(customers: Customers, order: Ints, orders: int, draws: Draws) -> tuple[Ints, Bools]:
    """Find the customer of each order, and whether the order is the customer's first.

    New customers are spread evenly over the orders. Every other order is placed by a customer who has already arrived,
    more often by an active or recent one.
    """
    arrived = order * customers.new // orders
    first: Bools = (order + 1) * customers.new // orders > arrived
    known = customers.existing + arrived
    reach = draws.uniform("order/customer", order) ** 1.5
    target = customers.weight[known] * (1.0 - reach)
    returning = np.minimum(np.searchsorted(customers.weight, target, side="right") - 1, known - 1)
    return np.where(first, known, returning).astype(np.int64), first


def _registered(existing: int, count: int, orders: int, seasons: Seasons, draws: Draws) -> Ints:
    index = np.arange(count, dtype=np.int64)
    ago = -np.log(draws.uniform("customer/registered", index[:existing])) * _HISTORY_DAYS * DAY
    before = seasons.start - DAY - np.sort(np.minimum(ago, 10 * 365 * DAY).astype(np.int64))[::-1]
    # The newcomer i places the last order k with k * new // orders == i: see `who_orders`.
    newcomers = count - existing
    first_order = -(-(np.arange(newcomers, dtype=np.int64) + 1) * orders // max(newcomers, 1)) - 1
    minutes = 120 + np.floor(1_500 * draws.uniform("customer/registered", index[existing:])).astype(np.int64)
    return np.concatenate((before, order_times(first_order, orders, seasons, draws) - minutes))


def order_times(order: Ints, orders: int, seasons: Seasons, draws: Draws) -> Ints:
    """The time of each order, seconds since 1970; times never fall with the order's number."""
    return seasons.times((order + draws.uniform("order/time", order)) / orders)


def _electronics(index: Ints, title: Ints, params: SimulatorParams, draws: Draws) -> Floats:
    """Draw buyers of electronics, of both departments, and mostly of fashion, scaled to the parameter's share."""
    share = params.electronics_share
    men = np.where(title == 1, 1.5, 0.75)
    segment = draws.uniform("customer/segment", index)
    tech = np.clip(0.88 * share * men, 0.0, 1.0)
    mixed = tech + (1.0 - tech) * 0.45
    love = np.select([segment < tech, segment < mixed], [_TECH, _MIXED], default=_FASHION)
    # Near 0 and 1 the segments fade out, and every customer gets the share itself.
    strength = np.clip(4.0 * share * (1.0 - share), 0.0, 1.0)
    return np.asarray(strength * love + (1.0 - strength) * share, dtype=np.float64)


def _payment(index: Ints, propensity: Floats, params: SimulatorParams, draws: Draws) -> Ints:
    """Draw the usual payment; customers who return more pay by invoice more often."""
    shares = np.tile(catalogue.PAYMENT_SHARES, (len(index), 1))
    shares[:, catalogue.PAYMENTS.index("invoice")] *= np.exp(0.5 * propensity / max(params.customer_spread, 1e-9))
    return draws.choice("customer/payment", index, shares)
