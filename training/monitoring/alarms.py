"""Alarms: where scores and returns part beyond what is tolerated, since when, and what it costs.

All lines and each slice by a label have a detector of their own (`training.monitoring.evidence`). The bound of each is
as many times larger as there are detectors, so that while nothing is wrong, one alarm of all of them is false in
``monitoring.days_a_false_alarm`` days, or less often.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.arrays import Bools
from data.number_format import ENGLISH
from data.progress.steps import counted
from training.costs import Costs, return_cost
from training.evaluation.slices import MISSING, OTHER, labels
from training.held_out.pieces import BY_LABEL
from training.model.split import DAY
from training.monitoring.delays import daily_delays
from training.monitoring.estimate import estimate
from training.monitoring.evidence import UP, Alarm, LineCourse, alarms
from training.monitoring.known import Known, known_at
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import WHOLE

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
    scored: pd.DataFrame, times: pd.DataFrame, now: pd.Timestamp, chosen: MonitoringParams, money: tuple[Costs, str]
) -> pd.DataFrame:
    """Find all alarms until ``now``, each as it would have been told on its day, newest first.

    Parameters
    ----------
    scored, times
        As `training.monitoring.known.known_at` takes them; ``scored`` with labels, ``price_minor`` and ``quantity``.
    money
        The shop's costs, and the currency of its money.

    Returns
    -------
    pandas.DataFrame
        ``told_at`` (the midnight at which the alarm could be told first), ``last_told_at`` (if it went on), the slice,
        ``since`` (the day from which on evidence grew), ``direction`` (``more`` or ``fewer`` returns than the scores
        say), the ``lines`` known then that were ordered in the `SAME_DAYS` before, their mean probability and the final
        rate to expect with its interval, what the difference costs a month (minor units; below 0: saves), and ``text``.
    """
    start = scored["ordered_at"].min().normalize() + DAY
    days = max(int((now - start) / DAY), 0)
    delays = daily_delays(times, start, days)
    course, watched = LineCourse.of(scored, start), list(_watched(scored, chosen))
    bound = float(chosen.days_a_false_alarm * len(watched))
    rows = []
    for each in counted(watched, "alarms", "slices"):
        for run in _runs(alarms(course.only(each.mask), delays, chosen.tolerance, bound), start):
            latest = scored[each.mask & (scored["ordered_at"] >= run.told_at - SAME_DAYS * DAY).to_numpy()]
            rows.append(_row(each, run, known_at(latest, times, run.told_at), chosen, money))
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
    """The row of an alarm, from what was ``known`` of its latest lines when it was told first."""
    found = estimate(known.lines, WHOLE, known.drift)
    costs, currency = money
    value = (known.frame["price_minor"] * known.frame["quantity"]).to_numpy(dtype=np.float64)
    beyond = found.rate.value - found.mean_probability
    cost = beyond * float(return_cost(value, costs).sum()) * MONTH_DAYS / SAME_DAYS
    low, high = found.rate.interval(chosen.interval)
    more, percent = "more" if run.direction == UP else "fewer", ENGLISH.percent
    text = (
        f"{watched.words}: {more} lines come back than the scores say, {percent(found.rate.value)} ({percent(low)} to"
        f" {percent(high)}) of those of {SAME_DAYS} days where {percent(found.mean_probability)} was said. Evidence has"
        f" grown since {run.since:%Y-%m-%d}. {_costs(cost, currency)} {_advice(watched.kind, run.direction)}"
    )
    return {
        "told_at": f"{run.told_at:%Y-%m-%d}",
        "last_told_at": f"{run.last_told_at:%Y-%m-%d}",
        "kind": watched.kind,
        "slice": watched.name,
        "since": f"{run.since:%Y-%m-%d}",
        "direction": more,
        "lines": len(known.lines),
        "mean_probability": found.mean_probability,
        "rate": found.rate.value,
        "rate_low": low,
        "rate_high": high,
        "cost_minor_a_month": round(cost),
        "text": text,
    }


def _costs(cost: float, currency: str) -> str:
    amount = ENGLISH.money(abs(round(cost)), currency)
    return f"That is {amount} a month {'more' if cost > 0 else 'less'} in returns than planned with these scores."


ADVICE = {
    "all": "Run make level; where the log-loss is worse than that mends, train again: make retrain.",
    "brand": "Look at its items in the product review: a fault, a description or a size may have changed.",
    "category": "Look at its items in the product review, and at what changed in the shop's pages.",
    "channel": "Compare what this channel sends with what it sent before: a field that stops coming, another tracking.",
    "payment method": "Ask what changed at checkout: terms, limits, a provider.",
    "region": "Ask the carrier of this region about late and damaged parcels.",
    "supplier": "Ask the supplier about the latest batches, and look at its items in the product review.",
}


def _advice(kind: str, direction: int) -> str:
    if direction != UP:
        return "Look first whether returns of these lines still reach the tables: a feed that stopped looks the same."
    return ADVICE.get(kind, ADVICE["category"])
