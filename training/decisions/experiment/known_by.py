"""What could be known of each unit by one day: sums over its visits.

Of a visit that is a few days old, only some of its returns could be known. It counts by that share: its sales are
weighed by it, and the known returns are taken from them as they are. So its figure has the mean of the final one, times
the share, in both arms alike, whatever the arms' return rates are. No score has a say in it.
"""

from dataclasses import dataclass, fields

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.costs import Costs
from training.decisions.experiment.trail import Trail


@dataclass(frozen=True)
class KnownBy:
    """Sums by unit, shape (units that had come,) each, in the order of the trail's units.

    ``units``: their places. ``weight``: visits, each by the share of its returns that could be known. ``profit_minor``,
    ``sold_pieces`` and ``sold_minor`` are weighed likewise. ``visits``, ``orders``, ``ordered_minor`` and
    ``contacts`` are not.
    ``followed``: 1 for a customer who came so long ago that a repurchase would be known; ``again``: whether it came.
    ``covariates``: shape (units, k).
    """

    units: Ints
    treated: Bools
    weight: Floats
    profit_minor: Floats
    sold_pieces: Floats
    back_pieces: Floats
    sold_minor: Floats
    back_minor: Floats
    visits: Floats
    orders: Floats
    ordered_minor: Floats
    abandoned: Floats
    contacts: Floats
    followed: Floats
    again: Floats
    covariates: Floats

    def take(self, chosen: Bools) -> "KnownBy":
        """Keep the units ``chosen``."""
        return KnownBy(**{each.name: getattr(self, each.name)[chosen] for each in fields(self)})


def known_by(trail: Trail, day: float, costs: Costs) -> KnownBy:
    """Sum up what was known at the end of ``day``, a number of days since the start."""
    come = np.flatnonzero(trail.units.day <= day)
    visits = VisitSums(trail, day, costs)
    units = trail.units.take(come)
    matured = units.customer & (units.day + trail.repurchase_days <= day)
    own = visits.by_unit(visits.share)[come]
    return KnownBy(
        units=come,
        treated=units.treated,
        weight=own,
        profit_minor=visits.by_unit(visits.profit())[come],
        sold_pieces=visits.by_unit(visits.share * visits.sold(trail.sales.pieces))[come],
        back_pieces=visits.by_unit(visits.back(trail.returns.pieces))[come],
        sold_minor=visits.by_unit(visits.share * visits.sold_minor)[come],
        back_minor=visits.by_unit(visits.back(trail.returns.value_minor))[come],
        visits=visits.by_unit(visits.come)[come],
        orders=visits.by_unit(visits.ordered)[come],
        ordered_minor=visits.by_unit(visits.sold_minor)[come],
        abandoned=visits.by_unit(visits.come * (trail.visits.abandoned <= day))[come],
        contacts=visits.by_unit(visits.contacts)[come],
        followed=matured.astype(np.float64),
        again=(matured & (units.again <= day)).astype(np.float64),
        covariates=_covariates(trail, trail.visits.covariates[trail.first_visits[come]], units.day, day),
    )


def _covariates(trail: Trail, own: Floats, since: Floats, day: float) -> Floats:
    """The covariates as they are and by the known share of the first visit, that share, and the time since then.

    All are functions of what was known at the first visit and of the calendar, so no arm can have moved them.
    """
    share = trail.known.at(day - since)[:, None]
    return np.hstack([own, own * share, share, (day - since)[:, None]])


class VisitSums:
    """Sums by visit at the end of ``day``, shape (visits,) each."""

    def __init__(self, trail: Trail, day: float, costs: Costs) -> None:
        self._trail, self._day, self._costs = trail, day, costs
        visits, sales = trail.visits, trail.sales
        self.come = (visits.day <= day).astype(np.float64)
        self.share = trail.known.at(day - visits.day)
        self._alive = ((sales.day <= day) & (sales.cancelled > day)).astype(np.float64)
        self._known = (trail.returns.day <= day).astype(np.float64)
        self.sold_minor = self.sold(sales.value_minor)
        known = (trail.contacts.day <= day).astype(np.float64)
        self.contacts = _sums(trail.contacts.visit, known, len(visits))
        self.ordered = (self.sold(np.ones(len(sales))) > 0).astype(np.float64)

    def sold(self, what: Floats) -> Floats:
        """Sum ``what`` over the visit's lines that are ordered and not cancelled."""
        return _sums(self._trail.sales.visit, self._alive * what, len(self._trail.visits))

    def back(self, what: Floats) -> Floats:
        """Sum ``what`` over the returns that are known."""
        return _sums(self._trail.returns.visit, self._known * what, len(self._trail.visits))

    def profit(self) -> Floats:
        """The margin of what is kept minus the cost of returns, of the action and of contacts, weighed by the share.

        Contacts count when they come, and are not weighed: no curve tells how many are still to come.
        """
        costs, returns = self._costs, self._trail.returns
        lost = (costs.margin_share + costs.return_value_share) * returns.value_minor
        fixed = costs.return_fixed_minor * returns.first
        earned = self.share * costs.margin_share * self.sold_minor - self.back(lost + fixed)
        return earned - self._of_actions() - costs.contact_minor * self.contacts

    def _of_actions(self) -> Floats:
        """What actions cost that were shown by the day: for showing them, and for the lines that are kept."""
        visits, kept_cost = self._trail.visits, self._trail.sales.kept_cost
        kept = self.share * self.sold(kept_cost) - self.back(self._trail.returns.kept_cost)
        return (self.share * visits.shown_minor + kept) * (visits.shown <= self._day)

    def by_unit(self, what: Floats) -> Floats:
        """Sum ``what`` over the visits of each unit, shape (units,)."""
        return _sums(self._trail.visits.unit, what, len(self._trail.units))


def _sums(place: Ints, what: Floats, places: int) -> Floats:
    """Sum ``what`` by ``place``, shape (places,)."""
    return np.bincount(place, what, places).astype(np.float64)
