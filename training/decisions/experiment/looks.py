"""The looks at an experiment: at the end of every day, each measure with an interval that holds at all looks together.

Each look sums up all that is known of each unit by then, a customer's later visits included. The units' influence
values at a look add up to a total with the variance V. The interval is proven for totals that grow by parts which are
uncorrelated with what was there before. Here a unit's later part may be correlated with its earlier one. Where this
correlation is positive, the interval holds all the more: of two Gaussian processes with the same variances, the one
with the higher correlations crosses a boundary less often (Slepian, 1962). So each look states its covariance with the
look before over the variance of that look (``dependence``): from 1 on, the interval is safe.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data.arrays import Floats
from training.costs import Costs
from training.decisions.experiment import sequence
from training.decisions.experiment.contrast import Contrast, contrast
from training.decisions.experiment.known_by import KnownBy, known_by
from training.decisions.experiment.measures import MEASURES, Measure
from training.decisions.experiment.params import ExperimentParams
from training.decisions.experiment.trail import Trail


@dataclass(frozen=True)
class Look:
    """One measure at the end of ``day`` (days since the start).

    ``figure`` and ``figure_against``: the figures of the arm and of the one that it is compared with; ``difference``:
    the first minus the second, with ``low`` and ``high``. ``clock``: how much is known, in visits (or units) of both
    arms. ``units`` (of both) and ``units_arm`` had come. ``weight``: the denominator over both arms. ``variance``: of
    ``weight`` times the difference; ``plain_variance``: the same without covariates. ``dependence``: see above, None at
    the first look.
    """

    measure: str
    day: float
    figure: float
    figure_against: float
    difference: float
    low: float
    high: float
    clock: float
    units: int
    units_arm: int
    visits: float
    weight: float
    variance: float
    plain_variance: float
    dependence: float | None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


def follow(
    trail: Trail,
    days: Iterable[float],
    costs: Costs,
    params: ExperimentParams,
    *,
    measures: tuple[Measure, ...] = MEASURES,
    alpha: float | None = None,
) -> dict[str, list[Look]]:
    """Look at ``measures`` at the end of each of ``days`` (rising); by name, from the first day with enough known.

    ``alpha``: 1 minus the level of the intervals; by default that of ``params``.
    """
    wrong = 1.0 - params.level if alpha is None else alpha
    followed = {each.name: _Followed(each, trail, params, wrong) for each in measures}
    for day in days:
        known = known_by(trail, day, costs)
        for each in followed.values():
            each.look(known, day)
    return {name: each.looks for name, each in followed.items()}


class _Followed:
    """One measure over time: the tuning of its interval, and the influence values of the look before.

    A unit that has not come by a look has the influence 0 there.
    """

    def __init__(self, measure: Measure, trail: Trail, params: ExperimentParams, alpha: float) -> None:
        self._measure, self._trail, self._params, self._alpha = measure, trail, params, alpha
        self._r: float | None = None
        self._before = np.zeros(len(trail.units))
        self.looks: list[Look] = []

    def look(self, known: KnownBy, day: float) -> None:
        """Look at the end of ``day``, unless too little is known yet."""
        known = known.take(known.followed > 0) if self._measure.among_followed else known
        clock = self._measure.clock(known)
        if self._r is None and not self._enough(known, clock):
            return
        under = self._measure.under(known)
        found = contrast(known.treated, self._measure.over(known), under, known.covariates)
        if self._r is None:
            if found.variance <= 0:  # nothing has happened yet that could tell units apart
                return
            self._r = sequence.tuned(found.variance * self._growth(day), self._alpha)
        self.looks.append(self._interval(found, known, day, float(clock.sum()), self._r))

    def _enough(self, known: KnownBy, clock: Floats) -> bool:
        least = min(float(clock[known.treated].sum()), float(clock[~known.treated].sum()))
        return least >= self._params.first_look_visits

    def _growth(self, day: float) -> float:
        """How many times as much will be known at the planned day, if visits come as they did up to the first look.

        It is known from the numbers of visits alone, and so can't favour an arm.
        """
        planned = float(self._params.planned_days)
        if not self._measure.settles:
            return max(1.0, planned / day)
        shares = self._trail.known
        return max(1.0, planned * shares.mean_until(planned) / (day * shares.mean_until(day)))

    def _interval(self, found: Contrast, known: KnownBy, day: float, clock: float, r: float) -> Look:
        half = float(sequence.boundary(found.variance, r, self._alpha)) / found.weight
        return Look(
            measure=self._measure.name,
            day=day,
            figure=found.figure,
            figure_against=found.figure_against,
            difference=found.difference,
            low=found.difference - half,
            high=found.difference + half,
            clock=clock,
            units=len(known.units),
            units_arm=int(known.treated.sum()),
            visits=float(known.visits.sum()),
            weight=found.weight,
            variance=found.variance,
            plain_variance=found.plain_variance,
            dependence=self._dependence(found, known),
        )

    def _dependence(self, found: Contrast, known: KnownBy) -> float | None:
        before = self._before
        self._before = np.zeros(len(before))
        self._before[known.units] = found.influence
        earlier = float(before @ before)
        return float(before @ self._before) / earlier if earlier > 0 else None
