import numpy as np
import pytest

from data.arrays import Floats
from tests.training.products.made_shop import AS_OF
from tests.training.products.small_context import context_of, drawn_lines
from training.products.estimates.context import Context
from training.products.estimates.figures import Group
from training.products.estimates.lines import ReportLines
from training.products.findings.trend import trend


def by_product(context: Context) -> dict[str, Floats]:
    lines = context.lines
    return trend(context, Group(context.longest, lines.product, len(lines.names.product), context.evidence))


def months(lines: ReportLines) -> Floats:
    return (lines.day - AS_OF) / 30


@pytest.mark.parametrize("points", [-1.5, 0.0, 2.0])
def test_a_trend_is_the_points_a_month_that_the_rate_gained_on_what_is_expected(points: float):
    lines, _ = drawn_lines(lambda x: 0.4 + points / 100 * (months(x) + 6), count=200_000, days=365, products=1)

    found = by_product(context_of(lines, 0.4))

    # One standard error: sqrt(0.24 / 200,000) / (12.2 / sqrt(12)) = 0.031 points; a little more without the open lines.
    assert found["trend_points"][0] == pytest.approx(points, abs=0.1)
    assert found["trend_high95"][0] - found["trend_low95"][0] == pytest.approx(2 * 1.96 * 0.031, rel=0.1)


def test_what_was_expected_to_rise_is_no_trend():
    lines, _ = drawn_lines(lambda x: 0.4 + 0.02 * (months(x) + 6), count=100_000, days=365, products=1)

    found = by_product(context_of(lines, 0.4 + 0.02 * (months(lines) + 6)))

    assert found["trend_points"][0] == pytest.approx(0, abs=0.15)


def test_young_lines_that_are_not_back_yet_are_no_fall():
    lines, _ = drawn_lines(0.4, count=50_000, days=60, products=1)

    found = by_product(context_of(lines, 0.4))

    # A third of all lines is open. Counted as kept they would make it 15 points a month.
    assert found["trend_low95"][0] < 0 < found["trend_high95"][0]


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.65])
def test_the_interval_holds_no_change_19_times_of_20_whatever_the_rate(rate: float):
    lines, _ = drawn_lines(rate, count=60_000, days=365, products=1000)

    found = by_product(context_of(lines, 0.3))

    # 1,000 products of 60 lines: one standard error is 0.007.
    held = (found["trend_low95"] < 0) & (found["trend_high95"] > 0)
    assert held.mean() == pytest.approx(0.95, abs=0.025)


def test_few_lines_have_no_trend():
    lines, _ = drawn_lines(0.3, count=9, days=300, products=1)

    assert all(np.isnan(values[0]) for values in by_product(context_of(lines, 0.3)).values())


def test_lines_of_one_moment_have_no_trend():
    lines, _ = drawn_lines(0.3, count=200, days=0.0, products=1)

    assert np.isnan(by_product(context_of(lines, 0.3))["trend_points"][0])
