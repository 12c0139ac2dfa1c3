"""What is known of the units of an experiment, with the day on which each fact became known.

A *visit* is what one unit decided on within some hours: all decisions about it count once. Days are those since the
start of the experiment, with fractions; a fact that never came has the day infinity. Money is in minor units.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Final, Self

import numpy as np

from data.arrays import Bools, Floats, Ints
from training.decisions.experiment.known_share import KnownShare

NOTHING = -1
"""The code of a visit or unit for which no action was ever chosen."""


@dataclass(frozen=True)
class _Rows:
    """Arrays of one length."""

    def __len__(self) -> int:
        """The number of rows."""
        return len(getattr(self, fields(self)[0].name))

    def take(self, chosen: Bools | Ints) -> Self:
        """Keep the rows ``chosen``, a mask or places."""
        return replace(self, **{each.name: getattr(self, each.name)[chosen] for each in fields(self)})


@dataclass(frozen=True)
class Units(_Rows):
    """The units that arms were drawn for, shape (units,) each, by the time of their first visit.

    ``treated``: whether the unit was in the arm that is compared with the other, which is the holdout but for direct
    contrasts of two arms, at its first visit; this counts whatever came later.
    ``day``: of the first visit. ``customer``: False for a guest, who can't be followed. ``again``: the day of the first
    order that came in time to count as a repurchase.
    """

    treated: Bools
    day: Floats
    customer: Bools
    again: Floats


@dataclass(frozen=True)
class Visits(_Rows):
    """Visits, shape (visits,) each, by time. ``unit``: place of the unit.

    ``chosen``: code of the first action that was chosen in the visit, before the arm was looked at; `NOTHING` for none.
    ``shown``, ``abandoned``: the days on which that was reported.
    ``shown_minor``: what showing the action costs. ``covariates``: known before the arm was drawn, shape (visits, k).
    """

    unit: Ints
    day: Floats
    chosen: Ints
    shown: Floats
    abandoned: Floats
    shown_minor: Floats
    covariates: Floats


@dataclass(frozen=True)
class Sales(_Rows):
    """Ordered lines, shape (lines,) each, ``visit`` being the place of the visit, and ``cancelled`` a day.

    ``kept_cost``: what the line costs if it is kept, for the action that its visit was shown; minor units.
    """

    visit: Ints
    day: Floats
    value_minor: Floats
    pieces: Floats
    cancelled: Floats
    kept_cost: Floats


@dataclass(frozen=True)
class Returns(_Rows):
    """Returns that count, shape (returns,) each. ``first``: 1 for the first return of its line, else 0.

    ``kept_cost``: what of its line's is not to be paid, since these pieces came back.
    """

    visit: Ints
    day: Floats
    value_minor: Floats
    pieces: Floats
    first: Floats
    kept_cost: Floats


@dataclass(frozen=True)
class Contacts(_Rows):
    """Contacts of customers with the shop, shape (contacts,) each, ``visit`` being the place of the visit."""

    visit: Ints
    day: Floats


NO_CONTACTS: Final = Contacts(np.zeros(0, dtype=np.int64), np.zeros(0))


@dataclass(frozen=True)
class Trail:
    """All facts of one experiment. ``actions``: the names behind the codes of chosen actions."""

    units: Units
    visits: Visits
    sales: Sales
    returns: Returns
    known: KnownShare
    actions: tuple[str, ...]
    repurchase_days: float
    contacts: Contacts = NO_CONTACTS

    @cached_property
    def first_visits(self) -> Ints:
        """The place of each unit's first visit, shape (units,)."""
        first = np.zeros(len(self.units), dtype=np.int64)
        first[self.visits.unit[::-1]] = np.arange(len(self.visits))[::-1]  # of several, the last written stays
        return first

    def begun_by(self, action: int) -> "Trail":
        """The units whose first chosen action is ``action``, from that visit on.

        Before its first choice, a unit was shown nothing in either arm, so the arms are alike up to then. Later
        choices may depend on what was shown, and no fair comparison begins at them.
        """
        first = self._first_choice()
        has = first < len(self.visits)
        begins = np.zeros(len(self.units), dtype=np.bool_)
        begins[has] = self.visits.chosen[first[has]] == action
        kept = begins[self.visits.unit] & (np.arange(len(self.visits)) >= first[self.visits.unit])
        day = np.where(begins, self.visits.day[np.minimum(first, len(self.visits) - 1)], np.inf)
        return self._cut(begins, kept, replace(self.units, day=day))

    def begun(self) -> "Trail":
        """The units for which any action was ever chosen, from their first choice on."""
        any_action = np.where(self.visits.chosen == NOTHING, NOTHING, 0)
        return replace(self, visits=replace(self.visits, chosen=any_action)).begun_by(0)

    def _first_choice(self) -> Ints:
        """The place of each unit's first visit with a choice; the number of visits where it has none."""
        first = np.full(len(self.units), len(self.visits), dtype=np.int64)
        places = np.flatnonzero(self.visits.chosen != NOTHING)
        np.minimum.at(first, self.visits.unit[places], places)
        return first

    def _cut(self, units: Bools, visits: Bools, own: Units) -> "Trail":
        """Keep the ``units`` of ``own`` and the ``visits``, with their new places."""
        place, where = np.cumsum(units) - 1, np.cumsum(visits) - 1
        kept = self.visits.take(visits)
        sales = self.sales.take(visits[self.sales.visit])
        returns = self.returns.take(visits[self.returns.visit])
        contacts = self.contacts.take(visits[self.contacts.visit])
        return replace(
            self,
            units=own.take(units),
            visits=replace(kept, unit=place[kept.unit]),
            sales=replace(sales, visit=where[sales.visit]),
            returns=replace(returns, visit=where[returns.visit]),
            contacts=replace(contacts, visit=where[contacts.visit]),
        )
