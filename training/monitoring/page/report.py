"""The page of the nowcast, from its tables."""

from pathlib import Path
from typing import Any

import pandas as pd

from data.number_format import ENGLISH
from data.writing.unseen import shown_in_html
from training.held_out.pieces import WEEK
from training.model.split import DAY
from training.monitoring.page import figures
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import ALL, DAY_KIND, IN_TIME
from training.report.tables import rows
from training.report.templates import environment


def page(
    quality: pd.DataFrame,
    told: pd.DataFrame,
    alarms: tuple[pd.DataFrame, pd.DataFrame],
    now: pd.Timestamp,
    chosen: MonitoringParams,
) -> str:
    """Make the page from the tables of the stage; ``now``: what was known before it (UTC).

    ``alarms``: their table, and that of what moved the scores of the recent ones.
    """
    weeks, days = (quality[quality["kind"] == kind] for kind in (WEEK, DAY_KIND))
    slices = quality[~quality["kind"].isin(IN_TIME)]
    found = slices[slices["found"]].sort_values(["q_value", "kind", "slice"])
    template = environment(Path(__file__).parent).get_template("nowcast.html.j2")
    content = {
        "now": f"{now:%Y-%m-%d %H:%M} UTC",
        "interval": ENGLISH.percent(chosen.interval, 0),
        "chosen": chosen,
        "whole": rows(quality[quality["kind"] == ALL])[0],
        "loss_figure": figures.losses(weeks) if len(weeks) else None,
        "rate_figure": figures.rates(weeks) if len(weeks) else None,
        "alarms": [{**row, "moved": _of(row, alarms[1])} for row in rows(alarms[0])],
        "explained_from": f"{now - chosen.recent_days * DAY:%Y-%m-%d}",
        "weeks": rows(weeks[::-1]),
        "days": rows(days[::-1]),
        "found": rows(found),
        "tested": len(slices),
        "kinds": {str(kind): rows(table) for kind, table in slices.groupby("kind", sort=False)},
        "told": [
            {
                "after": after,
                "figure": figures.told(table),
                "weeks": len(table),
                "log_loss": _held(table, "log_loss"),
                "rate": _held(table, "rate"),
                "error": float(
                    ((table["log_loss"] - table["log_loss_final"]).abs() / table["log_loss_final"]).median()
                ),
            }
            for after, table in told.groupby("after")
        ],
    }
    return shown_in_html(template.render(**content)) + "\n"


def _of(alarm: dict[str, Any], moved: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of what moved the scores of one alarm."""
    same = [moved[key] == alarm[key] for key in ("told_at", "kind", "slice")]
    return rows(moved[same[0] & same[1] & same[2]])


def _held(told: pd.DataFrame, name: str) -> float:
    """The share of weeks whose final figure lies in the interval that was told."""
    return float(told[f"{name}_final"].between(told[f"{name}_low"], told[f"{name}_high"]).mean())
