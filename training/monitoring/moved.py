"""What moved the scores of an alarm: the drift of the inputs, as an explanation of a loss that was seen.

A drift of inputs tells little of whether scores are still right, so it raises no alarm. Once there is one, it says
where to look: either what is asked has changed, and the features that moved the scores name what; or nothing moved
them, and what comes back has changed.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.arrays import Bools, Floats
from data.progress.steps import counted
from features.catalog import LINES_FILE
from training.held_out.pieces import BY_LABEL
from training.model.bundle import Bundle
from training.model.split import DAY

BEFORE_DAYS = 56
"""The lines ordered so many days before evidence began to grow are what the later ones are held against."""
MOST_LINES = 2000
"""On each side, drawn at random where there are more: a mean contribution is then known to about 0.01."""
SHOWN = 5
LEAST = 0.02
"""Log-odds: half a point of probability. Less is no explanation."""
SEED = 0
COLUMNS = ("told_at", "kind", "slice", "feature", "moved", "before", "after", "missing_before", "missing_after")


def what_moved(alarms: pd.DataFrame, scored: pd.DataFrame, bundle: Bundle, told_from: pd.Timestamp) -> pd.DataFrame:
    """Explain each alarm that was told first at ``told_from`` or later.

    Parameters
    ----------
    alarms
        As `training.monitoring.alarms.alarm_table` gives them.
    scored
        The lines that it watched, with their ids, times and labels; their features are in the matrix.

    Returns
    -------
    pandas.DataFrame
        The `SHOWN` features of each alarm that moved the log-odds of its lines most, largest first: by how much on
        average they ``moved`` them, their mean ``before`` evidence grew and ``after`` that, and the shares of lines in
        which they were missing. Features that moved them by less than `LEAST` are left out: an alarm without a row is
        one of what comes back, and not of what is asked.
    """
    recent = alarms[pd.to_datetime(alarms["told_at"]) >= told_from]
    drivers = bundle.drivers if len(recent) else None
    rows = []
    for alarm in counted(recent.to_dict("records"), "what moved the scores", "alarms"):
        since, own = pd.Timestamp(alarm["since"]), _of_slice(scored, alarm["kind"], alarm["slice"])
        ordered = scored["ordered_at"]
        before = own & ((ordered >= since - BEFORE_DAYS * DAY) & (ordered < since)).to_numpy()
        after = own & ((ordered >= since) & (ordered < pd.Timestamp(alarm["told_at"]))).to_numpy()
        if not before.any() or not after.any() or drivers is None:
            continue
        x, later = (_features(scored.loc[mask, "line_id"], bundle) for mask in (before, after))
        shift = drivers.of_features(later).mean(axis=0) - drivers.of_features(x).mean(axis=0)
        rows += _rows(alarm, bundle.score_features, (x, later), shift)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(alarm: dict, names: Sequence[str], sides: tuple[Floats, Floats], shift: Floats) -> list[dict[str, object]]:  # type: ignore[type-arg]
    largest = sorted(range(len(names)), key=lambda place: (-abs(shift[place]), names[place]))[:SHOWN]
    return [
        {
            **{key: alarm[key] for key in ("told_at", "kind", "slice")},
            "feature": names[place],
            "moved": float(shift[place]),
            **dict(zip(("before", "after"), (_mean(side[:, place]) for side in sides), strict=True)),
            **dict(
                zip(
                    ("missing_before", "missing_after"),
                    (float(np.isnan(side[:, place]).mean()) for side in sides),
                    strict=True,
                )
            ),
        }
        for place in largest
        if abs(shift[place]) >= LEAST
    ]


def _mean(values: Floats) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def _of_slice(scored: pd.DataFrame, kind: str, name: str) -> Bools:
    column = {word: column for column, word in BY_LABEL.items()}.get(kind)
    if column is None:
        return np.ones(len(scored), dtype=np.bool_)
    return (scored[column] == name).to_numpy(dtype=bool, na_value=False)


def _features(line_ids: pd.Series, bundle: Bundle) -> Floats:
    """The features of up to `MOST_LINES` of these lines, as the bundle scores them; shape (n, features)."""
    chosen = line_ids.sample(MOST_LINES, random_state=SEED) if len(line_ids) > MOST_LINES else line_ids
    inside = pc.field("line_id").isin(pa.array(chosen, pa.string()))
    frame = pq.read_table(LINES_FILE, columns=list(bundle.score_features), filters=inside).to_pandas()
    return bundle.rows(frame, bundle.score_features)
