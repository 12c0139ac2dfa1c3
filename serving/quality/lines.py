"""The scored lines of a prediction log with what became of them, as `training.monitoring` watches lines."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds

from data.files import scratch
from data.logged.decisions import DECISIONS, Decision, kind_of
from data.predicted.columns import FILE
from data.predicted.course import course
from features.online_state.records import Silence
from serving.quality.joined import WITHIN_HOURS, TablesOfNow
from training.held_out.lines import with_labels

LOGGED: Final = (
    *("request_id", "basket", "line", "scored_at", "probability", "level_shift", "model_version", "lines"),
    "order_line_id",
)
ARM: Final = "arm"


def shop_times(tables: TablesOfNow) -> pd.DataFrame:
    """Read what became of all lines of the shop: the columns of `data.predicted.course`, a row a line, by time and id.

    Columns of features say what each line's customer and product had ordered before: ``customer_lines`` and
    ``product_lines``, 0 for a guest.
    """
    lines: pd.DataFrame = course(tables.folder, tables.outcome, tables.known_until).to_pandas()
    for key, name in (("customer_id", "customer_lines"), ("product_id", "product_lines")):
        before = lines.groupby(key)["ordered_at"].rank(method="min") - 1
        lines[name] = before.fillna(0.0)
    return lines


def logged_lines(tables: TablesOfNow, times: pd.DataFrame, log: Path, decisions: Path | None = None) -> pd.DataFrame:
    """Read the order lines that a model scored, each with its last score, its times, its outcome and its labels.

    Parameters
    ----------
    times
        As `shop_times` gives them.
    log
        The folder of a prediction log.
    decisions
        The folder of the decision log, for the `ARM` of each line whose basket was decided.

    Returns
    -------
    pandas.DataFrame
        A row an order line, by time and id: the columns of ``times``, ``request_id``, ``basket`` and ``line`` of its
        score, ``probability``, ``basket_lines`` (those that the request had), ``model_version``, ``scored_at``,
        ``part`` (the version, in words) and the labels that the tables have.

    Raises
    ------
    UserError
        Nothing was logged; or a file of a log is damaged.
    """
    with scratch(log / FILE) as beside:
        tables.with_scores(log, beside, WITHIN_HOURS)
        counted = pc.field("is_last") & pc.field("model_version").is_valid()
        scores = ds.dataset(beside / FILE).to_table(columns=list(LOGGED), filter=counted).to_pandas()
    scores = scores.rename(columns={"order_line_id": "line_id", "lines": "basket_lines"})
    found = times.merge(scores, on="line_id", validate="one_to_one")
    found["part"] = "version " + found["model_version"]
    if decisions is not None:
        found[ARM] = found["request_id"].map(_arms(decisions))
        if found[ARM].isna().all():
            del found[ARM]
    return with_labels(found, tables.folder)


def known_until(times: pd.DataFrame, silence: Silence) -> pd.Timestamp:
    """The moment after the latest fact of the shop's lines, UTC: what is known was known before it.

    Where outcomes stopped, it is no later than the ``silence`` after the last return: later windows tell nothing.
    """
    latest: pd.Timestamp = times[["ordered_at", "settled_at"]].max().max()
    kept = (times["label"] == 0).to_numpy(dtype=bool, na_value=False)  # a return has no label while its window is open
    returned: pd.Timestamp = times.loc[~kept, "settled_at"].max()
    if silence.outcome is not None and not pd.isna(returned):
        latest = min(latest, returned + np.timedelta64(silence.outcome, "us"))
    return latest + np.timedelta64(1, "us")


def _arms(decisions: Path) -> dict[str, str]:
    """The arm of each request that asked for a decision."""
    read = DECISIONS.read(decisions)
    return {each["request_id"]: each[ARM] for each in read if kind_of(each) is Decision}
