"""How soon and how falsely a version in shadow is told to be better: ``python -m tests.benchmarks.shadow_evidence``.

Made-up shops, whose lines come back together within an order, are scored by two models that are off the truth by
chance. Evidence is looked at after every day of orders. The first row has two models that are equally far off: each
promotion among them is false.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from scipy.special import expit

from data.arrays import Floats
from training.monitoring.paired_loss import PairedOrders, interval, log_evidence_below

GAPS = (0.0, 0.001, 0.002, 0.005, 0.01)
"""By how much the champion is worse, nats a line."""
SPREAD_OF_LINES, SPREAD_OF_ORDERS, MEAN = 0.9, 0.5, -0.9
MEAN_VARIANCE = 0.19
"""Mean of p(1-p) over such lines: being off by s costs half of it times s², to the second order."""
EQUALLY_OFF = 0.3


@dataclass(frozen=True)
class Course:
    """One shop: evidence and lines after each day, and the interval at the end with the mean difference."""

    evidence: Floats
    lines: Floats
    low: float
    high: float
    mean: float


def course(seed: int, gap: float, days: int, orders_a_day: int, alpha: float) -> Course:
    """Make a shop, and look at it after each day."""
    rng = np.random.default_rng(seed)
    orders = days * orders_a_day
    order = np.repeat(np.arange(orders), 1 + rng.poisson(1.2, orders))
    truth = rng.normal(MEAN, SPREAD_OF_LINES, len(order)) + rng.normal(0, SPREAD_OF_ORDERS, orders)[order]
    label = (rng.random(len(order)) < expit(truth)).astype(np.float64)
    off = (np.sqrt(2 * gap / MEAN_VARIANCE), 0.0) if gap else (EQUALLY_OFF, EQUALLY_OFF)
    champion, challenger = (expit(truth + rng.normal(0, each, len(order))) for each in off)
    found = PairedOrders.of(champion, challenger, label, order)
    ends = np.arange(orders_a_day - 1, orders, orders_a_day)
    low, high = interval(found, alpha)
    return Course(log_evidence_below(found, 0.0)[ends], np.cumsum(found.lines)[ends], low, high, found.mean)


def table(gaps: Sequence[float], shops: int, days: int, orders_a_day: int, alpha: float) -> Table:
    """A row for each gap."""
    made = Table(
        title=f"{shops} shops, {orders_a_day} orders a day for {days} days, alpha {alpha}", box=box.SIMPLE_HEAD
    )
    for name in ("champion is worse by", "promoted", "after days (10% / 50% / 90%)", "after lines (50%)", "interval"):
        made.add_column(name, justify="right")
    for gap in gaps:
        found = [course(seed, gap, days, orders_a_day, alpha) for seed in range(shops)]
        firsts = [_first(each.evidence, alpha) for each in found]
        told = [(first + 1, each.lines[first]) for first, each in zip(firsts, found, strict=True) if first is not None]
        after = (
            " / ".join(f"{each:.0f}" for each in np.percentile([day for day, _ in told], [10, 50, 90])) if told else "-"
        )
        lines = f"{np.median([count for _, count in told]):,.0f}" if told else "-"
        wide = np.mean([[each.low, each.high] for each in found], axis=0)
        bounds = f"{wide[0]:+.4f} to {wide[1]:+.4f}"
        made.add_row(f"{gap:g} nats", f"{len(told) / shops:.1%}", after, lines, bounds)
    return made


def _first(evidence: Floats, alpha: float) -> int | None:
    enough = np.flatnonzero(evidence >= -np.log(alpha))
    return int(enough[0]) if len(enough) else None


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.shadow_evidence", description=__doc__)
    parser.add_argument("--shops", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--orders-a-day", type=int, default=200)
    parser.add_argument("--alpha", type=float, default=0.05)
    given = parser.parse_args()
    made = table(GAPS, given.shops, given.days, given.orders_a_day, given.alpha)
    Console(width=None if sys.stdout.isatty() else 150, highlight=False).print(made)


if __name__ == "__main__":
    main()
