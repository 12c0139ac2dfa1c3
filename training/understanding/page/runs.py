"""The page of two runs: which lines moved, where, and why."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from training.evaluation import metrics
from training.report.page_figures import figure
from training.report.plots import Theme
from training.report.tables import rows
from training.understanding.comparing.causes import Causes
from training.understanding.comparing.moves import Moves
from training.understanding.page.render import render
from training.understanding.retraining.retrain import area

SHOWN_LINES, SHOWN_SLICES, SHOWN_FEATURES, DOTS = 25, 30, 20, 3000
"""The most lines, slices and features in the page's tables, and dots of its figure; the files have all."""
FACTOR = "moved_by "
"""Prefix of the columns with the move by factor."""


def told(found: Moves, why: Causes) -> pd.DataFrame:
    """All lines with their moves: the parts ``by_model``, ``by_features`` and ``by_level``, and ``moved_by FACTOR``.

    The customers' keys are left out.
    """
    parts = why.parts.add_prefix("by_").astype("float64")
    lines = found.lines.drop(columns=["customer_id", "part"])
    return pd.concat([lines, parts, why.factors.add_prefix(FACTOR)], axis=1)


def page(before: str, after: str, found: Moves, why: Causes, where: pd.DataFrame) -> str:
    """Make the page."""
    lines = told(found, why)
    y = lines["label"].to_numpy("float64")
    return render(
        "runs.html.j2",
        {
            "before": before,
            "after": after,
            "found": found,
            "count": len(lines),
            "losses": [metrics.log_loss(y, lines[name]) for name in ("before", "after")],
            "areas": [area(y, lines[name]) for name in ("before", "after")],
            "rates": [float(lines[name].mean()) for name in ("before", "after", "label")],
            "difference": found.difference,
            "shares": found.shares(),
            "scatter": figure(_scatter, lines, "Probability before and after"),
            "top": rows(_top(lines, why)),
            "where": rows(where[:SHOWN_SLICES]),
            "better": rows(where[where["found"]].sort_values(["difference", "kind", "slice"])),
            "slices": len(where),
            "why": why,
            "features": rows(why.features[:SHOWN_FEATURES]),
            "parts": _sizes(why.parts),
            "factors": _sizes(why.factors),
        },
    )


def _sizes(table: pd.DataFrame) -> list[dict[str, Any]]:
    """How far each column moved lines: mean absolute and mean, largest first; a column of nothing is left out."""
    known = table.dropna(axis="columns", how="all").astype("float64")
    found = [
        {"name": name, "size": float(known[name].abs().mean()), "mean": float(known[name].mean())} for name in known
    ]
    return sorted(found, key=lambda one: (-one["size"], str(one["name"])))


def _top(lines: pd.DataFrame, why: Causes) -> pd.DataFrame:
    """The lines whose probability moved most, with the two factors that moved them most."""
    distance = (lines["after"] - lines["before"]).abs()
    chosen = distance.sort_values(ascending=False, kind="stable").index[:SHOWN_LINES]
    values, names = why.factors.to_numpy()[chosen], np.array(why.factors.columns)
    ranked = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :2]
    by = [
        ", ".join(f"{names[place]} {values[row, place]:+.2f}" for place in places) for row, places in enumerate(ranked)
    ]
    return lines.loc[chosen, ["line_id", "product_id", "label", "before", "after", "moved"]].assign(by=by)


def _scatter(axes: Axes, table: pd.DataFrame, theme: Theme) -> None:
    shown = table.iloc[:: max(1, len(table) // DOTS)]
    axes.plot([0, 1], [0, 1], "--", color=theme.second)
    axes.plot(shown["before"], shown["after"], ".", color=theme.first, markersize=3, alpha=0.4)
    axes.set(xlabel="probability before", ylabel="probability after", xlim=(0, 1), ylim=(0, 1))
