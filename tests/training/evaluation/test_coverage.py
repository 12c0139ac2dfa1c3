"""Whether the measures of intervals tell honest intervals from others, on lines whose truth is drawn."""

import numpy as np
import pandas as pd
import pytest

from data.arrays import Floats
from training.evaluation.coverage import against_truth, constant_width, measure_intervals, of_groups


def test_coverage_is_the_share_of_lines_whose_truth_lies_within() -> None:
    lines = pd.DataFrame({"low": [0.1, 0.1, 0.1, 0.4], "high": [0.3, 0.3, 0.5, 0.6]})

    found = against_truth(lines, np.array([0.1, 0.31, 0.5, 0.5]))

    assert (found.lines, found.inside) == (4, 0.75)
    assert found.mean_width == pytest.approx((0.2 + 0.2 + 0.4 + 0.2) / 4)


def test_coverage_of_a_slice_looks_at_its_lines_alone() -> None:
    lines = pd.DataFrame({"low": [0.1, 0.1], "high": [0.3, 0.3]})

    assert against_truth(lines, np.array([0.2, 0.9]), np.array([False, True])).inside == 0


def test_equally_wide_intervals_are_as_wide_as_their_share_of_the_truth_needs() -> None:
    p, truth = np.full(4, 0.5), np.array([0.5, 0.6, 0.4, 0.9])

    assert constant_width(p, truth, 0.5) == pytest.approx(0.2)
    assert constant_width(p, truth, 1.0) == pytest.approx(0.8)


@pytest.mark.parametrize(("deviation", "assumed", "low", "high"), [(0.12, 0.12, 0.87, 0.93), (0.12, 0.0, 0.4, 0.75)])
def test_rates_of_groups_lie_within_honest_intervals_and_outside_narrow_ones(
    deviation: float, assumed: float, low: float, high: float
) -> None:
    lines, _ = grouped(deviation)

    found = of_groups(lines.assign(customer_deviation=assumed), "customer_id", "customer_deviation", 20, 0.9)

    assert found.groups == 1000
    assert found.inside is not None
    assert low < found.inside < high


def test_groups_with_few_lines_and_lines_of_nobody_are_left_out() -> None:
    lines, _ = grouped(0.1)
    few = lines.assign(customer_id=lines["customer_id"].where(lines.index < 50, None), customer_deviation=0.1)

    assert of_groups(few, "customer_id", "customer_deviation", 20, 0.9).groups == 2
    assert of_groups(few, "customer_id", "customer_deviation", 30, 0.9).inside is None


def test_a_real_shop_has_no_coverage_of_the_truth_but_rates_of_its_groups() -> None:
    lines, truth = grouped(0.12)
    lines = lines.assign(low=0.1, high=0.6, customer_deviation=0.12, product_deviation=0.0, venn_abers_width=0.02)

    real, simulated = measure_intervals(lines, 0.9, None), measure_intervals(lines, 0.9, truth)

    assert real.truth is None
    assert real.constant_width is None
    assert simulated.truth is not None
    assert simulated.constant_width is not None
    assert real.customers.groups == 1000
    assert (real.mean_width, real.venn_abers_width) == pytest.approx((0.5, 0.02))


def grouped(deviation: float) -> tuple[pd.DataFrame, Floats]:
    """A thousand customers with 25 lines each, whose true rates scatter around a score of 0.35."""
    rng = np.random.default_rng(2)
    truth = np.clip(0.35 + rng.normal(0, deviation, 1000), 0.02, 0.98)[np.repeat(np.arange(1000), 25)]
    lines = pd.DataFrame(
        {
            "probability": 0.35,
            "label": (rng.random(25_000) < truth).astype(float),
            "customer_id": np.repeat([f"c{each}" for each in range(1000)], 25),
            "product_id": [f"p{each % 500}" for each in range(25_000)],
            "order_id": [f"o{each}" for each in range(25_000)],
            "order_deviation": 0.0,
        }
    )
    return lines, truth
