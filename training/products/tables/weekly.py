"""The table of weeks: the return rate of each item by the week of the order."""

import numpy as np
import pyarrow as pa

from data.arrays import Floats, Ints
from data.schema import TIME
from data.times import MICROSECONDS_PER_DAY
from training.products.columns import WEEKLY
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.figures import Group
from training.products.estimates.rates import fit_prior
from training.products.tables.items import ItemLevel, levels, prior_of

DAYS = 7
_MONDAY = 3
"""1970 began on a Thursday, so Mondays are the days d with (d + 3) divisible by 7."""


def week_of(day: Floats) -> Ints:
    """Give the number of the week of each day (since 1970), shape (n,); weeks begin on Mondays."""
    return np.floor((day + _MONDAY) / DAYS).astype(np.int64)


def week_start(week: Ints) -> pa.Array:
    """Give the beginning of each week, as a time of the schema."""
    return pa.array((week * DAYS - _MONDAY) * MICROSECONDS_PER_DAY).cast(TIME)


def weekly(context: Context) -> pa.Table:
    """Make the table `columns.WEEKLY` over the parameter history_weeks, sorted by its key, without empty weeks."""
    parts = [_rows(context, level) for level in levels(context) if level.ids and level.name != "supplier"]
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in WEEKLY.key])


def _rows(context: Context, level: ItemLevel) -> pa.Table:
    """Shrink each week towards the item's own rate over all these weeks."""
    lines = context.lines
    week = week_of(lines.day)
    now = int(week_of(np.array([lines.until]))[0])
    chosen = (week > now - context.params.history_weeks) & (level.codes >= 0)
    width = now + 1
    found, codes = np.unique(np.where(chosen, level.codes * width + week, -1), return_inverse=True)
    missing = int(found[0] < 0)
    found, codes = found[missing:], codes - missing
    item = found // width
    whole = level.group(chosen)
    shift = figures.shift_of(figures.rates(context, whole, prior_of(context, level)), len(level.ids))
    group = Group(chosen, codes, len(found), level.evidence)
    evidence = group.grouped(context.visible)
    there = ~np.isnan(evidence.expected)
    prior = fit_prior(figures.shifted(evidence.take(there), shift[item[there]]))
    rates = figures.rates(context, group, prior, shift[item])
    at = rates.places
    count = group.sums(np.ones(len(lines)))[at]
    waiting = group.sums(~lines.closed & ~lines.returned)[at]
    columns = {
        "level": pa.array([level.name] * len(at)),
        "item_id": pa.array(level.ids).take(pa.array(item[at])),
        "week": week_start(found[at] % width),
        "lines": count.astype(np.int64),
        "returned_lines": group.sums(lines.returned)[at].astype(np.int64),
        "unsettled_share": waiting / count,
        "rate": rates.posterior.mean,
        "rate_low80": rates.posterior.rough_quantile(0.1),
        "rate_high80": rates.posterior.rough_quantile(0.9),
        "expected_rate": rates.expected,
        "returned_weight": evidence.returned[at],
        "kept_weight": evidence.kept[at],
    }
    return pa.table(columns).cast(WEEKLY.schema)
