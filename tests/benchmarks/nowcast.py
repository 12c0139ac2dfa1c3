"""How well the nowcast tells what comes: coverage and error on the shop of this project, alarms on shops with a jump.

``python -m tests.benchmarks.nowcast`` takes the scored lines of the last ``dvc repro``: each fold of the backtest as it
was known at its end, 3 and 10 days later, as a whole, by week and by slice. Alarms are those of made-up shops
(`tests.training.monitoring.watched_shop`) whose level jumps on a day, and of ones in which nothing happens.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from data import params
from tests.training.monitoring.watched_shop import DAYS, START, changed, watched_shop
from training.evaluation.measure import Evaluation
from training.evaluation.slices import PriceBands
from training.held_out.pieces import pieces
from training.model.split import DAY, read_times
from training.monitoring.delays import daily_delays
from training.monitoring.estimate import estimate
from training.monitoring.evidence import LineCourse, alarms
from training.monitoring.known import known_at
from training.monitoring.params import MonitoringParams
from training.monitoring.quality import PART, WHOLE
from training.monitoring.recalibration import Prior, fit
from training.monitoring.scored import FOLD, watched_lines
from training.products.params import ProductParams

AFTER = (0, 3, 10)
FIRST, JUMP = 60, 110
"""Days of a made-up shop: alarms are sought from the first one on, and the level jumps on the other."""
SHOPS = {200: 20, 2000: 5, 10_000: 3}
"""How many shops of so many lines a day are made."""


def main() -> None:
    """Print both tables."""
    console = Console(width=120)
    console.print(coverage(params.load("monitoring", MonitoringParams)))
    console.print(delays_of_alarms())


def coverage(chosen: MonitoringParams) -> Table:
    """How often the intervals hold, and the median error, by kind of part and days after the end of the fold."""
    bands = PriceBands(
        params.load("evaluation", Evaluation).price_bands, params.load("products", ProductParams).currency
    )
    found = pd.DataFrame(list(_told(chosen, bands)))
    table = Table(title="Backtest folds: what was told, and what came")
    for name in ("parts", "days after", "number", "returns known", "log-loss held", "rate held", "median error"):
        table.add_column(name, justify="right")
    for (kind, after), part in found.groupby(["kind", "after"]):
        shares = (f"{part[name].mean():.0%}" for name in ("known", "log_loss", "rate"))
        table.add_row(str(kind), str(after), str(len(part)), *shares, f"{part['error'].median():.2%}")
    return table


def _told(chosen: MonitoringParams, bands: PriceBands) -> Iterator[dict[str, object]]:
    times = read_times()
    scored = watched_lines(times)
    for name, fold in scored[scored["part"].str.startswith(FOLD)].groupby("part"):
        end = fold["ordered_at"].max().normalize() + DAY
        for after in AFTER:
            known = known_at(fold, times, end + after * DAY)
            around = Prior(fit(known.lines, WHOLE).mode, PART)
            parts = [("whole", np.ones(len(known.frame), dtype=np.bool_))]
            parts += [
                ("week" if each.kind == "week" else "slice", each.mask)
                for each in pieces(known.frame, chosen.most_labels, bands)
                if each.kind not in ("part", "month")
            ]
            for kind, mask in parts:
                if mask.sum() < chosen.least_lines:
                    continue
                told = estimate(known.lines.only(mask), WHOLE if kind == "whole" else around, known.drift)
                y, margin = known.frame["label"].to_numpy(dtype=np.float64)[mask], known.lines.margin[mask]
                final = {"log_loss": float((np.logaddexp(0, margin) - y * margin).mean()), "rate": float(y.mean())}
                held = {
                    figure: np.clip(value, *getattr(told, figure).interval(chosen.interval)) == value
                    for figure, value in final.items()
                }
                error = abs(told.log_loss.value / final["log_loss"] - 1)
                yield {"fold": name, "kind": kind, "after": after, "known": told.known, "error": error, **held}


def delays_of_alarms() -> Table:
    """Days from the first order of a jump to its alarm, and false alarms a year."""
    table = Table(title="Alarms of shops by their lines a day, bound of 365 days")
    for name in ("lines", "tolerance", "jump, log-odds", "told of", "days: median", "least", "most", "false a year"):
        table.add_column(name, justify="right")
    for (lines, shops), tolerance in product(SHOPS.items(), (0.05, 0.1)):
        for jump in (0.0, 0.25, 0.5, -0.25) if lines == min(SHOPS) else (0.25,):
            found = [_alarms(seed, jump, tolerance, lines) for seed in range(shops)]
            late = [
                after[0] for shop in found if (after := [day - (JUMP - FIRST) for day in shop if day >= JUMP - FIRST])
            ]
            quiet = sum(day < JUMP - FIRST or not jump for shop in found for day in shop)
            years = shops * ((JUMP if jump else DAYS) - FIRST) / 365
            days = (f"{np.median(late):.0f}", str(min(late)), str(max(late))) if jump and late else ("", "", "")
            told = f"{len(late)} of {shops}" if jump else ""
            table.add_row(f"{lines:,}", f"{tolerance:g}", f"{jump:g}", told, *days, f"{quiet / years:.2f}")
    return table


def _alarms(seed: int, jump: float, tolerance: float, lines_a_day: int) -> list[int]:
    """The days of the alarms of one shop, counted from `FIRST`."""
    shop, start = watched_shop(seed, lines_a_day), START + FIRST * DAY
    if jump:
        shop = changed(shop, watched_shop(seed + 1000, lines_a_day, level=jump), START + JUMP * DAY)
    course = LineCourse.of(shop[shop["ordered_at"] >= start - 25 * DAY], start)
    return [alarm.day for alarm in alarms(course, daily_delays(shop, start, DAYS - FIRST), tolerance, 365)]


if __name__ == "__main__":
    main()
