"""How good the scores are, day by day, week by week and slice by slice; and how well that was told at the time."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.arrays import Bools
from data.progress.steps import counted
from training.evaluation.slices import PriceBands, Slice
from training.held_out.gaps import q_values
from training.held_out.pieces import WEEK, pieces, weeks
from training.model.split import DAY
from training.monitoring.estimate import Estimate, estimate
from training.monitoring.known import Known, known_at
from training.monitoring.params import MonitoringParams
from training.monitoring.recalibration import Prior, Recalibration, fit
from training.monitoring.score_test import deviation_of, two_sided

WHOLE = Prior(Recalibration(), (1.0, 0.5))
"""Of the lines of a shop: how far level and slope may lie from those of the scores, before anything is known."""
PART = (0.25, 0.15)
"""Standard deviations of a part's level and slope around the whole's. Of 0.12 to 1.0 tried on the simulated shop, days
and slices of weeks are nearly as exact with these as with the best, and bind a true change less."""
DAY_KIND, ALL = "day", "all"
IN_TIME = (DAY_KIND, WEEK, ALL, "part")
COLUMNS = (
    "kind",
    "slice",
    "meaning",
    "lines",
    "settled",
    "known",
    "mean_probability",
    "rate",
    "rate_low",
    "rate_high",
    "log_loss",
    "log_loss_low",
    "log_loss_high",
    "expected_log_loss",
    "level",
    "slope",
    "beyond",
    "q_value",
    "found",
)
WEEK_LENGTH = 7 * DAY


def quality(known: Known, now: pd.Timestamp, chosen: MonitoringParams, bands: PriceBands) -> pd.DataFrame:
    """Estimate the final figures of all recent lines, of each day and slice of them, and of each week.

    Parameters
    ----------
    known
        What is known ``now`` of the lines.

    Returns
    -------
    pandas.DataFrame
        A row a part of at least ``chosen.least_lines`` lines, with `COLUMNS`: ``settled`` lines, the share ``known`` of
        expected returns that could be known by now, ``mean_probability`` that was given, the final ``rate`` and
        ``log_loss`` (nats) to expect with their intervals, ``expected_log_loss`` if the scores were true chances, and
        ``level`` and ``slope`` of the log-odds that would make them so. ``beyond``: by how many standard deviations
        more comes back than the scores say, those of a slice on the level of all recent lines, so that a drift of the
        whole shop is not found in each of its slices. ``q_value`` of no difference, and whether it is ``found`` at
        ``chosen.false_discovery_rate``; empty for days, weeks and all, which are no finds among many.
    """
    frame, prior = known.frame, _around(known)
    recent = (frame["ordered_at"] >= now - chosen.recent_days * DAY).to_numpy(dtype=bool)
    parts = [(WHOLE, Slice(ALL, f"last {chosen.recent_days} days", "by the time of the order", recent))]
    parts += [(prior, each) for each in weeks(frame)]
    parts += [(prior, each) for each in _parts(frame, recent, chosen.most_labels, bands)]
    wanted = [(own, each) for own, each in parts if each.mask.sum() >= chosen.least_lines]
    level = fit(known.lines.only(recent), WHOLE).mode
    rows = []
    for own, each in counted(wanted, "nowcast", "parts"):
        lines = known.lines.only(each.mask)
        among = each.kind in IN_TIME
        beyond = deviation_of(lines, Recalibration() if among else level, known.delays, known.drift)
        row = _row(each, estimate(lines, own, known.drift), chosen.interval)
        rows.append(row | {"beyond": beyond, "q_value": np.nan if among else two_sided(beyond)})
    return _with_finds(pd.DataFrame(rows, columns=list(COLUMNS)), chosen.false_discovery_rate)


def _with_finds(table: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Turn the p-values in the column ``q_value`` into q-values, and mark the finds."""
    found = table["q_value"].to_numpy(dtype=np.float64, copy=True)
    tested = ~np.isnan(found)
    found[tested] = q_values(found[tested])
    return table.assign(q_value=found, found=found <= rate)


def told(
    scored: pd.DataFrame, times: pd.DataFrame, final: Known, now: pd.Timestamp, chosen: MonitoringParams
) -> pd.DataFrame:
    """Hold what could be told of each complete week at its end, and some days later, against what it came to.

    Parameters
    ----------
    final
        What is known ``now`` of the ``scored`` lines.

    Returns
    -------
    pandas.DataFrame
        A row a week and a number of days ``after`` its end: ``week`` (its Monday), ``lines``, ``known`` then, the
        ``log_loss`` and the ``rate`` that were told with their intervals, and the final ones.
    """
    complete = scored.loc[scored["closes_at"] >= now, "ordered_at"].min()
    ended = [(week, pd.Timestamp(week.name) + WEEK_LENGTH) for week in weeks(final.frame)]
    rows = [
        _told(scored, times, final, week, end + after * DAY, after, chosen.interval)
        for after in sorted({0, chosen.told_after_days})
        for week, end in ended
        if week.mask.sum() >= chosen.least_lines and not end > complete
    ]
    return pd.DataFrame(rows, columns=list(TOLD))


TOLD = (
    "week",
    "after",
    "lines",
    "known",
    "log_loss",
    "log_loss_low",
    "log_loss_high",
    "log_loss_final",
    "rate",
    "rate_low",
    "rate_high",
    "rate_final",
)


def _told(
    scored: pd.DataFrame,
    times: pd.DataFrame,
    final: Known,
    week: Slice,
    moment: pd.Timestamp,
    after: int,
    interval: float,
) -> dict[str, object]:
    then = known_at(scored[scored["ordered_at"] >= moment - 8 * WEEK_LENGTH], times, moment)
    inside = then.frame["line_id"].isin(final.frame["line_id"][week.mask]).to_numpy(dtype=bool)
    found = estimate(then.lines.only(inside), _around(then), then.drift)
    came = final.lines.only(week.mask)
    losses = np.logaddexp(0, came.margin) - came.y * came.margin
    log_loss, rate = found.log_loss.interval(interval), found.rate.interval(interval)
    return {
        "week": week.name,
        "after": after,
        "lines": len(came),
        "known": found.known,
        "log_loss": found.log_loss.value,
        "log_loss_low": log_loss[0],
        "log_loss_high": log_loss[1],
        "log_loss_final": float(losses.mean()),
        "rate": found.rate.value,
        "rate_low": rate[0],
        "rate_high": rate[1],
        "rate_final": float(came.y.mean()),
    }


def _around(known: Known) -> Prior:
    return Prior(fit(known.lines, WHOLE).mode, PART)


def _parts(frame: pd.DataFrame, recent: Bools, most_labels: int, bands: PriceBands) -> Iterator[Slice]:
    """The days and the slices of the recent lines."""
    day = frame["ordered_at"].dt.strftime("%Y-%m-%d").to_numpy()
    for name in np.unique(day[recent]):
        yield Slice(DAY_KIND, str(name), "", recent & (day == name))
    for each in pieces(frame[recent].reset_index(drop=True), most_labels, bands):
        if each.kind not in (WEEK, "month"):
            mask = np.zeros(len(frame), dtype=np.bool_)
            mask[np.flatnonzero(recent)[each.mask]] = True
            yield Slice(each.kind, each.name, each.meaning, mask)


def _row(part: Slice, found: Estimate, interval: float) -> dict[str, object]:
    (rate_low, rate_high), (low, high) = found.rate.interval(interval), found.log_loss.interval(interval)
    return {
        "kind": part.kind,
        "slice": part.name,
        "meaning": part.meaning,
        "lines": found.lines,
        "settled": found.settled,
        "known": found.known,
        "mean_probability": found.mean_probability,
        "rate": found.rate.value,
        "rate_low": max(rate_low, 0.0),
        "rate_high": min(rate_high, 1.0),
        "log_loss": found.log_loss.value,
        "log_loss_low": max(low, 0.0),
        "log_loss_high": high,
        "expected_log_loss": found.expected_log_loss,
        "level": found.fitted.mode.level,
        "slope": found.fitted.mode.slope,
    }
