"""What moved the scores of an alarm: the drift of the inputs, as an explanation of a loss that was seen.

A drift of inputs tells little of whether scores are still right, so it raises no alarm. Once there is one, it says
where to look: either what is asked has changed, and the features that moved the scores name what; or nothing moved
them, and what comes back has changed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats
from data.progress.steps import counted
from training.held_out.lines import of_matrix
from training.held_out.pieces import BY_LABEL
from training.model.bundle import Bundle
from training.model.split import DAY

BEFORE_DAYS = 56
"""The lines ordered so many days before evidence began to grow are what the later ones are held against."""
MOST_LINES = 2000
"""On each side, drawn at random where there are more: a mean contribution is then known to about 0.01."""
LEAST_LINES = 30
"""On each side: fewer explain nothing."""
SHOWN = 5
LEAST = 0.02
"""Log-odds: half a point of probability. Less is no explanation."""
SURELY = 4.0
"""Standard errors of a mean difference that are still chance: a hundred features are looked at, and their lines share
orders and customers."""
SEED = 0

ReadFeatures = Callable[[pd.Series], pd.DataFrame]
"""Gives ``line_id`` and the features of the score for those of the lines whose features are known, a row each."""


@dataclass(frozen=True)
class Moved:
    """A feature that ``moved`` the log-odds of an alarm's lines by so much on average.

    ``before`` and ``after`` evidence began to grow: its means, None where it is missing in all lines; and the shares of
    lines in which it is missing.
    """

    feature: str
    moved: float
    before: float | None
    after: float | None
    missing_before: float
    missing_after: float


ALARM = ("told_at", "kind", "slice")
COLUMNS = (*ALARM, *(each.name for each in fields(Moved)))


def what_moved(alarms: pd.DataFrame, scored: pd.DataFrame, bundle: Bundle, told_from: pd.Timestamp) -> pd.DataFrame:
    """Explain each alarm that was told first at ``told_from`` or later, by the features of the matrix.

    Parameters
    ----------
    alarms
        As `training.monitoring.alarms.alarm_table` gives them.
    scored
        As `explain` takes them.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: a row a feature that `explain` found, with the alarm that it explains. An alarm without a row is one
        of what comes back, and not of what is asked, or has too few lines to tell.
    """
    recent = alarms[pd.to_datetime(alarms["told_at"]) >= told_from]
    explained = explain(recent, scored, bundle, lambda ids: of_matrix(ids, bundle.score_features))
    rows = [
        {**{key: alarm[key] for key in ALARM}, **asdict(each)}
        for alarm, found in zip(recent.to_dict("records"), explained, strict=True)
        for each in found or ()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def explain(
    alarms: pd.DataFrame, scored: pd.DataFrame, bundle: Bundle, read: ReadFeatures
) -> list[tuple[Moved, ...] | None]:
    """Find which features moved the scores of each alarm since evidence began to grow.

    Parameters
    ----------
    alarms
        ``kind``, ``slice``, ``since`` and ``told_at`` of each.
    scored
        The lines that they watched, with their ids, times and labels.
    read
        Reads the features of lines; it is called once, with the lines of all alarms.

    Returns
    -------
    list
        For each alarm the features that moved the log-odds of its lines by `LEAST` or more, and surely: the `SHOWN`
        largest, largest first. None where a side has fewer than `LEAST_LINES`.
    """
    sides = [tuple(_drawn(scored, mask) for mask in _sides(alarm, scored)) for alarm in alarms.to_dict("records")]
    if not sides:
        return []
    known = read(pd.concat([ids for both in sides for ids in both]).drop_duplicates()).set_index("line_id")
    return [_of_alarm(both, known, bundle) for both in counted(sides, "what moved the scores", "alarms")]


def _of_alarm(sides: Sequence[pd.Series], known: pd.DataFrame, bundle: Bundle) -> tuple[Moved, ...] | None:
    frames = [known[known.index.isin(ids)] for ids in sides]
    if min(map(len, frames)) < LEAST_LINES:
        return None
    before, after = (bundle.rows(frame, bundle.score_features) for frame in frames)
    return tuple(_moved(before, after, bundle))


def _moved(before: Floats, after: Floats, bundle: Bundle) -> Iterator[Moved]:
    """The features that moved the log-odds from ``before`` to ``after``, shape (lines, features) each."""
    own = [bundle.drivers.of_features(side) for side in (before, after)]
    shift = own[1].mean(axis=0) - own[0].mean(axis=0)
    error = np.sqrt(sum(side.var(axis=0) / len(side) for side in own))
    names = bundle.score_features
    surely = np.flatnonzero(np.abs(shift) >= np.maximum(LEAST, SURELY * error)).tolist()
    for place in sorted(surely, key=lambda each: (-abs(shift[each]), names[each]))[:SHOWN]:
        missing = (float(np.isnan(side[:, place]).mean()) for side in (before, after))
        yield Moved(names[place], float(shift[place]), _mean(before[:, place]), _mean(after[:, place]), *missing)


def _mean(values: Floats) -> float | None:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else None


def _sides(alarm: dict, scored: pd.DataFrame) -> tuple[Bools, Bools]:  # type: ignore[type-arg]
    """The lines before evidence of ``alarm`` began to grow, and those after."""
    since, own = pd.Timestamp(alarm["since"]), _of_slice(scored, alarm["kind"], alarm["slice"])
    ordered = scored["ordered_at"]
    before = own & ((ordered >= since - BEFORE_DAYS * DAY) & (ordered < since)).to_numpy()
    return before, own & ((ordered >= since) & (ordered < pd.Timestamp(alarm["told_at"]))).to_numpy()


def _of_slice(scored: pd.DataFrame, kind: str, name: str) -> Bools:
    column = {word: column for column, word in BY_LABEL.items()}.get(kind)
    if column is None:
        return np.ones(len(scored), dtype=np.bool_)
    return (scored[column] == name).to_numpy(dtype=bool, na_value=False)


def _drawn(scored: pd.DataFrame, mask: Bools) -> pd.Series:
    """The ids of up to `MOST_LINES` of these lines."""
    ids = scored.loc[mask, "line_id"]
    return ids.sample(MOST_LINES, random_state=SEED) if len(ids) > MOST_LINES else ids
