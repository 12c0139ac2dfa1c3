"""A look at the scored lines of late: how good their scores are, and the alarms."""

from typing import NamedTuple

import pandas as pd

from data import params
from training.costs import Costs
from training.evaluation.measure import Evaluation
from training.evaluation.slices import PriceBands
from training.monitoring import tables
from training.monitoring.alarms import alarm_table
from training.monitoring.known import Known, known_at
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import quality
from training.products.params import ProductParams


class Look(NamedTuple):
    """What was found: what is ``known``, and the tables of `training.monitoring.quality` and of `…alarms`."""

    known: Known
    quality: pd.DataFrame
    alarms: pd.DataFrame


def look(
    scored: pd.DataFrame, times: pd.DataFrame, now: pd.Timestamp, chosen: MonitoringParams, *, latest: bool = False
) -> Look:
    """Look at lines by what was known before ``now`` (UTC).

    Parameters
    ----------
    scored
        As `training.monitoring.alarms.alarm_table` takes them, with ``part`` and the columns that slices are made of.
    times
        The times of all lines of the shop, as `training.monitoring.known.known_at` takes them.
    latest
        Whether alarms have the figures of the last day on which they were told; else those of the first.

    Raises
    ------
    UserError
        Too few lines are watched.
    """
    evaluation, products = params.load("evaluation", Evaluation), params.load("products", ProductParams)
    known = known_at(scored, times, now)
    tables.refuse_few(known, now, chosen)
    found = quality(known, now, chosen, PriceBands(evaluation.price_bands, products.currency))
    money = params.load("costs", Costs), products.currency
    return Look(known, found, alarm_table(scored, times, now, chosen, money, latest=latest))
