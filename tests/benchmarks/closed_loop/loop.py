"""The closed loop: day by day a policy meets the visits that its earlier acts left, and moves later ones."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated.responses.effects import VisitEffects, dismissed_chance
from data.sources.simulated.responses.memory import Memory, visit_chance
from data.sources.simulated.responses.responders import (
    Profile,
    Responders,
    ResponseParams,
    responders,
)
from tests.benchmarks.closed_loop.asked import (
    Asked,
    Valuations,
    basket_covariates,
    customer_covariates,
    reason_columns,
    tenure,
)
from tests.benchmarks.closed_loop.caps import Caps
from tests.benchmarks.closed_loop.counters import SEGMENTS, Counters, Placed
from tests.benchmarks.closed_loop.log import Log
from tests.benchmarks.closed_loop.money import Shown
from tests.benchmarks.closed_loop.policies import NONE, Acting, Nothing, Oracle
from tests.benchmarks.closed_loop.score import LEVEL
from tests.benchmarks.closed_loop.totals import totals
from tests.benchmarks.closed_loop.valuation import Valuation
from tests.benchmarks.closed_loop.visits import AFTER_DAYS, HISTORY_DAYS, MONTH, MONTHS, Lines, Visits
from tests.benchmarks.closed_loop.world import Truth, World

END: Final = round(MONTHS * MONTH)
"""The day on which policies stop."""


@dataclass(frozen=True)
class Path:
    """What one policy did at each potential visit from day 0 on, one row a visit.

    ``shown``: the place of the action, -1 for nothing. ``chance``: of the visit. ``profit``: the mean profit if it
    takes place. ``took_place``: whether it did. Means instead of draws are what makes small differences visible.
    """

    shown: Ints
    chance: Floats
    profit: Floats
    took_place: Bools


class Start(NamedTuple):
    """Where policies begin: what was counted before, and how customers will respond at each potential visit."""

    counters: Counters
    responders: Responders


def begin(given: World, params: ResponseParams) -> Start:
    """Walk through all visits without any action, for the history and for what a shop would observe of customers.

    A customer responds by what the shop would have observed of her without any action: so the truth is the same for all
    policies. The share of the harmed holds among the customers at their first visit in the year.
    """
    visits = given.potential.visits
    nobody = np.zeros(len(visits.day))
    walk = _Walk(given, Responders(nobody, nobody, nobody, nobody), Counters(given.potential.customers), Nothing())
    walk.run(-HISTORY_DAYS, 0)
    counters = walk.counters.copy()
    walk.run(0, END + AFTER_DAYS)
    profile = Profile(**{
        name: np.concatenate([vars(each)[name] for each in walk.profiles]) for name in Profile.__dataclass_fields__
    })  # fmt: skip
    first = np.unique(np.where(visits.day >= 0, visits.customer, -1), return_index=True)
    return Start(counters, responders(profile, visits.customer, first[1][first[0] >= 0], params, given.potential.draws))


def run(given: World, start: Start, policy: Acting) -> tuple[Path, Log]:
    """Let ``policy`` act for the year, and its customers remember it for the time after."""
    walk = _Walk(given, start.responders, start.counters.copy(), policy)
    walk.run(0, END + AFTER_DAYS)
    return walk.path(), walk.log


class _Day(NamedTuple):
    """What is at hand of the visits ``part``."""

    part: slice
    visits: Visits
    lines: Lines
    truth: Truth


class _Walk:
    def __init__(self, given: World, responds: Responders, counters: Counters, policy: Acting) -> None:
        self._given, self._responds, self._policy = given, responds, policy
        self.counters, self._memory = counters, Memory(given.potential.customers)
        self._caps = Caps(given.policy, given.potential.customers)
        self.log = Log(tuple(action.name for action in given.policy.actions))
        self.profiles: list[Profile] = []
        self._parts: list[Path] = []

    def run(self, since: int, until: int) -> None:
        for day, part in enumerate(self._given.potential.days(since, until), since):
            if 0 <= day < END:
                self._policy.learn(self.log, day)
            self.counters.begin(day)
            if part.stop > part.start:
                self._step(day, part)

    def path(self) -> Path:
        return Path(*(np.concatenate([getattr(each, name) for each in self._parts]) for name in Path.__annotations__))

    def _step(self, day: int, part: slice) -> None:
        potential = self._given.potential
        visits = potential.visits.cut(part)
        now = _Day(
            part, visits, potential.lines.cut(potential.lines_of(part)),
            Truth(self._given, part, self._responds, self._memory.tiredness(visits.customer, visits.day)),
        )  # fmt: skip
        self.profiles.append(self.counters.profile(visits.customer, tenure(visits)))
        chance = visit_chance(self._memory.trust(visits.customer, visits.day))
        took = visits.visit_chance < chance
        shown = np.full(len(took), NONE)
        if 0 <= day < END:
            shown = self._decide(day, now, took)
        self._live_on(day, now, shown, took, chance)

    def _decide(self, day: int, now: _Day, took: Bools) -> Ints:
        """Draw what is shown at each visit; where the visit took place, that counts for the caps and is logged."""
        asked, customer = self._asked(day, now), now.visits.customer
        if isinstance(self._policy, Oracle):
            self._policy.know(now.truth)
        chances = self._policy.chances(asked)
        chosen = _drawn(chances, now.visits.draw_chance)
        if self._policy.capped:
            chosen[took] = self._caps.within_quota(chosen[took])
            self._caps.take(customer[took], now.visits.day[took], chosen[took])
        held = self._given.holdout[customer] & self._policy.holds_out
        shown = np.where(held, NONE, chosen)
        held_share = self._given.policy.holdout_share if self._policy.holds_out else 0.0
        self._note(now, asked, took, shown, (1 - held_share) * chances)
        return shown

    def _note(self, now: _Day, asked: Asked, took: Bools, shown: Ints, chances: Floats) -> None:
        every = np.column_stack([chances, 1 - chances.sum(axis=1)])
        log, own = self.log, took & asked.eligible.any(axis=1)
        self._logged = own
        log.day.append(now.visits.day[own])
        log.covariates.append({name: each[own] for name, each in asked.covariates.items()})
        log.customer.append(now.visits.customer[own])
        log.action.append(shown[own])
        log.chances.append(every[own])
        log.eligible.append(asked.eligible[own])

    def _asked(self, day: int, now: _Day) -> Asked:
        given, visit = self._given, now.truth.visit
        segment = self.counters.segment(now.visits.customer, day, given.segments)
        about = now.truth.about[:, :-1]
        eligible = np.column_stack([
            (totals(visit, about[:, place], len(segment)) > 0)
            & np.isin(segment, [SEGMENTS.index(each) for each in action.customers])
            for place, action in enumerate(given.policy.actions)
        ])  # fmt: skip
        if self._policy.capped:
            eligible &= self._caps.free(now.visits.customer, now.visits.day)
        covariates = {
            **basket_covariates(now.visits, now.lines, visit, about, given.policy, given.costs),
            **customer_covariates(now.visits, self.counters, segment, day),
        }
        warned = totals(visit, now.truth.about[:, -1], len(segment)) > 0
        return Asked(day, covariates, eligible, warned, lambda: self._valued(now, segment))

    def _valued(self, now: _Day, segment: Ints) -> Valuations:
        policy, visit = self._given.policy, now.truth.visit
        margins = np.array([float(policy.later_margin_minor.get(each, 0)) for each in SEGMENTS])
        valuation = Valuation(policy, self._given.costs, now.lines, visit, len(segment), LEVEL)
        found = [
            valuation.value(action, now.truth.about[:, place], margins[segment])
            for place, action in enumerate(policy.actions)
        ]
        return Valuations(
            np.column_stack([each.expected for each in found]), np.column_stack([each.low for each in found])
        )

    def _live_on(self, day: int, now: _Day, shown: Ints, took: Bools, chance: Floats) -> None:
        """Let the visits turn out, and remember them."""
        effects, what, profit = self._outcome(now, shown)
        money = now.truth.money
        earned = money.drawn(what, effects, now.visits.basket_chance)
        if day >= 0:
            self._parts.append(Path(shown, chance, profit, took))
        closed = dismissed_chance(now.truth.responses(shown), self._responds.dismissal_slope)
        dismissed = (shown != NONE) & (now.visits.dismiss_chance < closed)
        if 0 <= day < END:
            self.log.dismissed.append(dismissed[self._logged])
            self.log.profit.append(earned.profit[self._logged])
            focused = [
                money.focused(earned, now.truth.about[:, place], reason_columns(action), what.cost)
                for place, action in enumerate(self._given.policy.actions)
            ]
            self.log.focused.append(np.column_stack(focused)[self._logged])
        acted, customer = took & (shown != NONE), now.visits.customer
        self._memory.shown(customer[acted], now.visits.day[acted], effects.trust[acted])

        def total(each: Floats | Bools) -> Floats:
            return totals(now.truth.visit, each, len(took))

        placed = Placed(
            customer=customer,
            ordered=total(earned.bought) > 0,
            lines=total(earned.bought),
            returned=total(earned.returned),
            bracketed=total(earned.bought & now.lines.several_sizes),
            voucher=now.visits.voucher,
            invoice=now.visits.invoice,
            shown=shown != NONE,
            dismissed=dismissed,
        )
        self.counters.end(day, placed.where(took))

    def _outcome(self, now: _Day, shown: Ints) -> tuple[VisitEffects, Shown, Floats]:
        """Give the effects of what is shown, what that is by line, and the mean profit."""
        count, lines = len(shown), now.lines
        parts = [np.zeros((count, lines.reasons.shape[1])), *(np.zeros(count) for _ in range(3))]
        about, if_kept, cost = np.zeros(len(lines.value), dtype=np.bool_), np.zeros(len(lines.value)), np.zeros(count)
        profit = now.truth.money.untouched.copy()
        for action in np.unique(shown[shown != NONE]):
            own = shown == action
            effects, price = now.truth.effects(action), self._given.cost(action)
            for part, each in zip(parts, effects, strict=True):
                part[own] = each[own]
            mine = now.truth.about[:, action] & own[now.truth.visit]
            about |= mine
            if_kept[mine] = price.kept_minor + price.kept_share * lines.value[mine]
            cost[own] = price.shown_minor
            profit[own] = now.truth.profit(action, effects)[own]
        return VisitEffects(*parts), Shown(about, if_kept, cost), profit


def _drawn(chances: Floats, uniform: Floats) -> Ints:
    """Draw an action for each visit by its chances, -1 for nothing."""
    total = np.cumsum(chances, axis=1)
    place = (total <= uniform[:, None]).sum(axis=1)
    return np.where(place == chances.shape[1], NONE, place)
