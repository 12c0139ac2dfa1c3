"""Why lines moved: what changed between two runs, and how much of each move came from where.

The log-odds of a line are those of the model on the line's features, plus the level of its day. So a move has three
parts that add up to it: the model's (both models on the same features), the features' (one model on both values), and
the level's. By factor, a move is the difference of the contributions of both runs, each explained by its own model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from data.arrays import Floats
from data.errors import UserError
from training.evaluation.at_path import leaves
from training.understanding.comparing.moves import Moves, of_matrix
from training.understanding.comparing.read import Run

SAME = 1e-9
"""Relative difference up to which two values of a feature are the same: counters are sums of floats."""
AGREES = 1e-4
"""How far, in log-odds, the bundle of a run may be from its predictions."""
BASE = "average score"
"""What the model scores on average: contributions start from it."""
LEVEL = "level of the day"


@dataclass(frozen=True)
class Causes:
    """``params``: path to value before and after, None where absent. ``added`` and ``removed``: features, by name.

    ``features``: ``feature`` and ``changed_share``, of those in both runs whose values changed, most first. ``parts``:
    of each line, in the order of `Moves.lines`, ``model``, ``features`` and ``level``; the first two are None where
    neither model can score the other's lines, since each reads features that the other lacks. ``factors``: of each
    line, the move by factor; all columns add up to the move.
    """

    params: Mapping[str, tuple[Any, Any]]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    features: pd.DataFrame
    parts: pd.DataFrame
    factors: pd.DataFrame


def causes(before: Run, after: Run, found: Moves) -> Causes:
    """Explain the moves of the lines.

    Raises
    ------
    UserError
        The predictions of a run are not those of its bundle.
    """
    names = tuple(dict.fromkeys([*before.bundle.score_features, *after.bundle.score_features]))
    ids = found.lines["line_id"]
    x_before, x_after = (_values(run, ids, names) for run in (before, after))
    one, other = set(before.bundle.score_features), set(after.bundle.score_features)
    factors = _factors(after, x_after, ids).sub(_factors(before, x_before, ids), fill_value=0.0)
    return Causes(
        params=changed_params(before.params, after.params),
        added=tuple(sorted(other - one)),
        removed=tuple(sorted(one - other)),
        features=changed_features(x_before, x_after, [name for name in names if name in one & other]),
        parts=_parts(before, after, x_before, x_after, factors[LEVEL].to_numpy(), found),
        factors=factors,
    )


def changed_params(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The parameters that differ, by path."""
    one, other = dict(leaves(before)), dict(leaves(after))
    paths = sorted(one.keys() | other.keys())
    return {path: (one.get(path), other.get(path)) for path in paths if one.get(path, ...) != other.get(path, ...)}


def changed_features(before: pd.DataFrame, after: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """The share of lines on which each of ``names`` has another value; missing equals missing."""
    shares = {}
    for name in names:
        one, other = before[name].to_numpy(), after[name].to_numpy()
        shares[name] = float(1 - np.isclose(one, other, rtol=SAME, atol=0, equal_nan=True).mean())
    ranked = sorted(
        ((name, share) for name, share in shares.items() if share > 0), key=lambda pair: (-pair[1], pair[0])
    )
    return pd.DataFrame(ranked, columns=["feature", "changed_share"])


def _values(run: Run, ids: pd.Series, names: tuple[str, ...]) -> pd.DataFrame:
    """The features ``names`` that the matrix of ``run`` has, a row for each of ``ids``, in their order; float64."""
    present = [name for name in names if name in {entry.name for entry in run.bundle.catalog}]
    read = of_matrix(run, ids, present).set_index("line_id").reindex(ids)
    return read.astype("float64")


def _factors(run: Run, x: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """The contributions of each factor, the model's average score and the level; they add up to the log-odds."""
    model = run.bundle
    rows = x[list(model.score_features)].to_numpy()
    table = pd.DataFrame(model.drivers.of_factors(model.drivers.of_features(rows)), columns=list(model.drivers.factors))
    told = run.predictions.set_index("line_id").loc[ids]
    table[BASE], table[LEVEL] = model.drivers.expected, told["shift"].to_numpy()
    _require_own(run, table.sum(axis=1).to_numpy(), logit(told["probability"].to_numpy()))
    return table


def _require_own(run: Run, explained: Floats, predicted: Floats) -> None:
    """Refuse predictions that another model made, or that are of another matrix."""
    distance = np.abs(explained - predicted)
    if not (distance <= AGREES).all():
        raise UserError(
            expected=f"the predictions of {run.name} to be those of its bundle on its matrix",
            found=f"{int((~(distance <= AGREES)).sum()):,} of {len(distance):,} lines with another score",
            fix="run its stages to the end, so that its files belong together: dvc repro evaluate",
        )


def _parts(
    before: Run, after: Run, x_before: pd.DataFrame, x_after: pd.DataFrame, level: Floats, found: Moves
) -> pd.DataFrame:
    """Part each move; the later model on the earlier lines, or else the earlier on the later ones, stands between."""
    whole = found.lines["moved"].to_numpy() - level
    if set(after.bundle.score_features) <= set(x_before.columns):
        between = _log_odds(after, x_before)
        model = between - _log_odds(before, x_before)
    elif set(before.bundle.score_features) <= set(x_after.columns):
        model = whole - (_log_odds(before, x_after) - _log_odds(before, x_before))
    else:
        return pd.DataFrame({"model": None, "features": None, "level": level})
    return pd.DataFrame({"model": model, "features": whole - model, "level": level})


def _log_odds(run: Run, x: pd.DataFrame) -> Floats:
    return run.bundle.log_odds(x[list(run.bundle.score_features)].to_numpy())
