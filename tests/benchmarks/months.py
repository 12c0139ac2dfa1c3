"""Month after month of a backtest: what could be told of each after its end, and what following the level gave.

``python -m tests.benchmarks.months`` takes the folds of the last ``dvc repro backtest``, as many as `backtest.folds` of
params.yaml asks for. 24 folds of 30 days are two years, each month scored by a model that was trained before it. What
is told of a month knows the scores and outcomes of the months before, and of nothing after that day.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from data import params
from training.evaluation.measure import Evaluation
from training.evaluation.slices import PriceBands
from training.held_out.lines import BACKTEST, of_matrix, predictions
from training.held_out.pieces import FEATURES, pieces
from training.model.split import DAY, read_times
from training.monitoring.estimate import estimate
from training.monitoring.known import known_at
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import PART, WHOLE
from training.monitoring.recalibration import Prior, fit
from training.products.params import ProductParams

AFTER = 10
"""Days after the end of a month at which it is told."""
ROUNDED = 1e-9
"""Where all is settled, the interval is a point."""
TIMES = ("ordered_at", "closes_at", "settled_at", "label", "quantity")


def main() -> None:
    """Print both tables."""
    console = Console(width=120)
    chosen = params.load("monitoring", MonitoringParams)
    told = pd.DataFrame(list(_told(chosen)))
    console.print(by_month(told[told["kind"] == "month"]))
    console.print(coverage(told, chosen.interval))
    console.print(adaptation(pd.read_csv("reports/backtest.csv")))


def by_month(months: pd.DataFrame) -> Table:
    """What was told of each month, and what came."""
    table = Table(title=f"Log-loss of each month, told {AFTER} days after its end")
    for name in ("month until", "lines", "returns known", "told", "interval", "came", "error"):
        table.add_column(name, justify="right")
    for row in months.to_dict("records"):
        table.add_row(
            f"{row['until']:%Y-%m-%d}",
            f"{row['lines']:,}",
            f"{row['known']:.0%}",
            f"{row['told']:.4f}",
            f"{row['low']:.4f} to {row['high']:.4f}",
            f"{row['came']:.4f}",
            f"{row['told'] / row['came'] - 1:+.2%}",
        )
    return table


def coverage(told: pd.DataFrame, interval: float) -> Table:
    """How often the intervals held, and the errors, of whole months and of their slices."""
    table = Table(title=f"{interval:.0%} intervals, {AFTER} days after the end of a month")
    for name in ("parts", "number", "log-loss held", "rate held", "median error", "largest error", "within 2%"):
        table.add_column(name, justify="right")
    for kind, part in told.groupby("kind"):
        error = (part["told"] / part["came"] - 1).abs()
        held = part["came"].between(part["low"], part["high"]).mean()
        shares = (f"{held:.0%}", f"{part['rate_held'].mean():.0%}", f"{error.median():.2%}", f"{error.max():.2%}")
        table.add_row(str(kind), str(len(part)), *shares, f"{(error <= 0.02).mean():.0%}")
    return table


def adaptation(folds: pd.DataFrame) -> Table:
    """The log-loss with the level that follows and without any, in 1e-4."""
    table = Table(title="Following the level: log-loss less that without a level, in 1e-4")
    for name in ("months", "mean", "of months better", "best month", "worst month", "months worse by more than 3"):
        table.add_column(name, justify="right")
    gain = (folds["log_loss"] - folds["log_loss_without_level"]) * 1e4
    table.add_row(
        str(len(gain)),
        f"{gain.mean():+.1f}",
        f"{(gain < 0).mean():.0%}",
        f"{gain.min():+.1f}",
        f"{gain.max():+.1f}",
        str(int((gain > 3).sum())),
    )
    return table


def _told(chosen: MonitoringParams) -> Iterator[dict[str, object]]:
    times, scored = read_times(), _scored()
    currency = params.load("products", ProductParams).currency
    bands = PriceBands(params.load("evaluation", Evaluation).price_bands, currency)
    for fold, lines in scored.groupby("fold"):
        end = lines["ordered_at"].max().normalize() + DAY
        known = known_at(scored[scored["ordered_at"] < end], times, end + AFTER * DAY)
        month = (known.frame["fold"] == fold).to_numpy()
        around = Prior(fit(known.lines.only(month), WHOLE).mode, PART)
        places = np.flatnonzero(month)
        for each in [None, *pieces(known.frame[month].reset_index(drop=True), chosen.most_labels, bands)]:
            if each is not None and (each.kind in ("part", "month") or each.mask.sum() < chosen.least_lines):
                continue
            mask = month.copy() if each is None else np.zeros(len(month), dtype=np.bool_)
            if each is not None:
                mask[places[each.mask]] = True
            found = estimate(known.lines.only(mask), WHOLE if each is None else around, known.drift)
            y, margin = known.frame["label"].to_numpy(dtype=np.float64)[mask], known.lines.margin[mask]
            low, high = found.log_loss.interval(chosen.interval)
            rate_low, rate_high = found.rate.interval(chosen.interval)
            yield {
                "kind": "month" if each is None else "week" if each.kind == "week" else "slice",
                "until": end,
                "lines": int(mask.sum()),
                "known": found.known,
                "told": found.log_loss.value,
                "low": low - ROUNDED,
                "high": high + ROUNDED,
                "came": float((np.logaddexp(0, margin) - y * margin).mean()),
                "rate_held": rate_low - ROUNDED <= y.mean() <= rate_high + ROUNDED,
            }


def _scored() -> pd.DataFrame:
    """The lines of the folds, by time and id."""
    scores = predictions(BACKTEST, ["fold"])[["line_id", "probability", "fold"]]
    own = of_matrix(scores["line_id"], [*TIMES, *FEATURES])
    found = scores.merge(own, on="line_id", validate="one_to_one").assign(part="fold")
    found = found[found["label"].notna()]
    return found.sort_values(["ordered_at", "line_id"], ignore_index=True)


if __name__ == "__main__":
    main()
