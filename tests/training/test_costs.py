import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Floats
from tests.training.scored_shop import COSTS
from training.costs import pays, policies

Lines = list[tuple[int, float, int]]

LINES = st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.integers(0, 50_000)), min_size=1, max_size=40)


def columns(lines: Lines) -> tuple[Floats, ...]:
    return tuple(np.array(column, dtype=np.float64) for column in zip(*lines, strict=True))


def test_doing_nothing_costs_the_fixed_sum_and_the_share_of_each_return() -> None:
    y, p, value = columns([(1, 0.9, 10_000), (0, 0.9, 10_000), (1, 0.1, 2_000)])
    never = policies(y, p, value, COSTS)["never"]
    # Two returns at 300, and 10% of 10,000 and of 2,000.
    assert (never.cost_minor, never.saving_minor, never.lines_warned) == (1800, 0, 0)


def test_a_warning_saves_part_of_a_return_and_loses_part_of_a_margin() -> None:
    y, p, value = columns([(1, 0.9, 10_000), (0, 0.9, 10_000), (1, 0.1, 2_000)])
    half = policies(y, p, value, COSTS)["above_half"]
    # Half of one return of 300 + 1,000 is saved, half of the margin of 40% of 10,000 is lost.
    assert (half.lines_warned, half.returns_avoided, half.sales_lost) == (2, 0.5, 0.5)
    assert half.saving_minor == pytest.approx(650 - 2000)
    assert half.cost_minor == pytest.approx(1800 - 650 + 2000)


def test_a_warning_pays_from_the_break_even_probability_on() -> None:
    # A line of 5,000: p * 0.5 * 800 = (1 - p) * 0.5 * 2,000 at p = 2,000 / 2,800.
    even, value = 2000 / 2800, np.full(3, 5000.0)
    signs = np.sign(pays(np.array([even - 0.01, even, even + 0.01]), value, COSTS).round(9))
    assert signs.tolist() == [-1, 0, 1]


@given(LINES)
def test_where_probabilities_are_true_no_rule_is_expected_to_save_more(lines: Lines) -> None:
    _, p, value = columns(lines)
    saved = {name: policy.saving_minor for name, policy in policies(p, p, value, COSTS).items()}
    assert saved["where_it_pays"] >= max(saved.values()) - 1e-6


@given(LINES)
def test_cost_and_saving_add_up_to_the_cost_of_doing_nothing(lines: Lines) -> None:
    y, p, value = columns(lines)
    found = policies(y, p, value, COSTS)
    for policy in found.values():
        assert policy.cost_minor + policy.saving_minor == pytest.approx(found["never"].cost_minor)
