"""Stage nowcast: how good the scores of late are, from outcomes that are known in part."""

from data import params
from data.logs import log
from data.stage import run
from training.costs import Costs
from training.evaluation.measure import Evaluation
from training.evaluation.slices import PriceBands
from training.model import split
from training.monitoring import tables
from training.monitoring.alarms import alarm_table
from training.monitoring.known import known_at, latest_moment
from training.monitoring.page.report import page
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import quality, told
from training.monitoring.scored import watched_lines
from training.products.params import ProductParams


def main() -> None:
    """Watch the lines of the backtest, and all that were ordered since the test began.

    Raises
    ------
    UserError
        A file of an earlier stage is missing, or too few lines are watched.
    """
    chosen = params.load("monitoring", MonitoringParams)
    evaluation, products = params.load("evaluation", Evaluation), params.load("products", ProductParams)
    times = split.read_times()
    now = latest_moment(times)
    scored = watched_lines(times)
    known = known_at(scored, times, now)
    tables.refuse_few(known, now, chosen)
    found = quality(known, now, chosen, PriceBands(evaluation.price_bands, products.currency))
    earlier = told(scored, times, known, now, chosen)
    money = params.load("costs", Costs), products.currency
    alarms = alarm_table(scored, times, now, chosen, money)
    tables.write(found, tables.QUALITY)
    tables.write(earlier, tables.TOLD)
    tables.write(alarms, tables.ALARMS)
    tables.write_page(page(found, earlier, alarms, now, chosen))
    log.info("%s", tables.sentence(found.iloc[0], chosen.interval))
    for text in tables.recent(alarms, now, chosen.recent_days):
        log.warning("%s", text)


if __name__ == "__main__":
    run(main)
