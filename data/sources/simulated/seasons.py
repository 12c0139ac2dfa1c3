"""The calendar of the simulated shop: volume by day and hour, sales, weeks of gifts, and drift of the return rate."""

from dataclasses import dataclass

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.sources.simulated.draws import Draws
from data.sources.simulated.params import SimulatorParams

DAY = 86_400
"""Seconds of a day."""

_WEEKDAYS = (1.10, 0.98, 0.95, 0.95, 0.93, 0.95, 1.14)
_MONTHS = (1.05, 0.85, 0.92, 0.95, 0.97, 0.95, 0.95, 0.88, 0.97, 1.02, 1.30, 1.35)
_HOURS = (4, 2, 1, 1, 1, 2, 4, 8, 12, 15, 16, 17, 18, 17, 16, 16, 17, 19, 22, 26, 28, 24, 16, 9)
_GROWTH_PER_YEAR = 0.15
_GIFT_SHARE = 0.35


@dataclass(frozen=True)
class Seasons:
    """The calendar of the shop; arrays have one element a day, times are seconds since 1970 UTC."""

    start: int
    end: int
    volume: Floats
    """Cumulative share of orders at the start of each hour, from 0 to 1; one element an hour."""
    month: Ints
    """0 for January."""
    sale: Floats
    """Depth of the sale, 0 outside of sales."""
    gifts: Floats
    """Share of orders that are gifts."""
    drift: Floats
    """Added to the log of the return hazard."""

    def times(self, position: Floats) -> Ints:
        """The times of orders in seconds since 1970, monotone in ``position`` (from 0 to 1)."""
        hours = np.interp(position, self.volume, np.arange(len(self.volume), dtype=np.float64))
        return np.asarray(np.minimum(self.start + np.floor(hours * 3600.0), self.end - 1), dtype=np.int64)

    def day(self, time: Ints) -> Ints:
        """Position of a time in the arrays by day."""
        return np.asarray((time - self.start) // DAY, dtype=np.int64)


def build(params: SimulatorParams, draws: Draws) -> Seasons:
    """Build the calendar from ``params.days`` days before ``params.end`` to the start of that day."""
    end = int(np.datetime64(params.end, "s").astype(np.int64))
    start = end - params.days * DAY
    dates = np.datetime64(params.end, "D") - params.days + np.arange(params.days)
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    in_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    sale = _sales(month, in_month)
    gifts = np.where((month == 11) & (in_month <= 23), _GIFT_SHARE, 0.0)
    return Seasons(
        start=start,
        end=end,
        volume=_volume(dates.astype(np.int64), month, sale, draws),
        month=month,
        sale=sale,
        gifts=gifts,
        drift=_drift(params, draws),
    )


def _sales(month: Ints, in_month: Ints) -> Floats:
    winter: Bools = (month == 0) | ((month == 11) & (in_month >= 27))
    summer: Bools = (month == 6) | ((month == 5) & (in_month >= 24))
    november: Bools = (month == 10) & (in_month >= 22)
    return np.select([winter, summer, november], [0.25, 0.22, 0.20], default=0.0)


def _volume(day: Ints, month: Ints, sale: Floats, draws: Draws) -> Floats:
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    noise = np.exp(0.08 * draws.normal("volume", day))
    growth = np.exp(_GROWTH_PER_YEAR * np.arange(len(day)) / 365.0)
    by_day = np.take(_WEEKDAYS, weekday) * np.take(_MONTHS, month) * (1.0 + sale) * noise * growth
    hours = np.outer(by_day, np.array(_HOURS, dtype=np.float64)).ravel()
    return np.concatenate(([0.0], np.cumsum(hours) / hours.sum()))


def _drift(params: SimulatorParams, draws: Draws) -> Floats:
    """Draw the drift: an autoregressive process by week (half-life about three months), linear between weeks."""
    weeks = params.days // 7 + 2
    shocks = draws.normal("drift", np.arange(weeks)) * params.drift * np.sqrt(1.0 - 0.95**2)
    level = np.empty(weeks)
    value = params.drift * float(draws.normal("drift/first", np.zeros(1, dtype=np.int64))[0])
    for week in range(weeks):
        value = 0.95 * value + float(shocks[week])
        level[week] = value
    return np.interp(np.arange(params.days) / 7.0, np.arange(weeks, dtype=np.float64), level)
