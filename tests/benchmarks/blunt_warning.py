"""What warnings cost on BADS by its published cost matrix: never, at p > 0.5, by Bayes' rule, and by a policy.

By the matrix, a warning stops half of all purchases; what would have been kept loses its whole value, and a return
costs 3 EUR and a tenth of the value (half of each, as half of the purchases are stopped). A policy may act only where
the lower end of what it adds lies above nothing, by the real choice among actions. Each fold of the backtest and the
test month is scored by a model that was trained before it.

``python -m tests.benchmarks.blunt_warning`` takes BADS where it lies beside the project, in a temporary copy of it.
"""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from data import params
from data.arrays import Bools, Floats
from features import catalog, recipe
from features.catalog import CATALOG_FILE, LINES_FILE
from tests.benchmarks.measured import measure
from tests.benchmarks.parity import BADS, SHOPS, STAGES
from tests.workspace import copy_project, environment
from training.costs import HALF, Costs
from training.decisions.basket import ScoredBasket, ScoredBasketLine
from training.decisions.choosing import Chooser
from training.decisions.policy import Policy, Segment
from training.evaluation.backtest import BacktestParams, folds
from training.model import fit
from training.model.booster import ModelParams
from training.model.bundle import BundleScores
from training.model.calibrate import CalibrationParams
from training.model.level.days import daily_levels
from training.model.level.level import LevelParams
from training.model.linear.fit import LinearParams
from training.model.matrix import read_rows
from training.model.split import Split, SplitParams, final_split, read_times
from training.model.spread import IntervalParams

STOPPED = 0.5
"""The share of purchases that a warning stops, whether or not they would have come back."""
COSTS = Costs(
    return_fixed_minor=300, return_value_share=0.1, margin_share=1.0, warning_avoids_returns=STOPPED,
    warning_stops_kept=STOPPED,
)  # fmt: skip
WARNING = Policy.model_validate(
    {
        "name": "blunt_warning",
        "draw_key": "none",
        "holdout_share": 0.1,
        "level": 0.9,
        "later_margin_minor": dict.fromkeys(Segment, 0),
        "per_customer": {"most": 1, "days": 1},
        "actions": [
            {
                "name": "warning",
                "kind": "inform",
                "lines": {},
                "customers": list(Segment),
                "effects": {
                    "returns": {"mean": 0.0, "spread": 0.0},
                    "bought": {"mean": -STOPPED, "spread": 0.0},
                    "source": "the published cost matrix",
                },
                "per_customer": {"most": 1, "days": 1},
                "texts": {"en": "Warning", "de": "Warnung", "zh": "提示"},
            }
        ],
    }
)


@dataclass(frozen=True)
class Span:
    """The lines of one test span: outcomes, scores and values (minor units), each of shape (n,)."""

    since: str
    y: Floats
    scores: BundleScores
    value: Floats
    level: float | None


def spans() -> list[Span]:
    """Train before each fold of the backtest and before the test month, on the matrix here, and score it."""
    training = fit.Training(
        model=params.load("model", ModelParams),
        calibration=params.load("calibration", CalibrationParams),
        reasons=None,
        recipe=recipe.read(),
        linear=params.load("linear", LinearParams),
        interval=params.load("interval", IntervalParams),
    )
    times, days = read_times(), params.load("split", SplitParams)
    splits = [*folds(times, days, params.load("backtest", BacktestParams)), final_split(times, days)]
    return [_scored(split, times, training) for split in splits]


def _scored(split: Split, times: pd.DataFrame, training: fit.Training) -> Span:
    bundle, _ = fit.train(LINES_FILE, times, split, catalog.read(CATALOG_FILE), training)
    chosen = split.test(times)
    tested, ordered = read_rows(LINES_FILE, bundle.score_features, chosen), times["ordered_at"][chosen]
    level = params.load("level", LevelParams)
    shift = daily_levels(bundle, LINES_FILE, times, ordered, level).shifts(ordered)
    columns = pd.read_parquet(LINES_FILE, columns=["price_minor", "quantity"])[chosen]
    value = (columns["price_minor"] * columns["quantity"]).to_numpy(dtype=np.float64)
    y = tested.y.astype(np.float64)
    return Span(f"{split.test_from:%Y-%m-%d}", y, bundle.score_rows(tested.x, shift=shift), value, bundle.level)


def costs_a_line(span: Span) -> dict[str, float]:
    """Give what a line costs under each rule, in minor units."""
    p, returned = span.scores.probability, STOPPED * (COSTS.return_fixed_minor + COSTS.return_value_share * span.value)
    stopped = STOPPED * COSTS.margin_share * span.value
    rules = {
        "never": np.zeros(len(p), dtype=np.bool_),
        "p > 0.5": p > HALF,
        "Bayes' rule": p * returned > (1 - p) * stopped,
        "a policy": _by_policy(span),
    }
    y = span.y
    return {
        name: float((warned * (1 - y) * stopped + ~warned * y * returned).mean()) for name, warned in rules.items()
    } | {"warned by the policy": float(rules["a policy"].mean()), "by Bayes' rule": float(rules["Bayes' rule"].mean())}


def _by_policy(span: Span) -> Bools:
    """Mark the lines, each as a basket of its own, that the policy warns of."""
    chooser, scores = Chooser(WARNING, COSTS), span.scores
    rows = zip(
        span.value.tolist(), *(each.tolist() for each in (scores.probability, scores.low, scores.high)), strict=True
    )
    return np.array(
        [
            chooser.choose(
                ScoredBasket((ScoredBasketLine("p", value, p, low, high),), Segment.GUEST, span.level)
            ).chosen
            is not None
            for value, p, low, high in rows
        ]
    )


def main() -> int:
    """Measure, and print a table; 1 where the policy costs more than never warning in any span."""
    if not BADS.is_dir():
        print("BADS: not beside the project")
        return 0
    with tempfile.TemporaryDirectory(prefix="return-risk-warning-") as folder:
        project = copy_project(Path(folder) / "project", SHOPS["BADS"])
        for stage in STAGES:
            measure(stage, [sys.executable, "-m", stage], project, environment(PYTHONHASHSEED="0"))
        os.chdir(project)
        found = spans()
    laid_out, worse = Table(title="EUR a line", title_justify="left", box=box.SIMPLE_HEAD), False
    rows = [(span, costs_a_line(span)) for span in found]
    for column in ("from", "lines", *rows[0][1]):
        laid_out.add_column(column, justify="right")
    for span, costs in rows:
        shares = {name for name in costs if "by" in name}
        cells = (f"{each:.2%}" if name in shares else f"{each / 100:.4f}" for name, each in costs.items())
        laid_out.add_row(span.since, f"{len(span.y):,}", *cells)
        worse |= costs["a policy"] > costs["never"]
    Console(width=120).print(laid_out)
    return int(worse)


if __name__ == "__main__":
    raise SystemExit(main())
