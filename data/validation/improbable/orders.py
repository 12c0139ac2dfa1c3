"""Improbable orders: most with equal twins, all at one time of day, and all on a few days of the month."""

from collections.abc import Iterator
from datetime import timedelta

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from data.validation.improbable.finding import Improbable

MOST_ORDERS = 0.5
ALIKE = ("order_id", "product_id", "size", "color", "quantity")
"""Lines that agree in these columns are twins, whatever their price: a row of a parent and one of its child."""
FEWEST_DAYS = 3
SURE_DAYS = "few_sure_days"
"""The decision of the source that orders on few days of the month are right: no format swaps their days, or the mapping
says that they were looked at."""
FEWEST_DATES, FEWEST_MONTHS, LONG_TIME, MONTHS = 10, 6, timedelta(days=60), 12
"""Different dates, in so many months of a year and over so long, that lie on more days of the month than there are
months; one odd date far from the others is none."""


def twins(backend: Backend, lines: ir.Table, count: int, orders: int) -> Iterator[Improbable]:
    """Look for orders with two equal lines, in so many (``count``) lines of so many ``orders``."""
    if count <= (1 + MOST_ORDERS) * orders:
        return  # over half of the orders would need a second line
    alike = [name for name in ALIKE if name in lines.columns]
    groups = lines.group_by(alike).aggregate(lines=lines.count())
    doubled = groups.filter(groups["lines"] > 1).aggregate(
        orders=ibis._["order_id"].nunique(), example=ibis._["order_id"].min()
    )
    (found,) = backend.to_pyarrow(doubled).to_pylist()
    if found["orders"] > MOST_ORDERS * orders:
        yield Improbable(
            "equal_twins",
            f"{found['orders']:,} of {orders:,} orders have two lines of equal {', '.join(alike[1:])}",
            f"order_id '{found['example']}'",
            "The file may have two rows for one sale, such as an article and its variant: the second never comes back",
            "where one of the rows is no sale of its own, leave it out by a rule of the mapping, or correct the "
            "export; where the file has a row for each piece, both are sales, and all rows must stay",
            grave=True,
        )


def on_few_days_of_the_month(backend: Backend, lines: ir.Table) -> Iterator[Improbable]:
    """Look for orders over months or decades that are all on a few days of the month: days that are none."""
    day = lines["ordered_at"].date()
    figures = lines.aggregate(
        dates=day.nunique(),
        days=day.day().nunique(),
        years=day.year().nunique(),
        months=day.truncate("M").nunique(),
        first=lines["ordered_at"].min(),
        last=lines["ordered_at"].max(),
    )
    (found,) = backend.to_pyarrow(figures).to_pylist()
    over = found["last"] - found["first"]
    # Midnights of another zone may lie on the day before in UTC, and so on one day more.
    spread = found["dates"] >= FEWEST_DATES and found["months"] >= FEWEST_MONTHS and over >= LONG_TIME
    if spread and found["days"] <= MONTHS + 1:
        yield Improbable(
            "few_days_of_the_month",
            f"all orders of {found['years']} year{'s' if found['years'] > 1 else ''} are of {found['days']} days of "
            "the month",
            f"{found['first']} and {found['last']} UTC",
            "Months or years are most likely read as days: 24/03/01 or 03/01/2024 in another order than the file's",
            'compare some dates with the shop, and correct format in the mapping, such as "%y/%m/%d" or "%m/%d/%Y"',
            grave=True,
        )


def at_one_time_of_day(backend: Backend, lines: ir.Table) -> Iterator[Improbable]:
    """Look for orders that are all of midnight, or of one other time of day, as of a date in another zone."""
    seconds = lines["ordered_at"].epoch_seconds()
    figures = lines.aggregate(
        times=(seconds % 86_400).nunique(), days=(seconds // 86_400).nunique(), example=lines["ordered_at"].min()
    )
    (found,) = backend.to_pyarrow(figures).to_pylist()
    # A zone with summer time has two midnights in UTC.
    if found["times"] <= 2 and found["days"] >= FEWEST_DAYS:
        yield Improbable(
            "all_at_midnight",
            f"all lines were ordered at {found['times']} time{'s' if found['times'] > 1 else ''} of the day",
            f"{found['example']} UTC",
            "The file has dates without a time of day, so features of the hour say nothing, and what happened "
            "first on a day is not known",
            "map a column with the time of day as well, if the shop has one; else nothing is to be done",
        )
