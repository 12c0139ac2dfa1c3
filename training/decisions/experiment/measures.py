"""The outcomes of an experiment: each is a sum over units divided by another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from training.decisions.experiment.known_by import KnownBy

Sums = Callable[[KnownBy], Floats]


@dataclass(frozen=True)
class Measure:
    """One outcome: ``over`` by ``under``, summed over units. ``clock``: what of it is known, in visits or units.

    ``settles``: whether it waits for returns, so that the clock is weighed by the share of them that could be known.
    ``among_followed``: whether it is about followed customers alone, which no arm can have moved.
    """

    name: str
    meaning: str
    unit: str
    over: Sums
    under: Sums
    clock: Sums
    settles: bool = False
    among_followed: bool = False


def _each(known: KnownBy) -> Floats:
    return np.ones(len(known.units))


def _returns_known(known: KnownBy) -> Floats:
    """Visits with an order, each by the share of its returns that could be known."""
    return known.weight * (known.orders > 0)


PROFIT = Measure(
    "profit_minor",
    "margin of what is kept minus cost of returns, actions and contacts, a unit, of what could be known by the day",
    "minor units",
    over=lambda known: known.profit_minor,
    under=_each,
    clock=lambda known: known.weight,
    settles=True,
)
MEASURES = (
    PROFIT,
    Measure(
        "return_rate_pieces",
        "pieces that come back, of the pieces ordered",
        "share",
        over=lambda known: known.back_pieces,
        under=lambda known: known.sold_pieces,
        clock=_returns_known,
        settles=True,
    ),
    Measure(
        "return_rate_value",
        "value that comes back, of the value ordered",
        "share",
        over=lambda known: known.back_minor,
        under=lambda known: known.sold_minor,
        clock=_returns_known,
        settles=True,
    ),
    Measure(
        "conversion",
        "visits with an order, of all visits",
        "share",
        over=lambda known: known.orders,
        under=lambda known: known.visits,
        clock=lambda known: known.visits,
    ),
    Measure(
        "basket_value_minor",
        "value ordered, a visit with an order",
        "minor units",
        over=lambda known: known.ordered_minor,
        under=lambda known: known.orders,
        clock=lambda known: known.orders,
    ),
    Measure(
        "repurchase",
        "customers who ordered again in time, of those whose time is over",
        "share",
        over=lambda known: known.again,
        under=lambda known: known.followed,
        clock=lambda known: known.followed,
        among_followed=True,
    ),
    Measure(
        "abandoned",
        "visits reported as abandoned, of all visits",
        "share",
        over=lambda known: known.abandoned,
        under=lambda known: known.visits,
        clock=lambda known: known.visits,
    ),
    Measure(
        "contacts",
        "contacts with the shop that were reported, a visit",
        "contacts",
        over=lambda known: known.contacts,
        under=lambda known: known.visits,
        clock=lambda known: known.visits,
    ),
)
