"""A small shop whose lines are drawn with known rates. Tests plant a fault in it and check the report's findings."""

from dataclasses import dataclass, replace

import numpy as np

from data.arrays import Bools, Floats, Ints
from data.schema import Reason
from features.language.reasons import REASONS
from training.costs import Costs
from training.products.estimates.context import Context
from training.products.estimates.lines import LineNames, ReportLines
from training.products.estimates.settling import delays, visible
from training.products.params import ProductParams, SegmentParams

AS_OF = 19_723.0  # Monday, 1 January 2024
RATE = 0.3
SHARES = {
    Reason.SIZE_TOO_SMALL: 0.3,
    Reason.SIZE_TOO_LARGE: 0.2,
    Reason.DEFECTIVE: 0.1,
    Reason.NOT_AS_DESCRIBED: 0.1,
    Reason.UNWANTED: 0.3,
}
SIZES = ["38", "40", "42", "44"]
COLORS = ["blue", "green", "red"]

PARAMS = ProductParams(
    currency="EUR",
    periods_days=(90, 365),
    history_weeks=104,
    upcoming_days=28,
    folds=2,
    expectation_lines=1000,
    rounds=10,
    seed=1,
    fault_ratio=1.5,
    min_probability=0.9,
    spike_weeks=8,
    false_discovery_rate=0.1,
    top_items=10,
    segments=SegmentParams(recent_days=90, lapsing_days=180, lost_days=365, active_orders=3),
)
COSTS = Costs(
    return_fixed_minor=300,
    return_value_share=0.1,
    margin_share=0.4,
    warning_avoids_returns=0.1,
    warning_stops_kept=0.1,
)


@dataclass
class PlantedShop:
    """Lines of some products in two categories, each sold evenly over the last year.

    The expected and the true rate of every line is `RATE`, with the reasons of `SHARES`; `plant` makes some more lines
    come back for one reason. All windows are closed but those of the last two weeks.
    """

    seed: int = 1
    products: int = 60
    lines_each: int = 140

    def __post_init__(self) -> None:
        count = self.products * self.lines_each
        self.rng = np.random.default_rng(self.seed)
        self.day: Floats = np.sort(AS_OF - 364 * self.rng.random(count))
        self.product: Ints = self.rng.permutation(np.repeat(np.arange(self.products), self.lines_each))
        self.size: Ints = self.rng.integers(0, len(SIZES), count)
        self.color: Ints = self.rng.integers(0, len(COLORS), count)
        self.order: Ints = np.arange(count)
        self.discount: Floats = np.where(self.rng.random(count) < 0.5, 0.2, 0.0)
        self.returned: Bools = self.rng.random(count) < RATE
        self.reason: Ints = self.rng.choice(
            [REASONS.index(reason) for reason in SHARES], size=count, p=list(SHARES.values())
        )

    def plant(self, which: Bools, reason: Reason, rate: float) -> None:
        """Let a share ``rate`` of the lines ``which`` come back for ``reason``, which overrides other reasons."""
        hit = which & (self.rng.random(len(which)) < rate)
        self.returned = self.returned | hit
        self.reason = np.where(hit, REASONS.index(reason), self.reason)

    @property
    def lines(self) -> ReportLines:
        """The lines as known at `AS_OF`: a return takes 7 days, the window closes after 14."""
        known = self.returned & (self.day + 7 <= AS_OF)
        count, half = len(self.day), self.products // 2
        category = (np.arange(self.products) >= half).astype(np.int64)
        names = LineNames(
            product=[f"p{number:03}" for number in range(self.products)],
            name=[None] * self.products,
            category=["dresses", "shoes"],
            brand=["acme"],
            supplier=["far", "near"],
            size=SIZES,
            color=COLORS,
            product_category=category,
            product_brand=np.zeros(self.products, dtype=np.int64),
            product_supplier=(np.arange(self.products) % 2).astype(np.int64),
        )
        return ReportLines(
            as_of=AS_OF,
            until=AS_OF,
            row=np.arange(count),
            product=self.product,
            category=category[self.product],
            brand=np.zeros(count, dtype=np.int64),
            supplier=names.product_supplier[self.product],
            size=self.size,
            color=self.color,
            customer=np.arange(count),
            order=self.order,
            day=self.day,
            closes_day=self.day + 14,
            returned=known,
            returned_day=np.where(known, self.day + 7, np.nan),
            reason=np.where(known, self.reason, -1),
            value_minor=np.full(count, 5000.0),
            price_minor=np.full(count, 5000.0),
            discount_share=self.discount,
            names=names,
        )

    @property
    def context(self) -> Context:
        """The context of a report of these lines."""
        return context_of(self.lines)


def context_of(lines: ReportLines) -> Context:
    """Make the context of any lines, all with the expected rate `RATE`."""
    expected = np.full(len(lines), RATE)
    learned = delays(lines)
    return Context(lines, learned, visible(lines, learned), expected, expected, PARAMS, COSTS)


def without_reasons(lines: ReportLines) -> ReportLines:
    """The same lines without recorded reasons."""
    return replace(lines, reason=np.full(len(lines), -1))
