"""Experiments whose truth is known: a shop's visits, orders and returns, drawn with an effect or without one.

Values of baskets have heavy tails (log-normal). Customers differ in how often they come, in how much they buy and in
how much they send back; they come several times, and stay in their arm. A score knows a part of the probability of a
return. Returns become known after days.
"""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.costs import Costs
from training.decisions.experiment.known_share import KnownShare
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.trail import NOTHING, Returns, Sales, Trail, Units, Visits

COSTS = Costs(
    return_fixed_minor=300,
    return_value_share=0.1,
    margin_share=0.4,
    warning_avoids_returns=0.5,
    warning_stops_kept=0.5,
)
PARAMS = ExperimentParams(
    log="data/decisions",
    level=0.95,
    planned_days=28,
    first_look_visits=500,
    within_hours=24.0,
    repurchase_days=90,
)
REPURCHASE_DAYS = 10.0
"""A short time, so that short experiments have repurchases."""
SLOWEST = 21
"""Days after which the last return is known."""


@dataclass(frozen=True)
class DrawnShop:
    """How the shop is drawn, and what the policy does where it chooses something.

    ``visits_a_day`` and ``days`` give its size. ``avoids``: share of returns that the action avoids. ``loses``: share
    of orders that it loses. ``tail``: the standard deviation of the log of a line's value. ``chosen_share``: visits
    with a choice.
    """

    visits_a_day: int = 400
    days: int = 28
    holdout_share: float = 0.1
    avoids: float = 0.0
    loses: float = 0.0
    tail: float = 0.9
    conversion: float = 0.7
    chosen_share: float = 0.4
    visits_per_unit: float = 2.0


def known_share() -> KnownShare:
    """Shares of returns known by day: delays have a gamma distribution, cut at `SLOWEST`, in whole days."""
    days = np.arange(SLOWEST + 1, dtype=np.float64)
    share = np.concatenate([[0.0], np.cumsum(days[1:] ** 2 * np.exp(-days[1:] / 3.0))])
    return KnownShare(share / share[-1])


def draw(shop: DrawnShop, seed: int, *, all_in: bool | None = None) -> Trail:
    """Draw one experiment.

    ``all_in``: True for all units in the policy's arm, False for all in the holdout, with the chances of the same seed:
    the two together are the potential outcomes of the experiment, and so the truth.
    """
    random = np.random.default_rng(seed)
    n = shop.visits_a_day * shop.days
    unit, day = _visits(shop, n, random)
    units = int(unit.max()) + 1
    treated = random.random(units) >= shop.holdout_share
    if all_in is not None:
        treated = np.full(units, all_in)
    chosen = random.random(n) < shop.chosen_share
    acted = chosen & treated[unit]
    lines = _Lines(shop, unit, acted, random)
    sales = Sales(
        lines.visit,
        day[lines.visit],
        lines.value,
        lines.pieces,
        np.full(len(lines.visit), np.inf),
        np.zeros(len(lines.visit)),
    )
    first = np.zeros(units, dtype=np.int64)
    first[unit[::-1]] = np.arange(n)[::-1]
    return Trail(
        units=Units(
            treated=treated,
            day=day[first],
            customer=np.ones(units, dtype=np.bool_),
            again=_again(unit, day, first),
        ),
        visits=Visits(
            unit=unit,
            day=day,
            chosen=np.where(chosen, 0, NOTHING),
            shown=np.where(acted, day, np.inf),
            abandoned=np.where(lines.bought, np.inf, day),
            shown_minor=np.zeros(n),
            covariates=lines.covariates,
        ),
        sales=sales,
        returns=Returns(
            visit=lines.visit[lines.back],
            day=(day[lines.visit] + lines.delay)[lines.back],
            value_minor=lines.value[lines.back],
            pieces=lines.pieces[lines.back],
            first=lines.pieces[lines.back],
            kept_cost=np.zeros(int(lines.back.sum())),
        ),
        known=known_share(),
        actions=("advice",),
        repurchase_days=REPURCHASE_DAYS,
    )


class _Lines:
    """The lines of the baskets: those bought, and what the score says of all of them before."""

    def __init__(self, shop: DrawnShop, unit: Ints, acted: Bools, random: np.random.Generator) -> None:
        n, units = len(unit), int(unit.max()) + 1
        basket = np.repeat(np.arange(n), random.geometric(0.45, n))
        spends, returns = random.normal(0, 0.4, units), random.normal(0, 0.7, units)
        value = np.exp(random.normal(7.8, shop.tail, len(basket)) + spends[unit[basket]])
        logit = -0.6 + returns[unit[basket]] + random.normal(0, 0.6, len(basket)) + 0.1 * (np.log(value) - 7.8)
        p = 1 / (1 + np.exp(-logit))
        score = 1 / (1 + np.exp(-(logit + random.normal(0, 0.6, len(basket)))))
        cost = score * (COSTS.return_fixed_minor + COSTS.return_value_share * value)
        sums = [np.bincount(basket, each, n) for each in (cost, score, value)]
        self.covariates = np.stack(sums, axis=1).astype(np.float64)
        self.bought = random.random(n) < shop.conversion * np.where(acted, 1 - shop.loses, 1.0)
        back = random.random(len(basket)) < p * np.where(acted[basket], 1 - shop.avoids, 1.0)
        share = known_share().share
        delay = np.interp(random.random(len(basket)), share, np.arange(len(share)))
        kept = self.bought[basket]
        self.visit, self.value, self.back, self.delay = basket[kept], value[kept], back[kept], delay[kept]
        self.pieces = np.ones(int(kept.sum()))


def _visits(shop: DrawnShop, n: int, random: np.random.Generator) -> tuple[Ints, Floats]:
    """Units, by first visit, and days of the visits, rising: units come with rates that differ (gamma)."""
    units = max(2, int(n / shop.visits_per_unit))
    rate = random.gamma(1.0, 1.0, units)
    own = random.choice(units, n, p=rate / rate.sum())
    day = np.sort(random.random(n) * shop.days)
    _, first, code = np.unique(own, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[code], day


def _again(unit: Ints, day: Floats, first: Ints) -> Floats:
    later = day <= day[first][unit] + REPURCHASE_DAYS
    later[first] = False
    found = np.full(len(first), np.inf)
    np.minimum.at(found, unit[later], day[later])
    return found
