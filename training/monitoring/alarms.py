"""Alarms: where scores and returns part beyond what is tolerated, since when, and what it costs.

All lines and each slice by a label have a detector of their own (`training.monitoring.evidence`). The bound of each is
as many times larger as there are detectors, so that while nothing is wrong, one alarm of all of them is false in
``monitoring.days_a_false_alarm`` days, or less often.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit

from data.arrays import Bools, Floats
from data.progress.steps import counted
from training.costs import Costs, pays, return_cost
from training.evaluation.slices import MISSING, OTHER, labels
from training.held_out.pieces import BY_LABEL
from training.model.split import DAY
from training.monitoring import wording
from training.monitoring.delays import daily_delays
from training.monitoring.estimate import estimate
from training.monitoring.evidence import Alarm, LineCourse, alarms, slope_alarms
from training.monitoring.known import Known, known_at
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import WHOLE
from training.monitoring.recalibration import Recalibration

SAME_DAYS = 28
"""An alarm that comes so soon after one of the same detector and direction says that it goes on, and is not another."""
MONTH_DAYS = 30
ALL = "all lines"
COLUMNS = (
    "told_at",
    "last_told_at",
    "kind",
    "slice",
    "since",
    "direction",
    "lines",
    "mean_probability",
    "rate",
    "rate_low",
    "rate_high",
    "cost_minor_a_month",
    "text",
)


@dataclass(frozen=True)
class Watched:
    """What one detector watches: the ``mask`` of its lines, and the words for it."""

    kind: str
    name: str
    mask: Bools

    @property
    def words(self) -> str:
        """What it is called in a sentence; the kind stands before a name that does not begin with it."""
        if self.kind == "all" or self.name.lower().startswith(self.kind):
            return self.name
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Run:
    """An alarm of one detector: when it was told first and last, and ``since`` when evidence had grown."""

    direction: int
    since: pd.Timestamp
    told_at: pd.Timestamp
    last_told_at: pd.Timestamp

    def goes_on(self, alarm: Alarm, told_at: pd.Timestamp) -> bool:
        """Whether an ``alarm`` that is told then says that this one goes on."""
        return alarm.direction == self.direction and told_at - self.last_told_at <= SAME_DAYS * DAY


def alarm_table(
    scored: pd.DataFrame,
    times: pd.DataFrame,
    now: pd.Timestamp,
    chosen: MonitoringParams,
    money: tuple[Costs, str],
    *,
    latest: bool = False,
) -> pd.DataFrame:
    """Find all alarms until ``now``, each as it would have been told on its day, newest first.

    Parameters
    ----------
    scored, times
        As `training.monitoring.known.known_at` takes them; ``scored`` with labels, ``price_minor`` and ``quantity``.
    money
        The shop's costs, and the currency of its money.
    latest
        Whether an alarm that goes on has the figures of the last day on which it was told; else those of the first.

    Returns
    -------
    pandas.DataFrame
        ``told_at`` (the midnight at which the alarm could be told first), ``last_told_at`` (if it went on), the slice,
        ``since`` (the day from which on evidence grew), ``direction`` (one of `training.monitoring.wording`), the
        ``lines`` known then that were ordered in the `SAME_DAYS` before, their mean probability and the final rate to
        expect with its interval, what it costs a month (minor units; below 0: saves, 0: not known yet), and ``text``.
    """
    start = scored["ordered_at"].min().normalize() + DAY
    days = max(int((now - start) / DAY), 0)
    delays = daily_delays(times, start, days)
    course, watched = LineCourse.of(scored, start), list(_watched(scored, chosen))
    bound = float(chosen.days_a_false_alarm * (len(watched) + 1))  # one for the slope
    rows = []
    for each in counted(watched, "alarms", "slices"):
        runs = _runs(alarms(course.only(each.mask), delays, chosen.tolerance, bound), start)
        if each.kind == "all":
            runs += _runs(slope_alarms(course, delays, bound), start)
        for run in runs:
            told_at = run.last_told_at if latest else run.told_at
            own = scored[each.mask & (scored["ordered_at"] >= told_at - SAME_DAYS * DAY).to_numpy()]
            rows.append(_row(each, run, known_at(own, times, told_at), chosen, money))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["told_at", "kind", "slice"], ascending=[False, True, True], ignore_index=True)


def _watched(scored: pd.DataFrame, chosen: MonitoringParams) -> Iterator[Watched]:
    yield Watched("all", ALL, np.ones(len(scored), dtype=np.bool_))
    for column, word in BY_LABEL.items():
        if column in scored:
            for each in labels(scored[column], column, word, chosen.most_labels):
                if each.name not in (MISSING, OTHER) and each.mask.sum() >= chosen.least_lines:
                    yield Watched(word, each.name, each.mask)


def _runs(found: Iterator[Alarm], start: pd.Timestamp) -> list[Run]:
    """Each alarm with those that say that it goes on; days count from ``start``."""
    runs: list[Run] = []
    for alarm in found:
        told_at = start + (alarm.day + 1) * DAY
        same = [place for place, run in enumerate(runs) if run.goes_on(alarm, told_at)]
        if same:
            runs[same[-1]] = replace(runs[same[-1]], last_told_at=told_at)
        else:
            runs.append(Run(alarm.direction, start + alarm.since * DAY, told_at, told_at))
    return runs


def _row(
    watched: Watched,
    run: Run,
    known: Known,
    chosen: MonitoringParams,
    money: tuple[Costs, str],
) -> dict[str, object]:
    """The row of an alarm, from what was ``known`` of its latest lines when it was told."""
    found = estimate(known.lines, WHOLE, known.drift)
    costs, currency = money
    value = (known.frame["price_minor"] * known.frame["quantity"]).to_numpy(dtype=np.float64)
    low, high = found.rate.interval(chosen.interval)
    if run.direction in wording.LEVEL:
        beyond = found.rate.value - found.mean_probability
        shown = wording.shows(run.direction, found)
        cost = shown * beyond * float(return_cost(value, costs).sum()) * MONTH_DAYS / SAME_DAYS
        what = wording.of_level(run.direction, found, chosen.interval, SAME_DAYS)
    else:
        cost = _lost(known.lines.margin, found.fitted.mode, value, costs) * MONTH_DAYS / SAME_DAYS
        what = wording.of_slope(run.direction, known.lines.margin, found, SAME_DAYS)
    text = (
        f"{watched.words}: {what} Evidence has grown since {run.since:%Y-%m-%d}."
        f" {wording.costs(run.direction, cost, currency)} {wording.advice(watched.kind, run.direction)}"
    )
    return {
        "told_at": f"{run.told_at:%Y-%m-%d}",
        "last_told_at": f"{run.last_told_at:%Y-%m-%d}",
        "kind": watched.kind,
        "slice": watched.name,
        "since": f"{run.since:%Y-%m-%d}",
        "direction": wording.DIRECTIONS[run.direction],
        "lines": len(known.lines),
        "mean_probability": found.mean_probability,
        "rate": found.rate.value,
        "rate_low": low,
        "rate_high": high,
        "cost_minor_a_month": round(cost),
        "text": text,
    }


def _lost(margin: Floats, mode: Recalibration, value: Floats, costs: Costs) -> float:
    """What warnings by these scores lose against warnings by what the scores should have been, minor units."""
    chance = mode.chance(margin)
    gain = pays(chance, value, costs)
    return float(gain[gain > 0].sum() - gain[pays(np.asarray(expit(margin)), value, costs) > 0].sum())
