"""The files of the nowcast, and what it says in a sentence."""

from pathlib import Path

import pandas as pd

from data.errors import UserError
from data.files import write_bytes, write_text
from data.number_format import ENGLISH
from training.model.split import DAY
from training.monitoring.known import Known
from training.monitoring.params import MonitoringParams
from training.report.tables import as_csv

FOLDER = Path("reports/nowcast")
QUALITY, TOLD, ALARMS = FOLDER / "quality.csv", FOLDER / "told.csv", FOLDER / "alarms.csv"
MOVED = FOLDER / "moved.csv"
PAGE = FOLDER / "report.html"


def refuse_few(known: Known, now: pd.Timestamp, chosen: MonitoringParams) -> None:
    """Refuse to estimate anything from fewer recent lines than one slice needs.

    Raises
    ------
    UserError
        There are too few.
    """
    recent = int((known.frame["ordered_at"] >= now - chosen.recent_days * DAY).sum())
    if recent < chosen.least_lines:
        raise UserError(
            expected=f"at least {chosen.least_lines} lines (monitoring.least_lines) with an outcome known or to come,"
            f" in the last {chosen.recent_days} days (monitoring.recent_days)",
            found=f"{recent}",
            fix="watch more days, or lower the number of lines; with few lines intervals are wide",
        )


def write(table: pd.DataFrame, file: Path) -> None:
    """Write ``table`` without its index."""
    write_bytes(as_csv(table), file)


def write_page(text: str) -> None:
    """Write the page beside the tables."""
    write_text(text, PAGE)


def sentence(whole: pd.Series, interval: float) -> str:
    """Say what is expected of all recent lines, a row of the table of quality."""
    number = ENGLISH.number
    return (
        f"{whole['slice']}: log-loss {number(whole['log_loss'], 4)} ({number(whole['log_loss_low'], 4)} to"
        f" {number(whole['log_loss_high'], 4)}, {interval:.0%} interval), rate {ENGLISH.percent(whole['rate'])} where"
        f" {ENGLISH.percent(whole['mean_probability'])} was said; {number(int(whole['lines']))} lines,"
        f" {number(int(whole['settled']))} of them settled"
    )


def recent(alarms: pd.DataFrame, now: pd.Timestamp, days: int) -> list[str]:
    """The texts of the alarms that were told in the last ``days``, newest first."""
    told = pd.to_datetime(alarms["last_told_at"]) >= now - days * DAY
    return list(alarms.loc[told, "text"])
