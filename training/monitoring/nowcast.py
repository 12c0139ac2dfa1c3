"""Stage nowcast: how good the scores of late are, from outcomes that are known in part."""

from data import params
from data.logs import log
from data.stage import run
from training.model import split
from training.model.bundle import Bundle
from training.model.split import DAY
from training.monitoring import tables
from training.monitoring.known import latest_moment
from training.monitoring.look import look
from training.monitoring.moved import what_moved
from training.monitoring.page.report import page
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import told
from training.monitoring.scored import watched_lines


def main() -> None:
    """Watch the lines of the backtest, and all that were ordered since the test began.

    Raises
    ------
    UserError
        A file of an earlier stage is missing, or too few lines are watched.
    """
    chosen = params.load("monitoring", MonitoringParams)
    times = split.read_times()
    now = latest_moment(times)
    scored = watched_lines(times)
    known, found, alarms = look(scored, times, now, chosen)
    earlier = told(scored, times, known, now, chosen)
    tables.write(found, tables.QUALITY)
    tables.write(earlier, tables.TOLD)
    tables.write(alarms, tables.ALARMS)
    explained = what_moved(alarms, scored, Bundle.load(), now - chosen.recent_days * DAY)
    tables.write(explained, tables.MOVED)
    tables.write_page(page(found, earlier, (alarms, explained), now, chosen))
    log.info("%s", tables.sentence(found.iloc[0], chosen.interval))
    for text in tables.recent(alarms, now, chosen.recent_days):
        log.warning("%s", text)


if __name__ == "__main__":
    run(main)
