"""Makes the overview: each period against the one before and the one a year earlier, and what moved its rate.

Rates are compared on closed lines only, as their outcome is final. The share that is not settled is given too.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from data.arrays import Bools, Floats, Ints
from training.products.estimates.context import Context
from training.products.estimates.evidence import grouped, of_lines
from training.products.estimates.rates import fit_prior, posterior
from training.products.findings.decomposition import Factor, lines_of, parts
from training.products.tables.activity import activity_at_order
from training.products.tables.discounts import discount_bands
from training.products.tables.overview import Figures, Overview, PeriodOverview, RateChange, RateChangePart
from training.products.tables.segments import price_rates, return_probability

YEAR_DAYS = 365


def overview(context: Context) -> Overview:
    """Make the overview of all periods."""
    shop = _Shop(context)
    return Overview(periods=tuple(shop.period(days) for days in context.params.periods_days if shop.some(days)))


@dataclass(frozen=True)
class _Shop:
    context: Context

    def some(self, days: int) -> bool:
        return bool(self.context.within(days).any())

    def period(self, days: int) -> PeriodOverview:
        current = self.context.within(days)
        before, year_before = self._covered(days, days), self._covered(days, YEAR_DAYS)
        return PeriodOverview(
            days=days,
            current=self._figures(current, days, 0),
            before=None if before is None else self._figures(before, days, days),
            year_before=None if year_before is None else self._figures(year_before, days, YEAR_DAYS),
            against_before=None if before is None else self._change(current, before),
            against_year_before=None if year_before is None else self._change(current, year_before),
        )

    def _covered(self, days: int, until_days_ago: int) -> Bools | None:
        """Choose the lines of a span of time; None where the history does not cover the span."""
        chosen = self.context.within(days, until_days_ago)
        return chosen if chosen.any() and self.context.covers(days, until_days_ago) else None

    def _figures(self, chosen: Bools, days: int, until_days_ago: int) -> Figures:
        lines, context = self.context.lines.take(chosen), self.context
        returns = self._returns[chosen]
        until = lines.until - until_days_ago
        closed = lines.closed
        return Figures(
            since=_moment(until - days),
            until=_moment(until),
            lines=len(lines),
            closed_lines=int(closed.sum()),
            returned_lines=int(lines.returned.sum()),
            unsettled_share=float((~closed & ~lines.returned).mean()),
            closed_rate=float(lines.returned[closed].mean()) if closed.any() else None,
            **self._rate(chosen),
            value_minor=float(lines.value_minor.sum()),
            returned_value_minor=float(returns @ lines.value_minor),
            return_cost_minor=float(returns @ context.return_cost[chosen]),
        )

    def _rate(self, chosen: Bools) -> dict[str, float]:
        context = self.context
        one = np.zeros(int(chosen.sum()), dtype=np.int64)
        evidence = grouped(context.evidence_of_buyers.take(chosen), context.visible[chosen], one, 1)
        found = posterior(evidence, context.prior)
        low, high = (float(found.quantile(q)[0]) for q in (0.025, 0.975))
        return {"rate": float(found.mean[0]), "rate_low95": low, "rate_high95": high}

    def _change(self, current: Bools, other: Bools) -> RateChange | None:
        """Decompose the difference of closed rates; None where a period has no closed line."""
        lines = self.context.lines
        closed = lines.closed & (current | other)
        later = current[closed].astype(np.int64)
        if later.min(initial=1) == later.max(initial=0):
            return None
        returned = lines.returned[closed].astype(np.float64)
        found = parts(returned, later, [Factor(f.part, _codes(f.codes[closed]), f.shrunk) for f in self._factors])
        total = float(returned[later == 1].mean() - returned[later == 0].mean())
        found["rate"] = total - sum(found.values())
        return RateChange(
            total_points=total, parts=tuple(RateChangePart(name=name, points=points) for name, points in found.items())
        )

    @cached_property
    def _returns(self) -> Floats:
        return return_probability(self.context)

    @cached_property
    def _factors(self) -> tuple[Factor, ...]:
        lines, context = self.context.lines, self.context
        activity = activity_at_order(lines, context.params.segments)
        return (
            Factor("products", lines.category + 1),
            Factor("products", lines.product, lines_of(context.prior)),
            Factor("customers", activity),
            Factor("customers", lines.customer + 1, self._customer_lines),
            Factor("discounts", discount_bands(lines.discount_share) + 1),
        )

    @property
    def _customer_lines(self) -> float:
        """Give how many lines a customer's effect is shrunk by, learned from rates expected without the customer."""
        context = self.context
        evidence = of_lines(context.lines.returned, context.visible, price_rates(context))
        codes = np.where(context.longest, context.lines.customer, -1)
        count = int(context.lines.customer.max(initial=-1)) + 1
        return lines_of(fit_prior(grouped(evidence, context.visible, codes, count)))


def _codes(codes: Ints) -> Ints:
    """Renumber the codes that occur, so that a short span doesn't carry all products and customers."""
    return np.unique(codes, return_inverse=True)[1]


def _moment(day: float) -> datetime:
    moment: datetime = pd.Timestamp(round(day * 86_400), unit="s").to_pydatetime()
    return moment
