"""The page of the stages: one section for each of their tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from training.held_out.pieces import TIMES
from training.report.tables import rows
from training.understanding.measures.error_slices import UNSURE, WRONG
from training.understanding.page import figures
from training.understanding.page.render import render


def page(
    *,
    curve: pd.DataFrame,
    ablation: pd.DataFrame,
    effects: pd.DataFrame,
    calibration: pd.DataFrame,
    errors: pd.DataFrame,
    rate: float,
) -> str:
    """Make the page from the tables of the stages; ``rate``: the rate of false discoveries that they kept to."""
    weeks = calibration[calibration["kind"] == "week"]
    in_time, slices = calibration["kind"].isin(TIMES), calibration[~calibration["kind"].isin(TIMES)]
    seeds = ablation[ablation["kind"] == "seed"]
    return render(
        "understanding.html.j2",
        {
            "curve": rows(curve),
            "curve_figure": figures.curve(curve),
            "ablation": {kind: rows(table) for kind, table in _ranked(ablation)},
            "ablation_figure": figures.ablation(pd.concat([seeds, *(table for _, table in _ranked(ablation))])),
            "noise": float(seeds["difference"].abs().max()),
            "effects": [dict(effect) for effect in _effects(effects)],
            "weeks_figure": figures.weeks(weeks) if len(weeks) else None,
            "parts": rows(calibration[in_time & calibration["kind"].isin(["part", "month"])]),
            "found": rows(slices[slices["found"]].sort_values(["q_value", "kind", "slice"])),
            "kinds": {kind: rows(table) for kind, table in slices.groupby("kind", sort=False)},
            "tested": len(slices),
            "wrong": rows(errors[errors["question"] == WRONG]),
            "unsure": rows(errors[errors["question"] == UNSURE]),
            "rate": rate,
        },
    )


def _ranked(ablation: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Factors, then columns, those without which most is lost first."""
    for kind in ("factor", "column"):
        chosen = ablation[ablation["kind"] == kind]
        yield kind, chosen.sort_values(["difference", "name"], ascending=[False, True])


def _effects(effects: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    for name, table in effects.groupby("feature", sort=False):
        first = table.iloc[0]
        yield {
            "feature": name,
            "factor": first["factor"],
            "strength": first["mean_contribution"],
            "missing": first["missing_share"],
            "figure": figures.effect(table, str(name)),
            "rows": rows(table),
        }
