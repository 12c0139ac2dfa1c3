"""The potential visits of a simulated shop: what customers would buy, its true returns, and what a score sees of them.

All policies meet the same potential visits with the same chances, so that what differs between them is their own. A
year of history comes first, then the months in which policies act, then three months in which nobody acts any more and
customers still remember.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise
from typing import Final, Self

import numpy as np

from data import params
from data.arrays import Bools, Floats, Ints
from data.schema import Reason
from data.sources.simulated import SimulatorParams, catalogue
from data.sources.simulated.draws import Draws
from data.sources.simulated.seasons import DAY
from data.sources.simulated.shop import Shop
from data.sources.simulated.simulation import Stretch, open_shop, stretches
from tests.benchmarks.closed_loop.score import Score, score

MONTH: Final = 30.4375
"""Days of a month."""
MONTHS, HISTORY_DAYS, AFTER_DAYS = 12, 365, 90
LINES_PER_CUSTOMER: Final = 20.0
"""Of the history, the year and the time after together."""
FAULTY_PRODUCTS: Final = 0.08
"""Share of products whose returns for description or color the product report finds too many."""
_STRETCH = 50_000
_OF_ORDERS = ("number", "time", "customer", "voucher", "payment", "channel")
_OF_LINES = ("index", "product", "size", "color")


@dataclass(frozen=True)
class _Rows:
    def cut(self, part: slice) -> Self:
        """Give the rows of ``part``."""
        return type(self)(**{each.name: getattr(self, each.name)[part] for each in fields(self)})


@dataclass(frozen=True)
class Lines(_Rows):
    """One row a line, sorted by visit.

    ``visit``: its place in `Visits`. ``value``: price times quantity, minor units. ``product``: an id. ``pair``: an id
    of the product in this visit. ``reasons``: the truth, P(returned for the reason), float64 of shape (lines, causes)
    in the order of `catalogue.CAUSES`. ``scored``: the same by the score; ``probability``, ``low`` and ``high``: their
    sum and its interval. ``size``, ``color``: codes; ``several_sizes`` and ``several_colors``: whether the product is
    in the basket in others, too. ``other_size``: whether another size can be advised. ``faulty``: whether the product
    report finds a fault of `FAULTS` in it. ``chance``: uniform, decides on the return; ``bought_chance``: on the
    purchase.
    """

    visit: Ints
    value: Floats
    product: Ints
    pair: Ints
    reasons: Floats
    scored: Floats
    probability: Floats
    low: Floats
    high: Floats
    size: Ints
    color: Ints
    several_sizes: Bools
    several_colors: Bools
    other_size: Bools
    faulty: Bools
    chance: Floats
    bought_chance: Floats


FAULTS: Final = frozenset({Reason.NOT_AS_DESCRIBED, Reason.COLOR})


@dataclass(frozen=True)
class Visits(_Rows):
    """One row a potential visit, sorted by ``day``, which is 0 when policies begin; at most one a customer and day.

    ``registered``: the day of the customer's registration. The chances are uniform: whether the visit takes place,
    whether the basket is bought, what is drawn, and whether what is shown is dismissed.
    """

    customer: Ints
    day: Floats
    registered: Floats
    voucher: Bools
    invoice: Bools
    app: Bools
    visit_chance: Floats
    basket_chance: Floats
    draw_chance: Floats
    dismiss_chance: Floats


@dataclass(frozen=True)
class PotentialVisits:
    """All visits and lines of a shop; ``first``: the place of each visit's first line, with one element more."""

    visits: Visits
    lines: Lines
    first: Ints
    customers: int
    draws: Draws

    def days(self, since: int, until: int) -> list[slice]:
        """Give the places of the visits of each day from ``since`` until before ``until``."""
        at = np.searchsorted(self.visits.day, np.arange(since, until + 1))
        return [slice(int(start), int(end)) for start, end in pairwise(at)]

    def lines_of(self, part: slice) -> slice:
        """Give the places of the lines of visits."""
        return slice(int(self.first[part.start]), int(self.first[part.stop]))


def potential_visits(customers: int, seed: int, *, blur: float = 0.5) -> PotentialVisits:
    """Simulate a fashion shop with about ``customers`` customers; ``blur``: see `score`."""
    shop = open_shop(_params(customers, seed))
    stretch = _joined(list(stretches(shop, _STRETCH)))
    return _potential(shop, stretch, Draws(seed), blur)


def _params(customers: int, seed: int) -> SimulatorParams:
    changes = {
        "seed": seed,
        "lines": max(1000, round(customers * LINES_PER_CUSTOMER)),
        "end": date(2024, 7, 1),
        "days": round(HISTORY_DAYS + MONTHS * MONTH + AFTER_DAYS),
        "lines_per_customer": LINES_PER_CUSTOMER,
        "existing_customer_share": 0.6,
        "electronics_share": 0.0,
        "guest_share": 0.0,
        "attributes": False,
    }
    usual = params.load("simulator", SimulatorParams).model_dump()
    return SimulatorParams.model_validate({**usual, **changes})


@dataclass(frozen=True)
class _Bought:
    """What is taken of stretches: first of orders, then of lines."""

    number: Ints
    time: Ints
    customer: Ints
    voucher: Bools
    payment: Ints
    channel: Ints
    order: Ints
    index: Ints
    product: Ints
    value: Floats
    size: Ints
    color: Ints
    reasons: Floats


def _joined(parts: list[Stretch]) -> _Bought:
    orders = [part.orders for part in parts]
    lines = [part.lines for part in parts]
    starts = np.cumsum([0, *(len(each.number) for each in orders[:-1])])
    shifted = [each.order + start for each, start in zip(lines, starts, strict=True)]
    values = [part.prices.paid_minor * part.lines.quantity for part in parts]
    return _Bought(
        order=np.concatenate(shifted),
        value=np.concatenate(values).astype(np.float64),
        reasons=np.concatenate([(part.cause_shares * part.probability).T for part in parts]),
        **{name: np.concatenate([getattr(each, name) for each in orders]) for name in _OF_ORDERS},
        **{name: np.concatenate([getattr(each, name) for each in lines]) for name in _OF_LINES},
    )


def _potential(shop: Shop, bought: _Bought, draws: Draws, blur: float) -> PotentialVisits:
    day = (bought.time - shop.seasons.start) / DAY - HISTORY_DAYS
    kept = _first_of_day(bought.customer, day)
    place = np.cumsum(kept) - 1
    own = kept[bought.order]
    visits = Visits(
        customer=bought.customer[kept],
        day=day[kept],
        registered=((shop.customers.registered - shop.seasons.start) / DAY - HISTORY_DAYS)[bought.customer[kept]],
        voucher=bought.voucher[kept],
        invoice=bought.payment[kept] == catalogue.PAYMENTS.index("invoice"),
        app=bought.channel[kept] == catalogue.CHANNELS.index("app"),
        **{
            f"{name}_chance": draws.uniform(f"visit/{name}", bought.number[kept])
            for name in ("visit", "basket", "draw", "dismiss")
        },
    )
    visit, product, reasons = place[bought.order][own], bought.product[own], bought.reasons[own]
    known = score(reasons, bought.index[own], visits.day[visit] < 0, draws, blur)
    lines = _lines(shop, bought, own, visit, known, draws)
    lines = _with_faults(lines, product)
    first = np.searchsorted(visit, np.arange(len(visits.day) + 1))
    return PotentialVisits(visits, lines, first, shop.customers.count, draws)


def _first_of_day(customer: Ints, day: Floats) -> Bools:
    """Mark the first order of each customer on each day; the orders are sorted by time."""
    key = customer * 100_000 + np.floor(day).astype(np.int64) + HISTORY_DAYS
    found = np.zeros(len(key), dtype=np.bool_)
    found[np.unique(key, return_index=True)[1]] = True
    return found


def _lines(shop: Shop, bought: _Bought, own: Bools, visit: Ints, known: Score, draws: Draws) -> Lines:
    product, index = bought.product[own], bought.index[own]
    systems = list(catalogue.SIZE_SYSTEMS.values())
    sizes = np.array([len(system.labels) for system in systems])
    has_sizes = sizes[catalogue.size_systems()[shop.products.category[product]]] > 1
    pair = np.unique(visit * (shop.products.count + 1) + product, return_inverse=True)[1]
    several_sizes = _several(pair, bought.size[own])
    return Lines(
        visit=visit,
        value=bought.value[own],
        product=product,
        pair=pair.astype(np.int64),
        reasons=bought.reasons[own],
        scored=known.reasons,
        probability=known.probability,
        low=known.low,
        high=known.high,
        size=bought.size[own],
        color=bought.color[own],
        several_sizes=several_sizes,
        several_colors=_several(pair, bought.color[own]),
        other_size=has_sizes & ~several_sizes,
        faulty=np.zeros(len(visit), dtype=np.bool_),
        chance=draws.uniform("visit/returned", index),
        bought_chance=draws.uniform("visit/bought", index),
    )


def _several(pair: Ints, label: Ints) -> Bools:
    """Mark the lines whose product is in the basket with another label, too."""
    distinct = np.unique(pair * 1000 + label) // 1000
    return np.asarray(np.bincount(distinct)[pair] > 1, dtype=np.bool_)


def _with_faults(lines: Lines, product: Ints) -> Lines:
    """Mark the lines of products with the most true returns for the reasons of `FAULTS`: the report finds them."""
    excess = lines.reasons[:, columns_of(FAULTS)].sum(axis=1)
    count = np.bincount(product)
    mean = np.bincount(product, weights=excess) / np.maximum(count, 1)
    bound = np.quantile(mean[count > 0], 1 - FAULTY_PRODUCTS)
    return Lines(
        **{**{each.name: getattr(lines, each.name) for each in fields(lines)}, "faulty": mean[product] > bound}
    )


def columns_of(reasons: Collection[Reason]) -> Ints:
    """Give the columns of ``reasons`` in a table of causes."""
    return np.array([place for place, cause in enumerate(catalogue.CAUSES) if cause in reasons], dtype=np.int64)
