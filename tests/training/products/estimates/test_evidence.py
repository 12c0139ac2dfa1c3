import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.products.small_context import context_of, drawn_lines
from training.products.estimates.evidence import Evidence, grouped, of_lines, sums

shares = st.floats(0.01, 0.99)


def test_a_closed_line_weighs_one():
    outcome = np.array([True, False])

    found = of_lines(outcome, np.ones(2), np.array([0.3, 0.7]))

    assert found.returned.tolist() == [1.0, 0.0]
    assert found.kept.tolist() == [0.0, 1.0]


def test_a_line_of_which_nothing_can_be_seen_says_nothing():
    found = of_lines(np.array([False]), np.zeros(1), np.array([0.3]))

    assert (found.returned[0], found.kept[0]) == (0.0, 0.0)


@given(visible=shares, expected=shares)
def test_a_waiting_line_pulls_as_hard_as_its_likelihood_does_at_the_expected_rate(visible: float, expected: float):
    weight = of_lines(np.array([False]), np.array([visible]), np.array([expected])).kept[0]

    # d/dp of log(1 - pF) and of w log(1 - p), at p = e.
    assert -weight / (1 - expected) == pytest.approx(-visible / (1 - expected * visible))
    assert 0 < weight <= visible


@given(visible=shares, expected=shares)
def test_evidence_adds_up_to_the_expected_rate_where_that_is_the_true_one(visible: float, expected: float):
    seen = expected * visible  # probability that the line is known to be returned
    back, waiting = (of_lines(np.array([out]), np.array([visible]), np.array([expected])) for out in (True, False))
    returned = seen * back.returned[0] + (1 - seen) * waiting.returned[0]
    kept = seen * back.kept[0] + (1 - seen) * waiting.kept[0]

    assert returned / (returned + kept) == pytest.approx(expected)
    assert returned + kept == pytest.approx(visible)


@pytest.mark.parametrize("true_rate", [0.2, 0.3, 0.4])
def test_young_orders_make_a_rate_neither_better_nor_worse(true_rate: float):
    # Half of all lines are open; 0.3 is expected of all of them.
    lines, _ = drawn_lines(true_rate, count=60_000, days=40)
    context = context_of(lines, 0.3)
    known = lines.returned | lines.closed

    corrected = context.evidence.returned.sum() / (context.evidence.returned + context.evidence.kept).sum()

    # One standard error: sqrt(0.24 / 45,000), 0.0023. Delays are learned from the closed half.
    assert corrected == pytest.approx(true_rate, abs=0.012)
    assert lines.returned[known].mean() > true_rate + 0.015  # settled lines: returns settle first
    assert lines.returned.mean() < true_rate - 0.04  # all lines: the young have not come back yet


def test_groups_add_up_their_lines_and_leave_out_those_without_a_code():
    lines = Evidence(np.array([1.0, 0, 0, 1]), np.array([0.0, 0.5, 1, 0]), np.array([0.2, 0.4, 0.6, 0.9]))

    found = grouped(lines, np.array([1.0, 0.5, 1.0, 1.0]), np.array([0, 0, 2, -1]), 3)

    assert found.returned.tolist() == [1, 0, 0]
    assert found.kept.tolist() == [0.5, 0, 1]
    # (1 * 0.2 + 0.5 * 0.4) / 1.5, nothing, 0.6
    assert found.expected[[0, 2]] == pytest.approx([4 / 15, 0.6])
    assert np.isnan(found.expected[1])


def test_a_group_of_which_nothing_can_be_seen_has_no_expected_rate():
    lines = of_lines(np.array([False]), np.zeros(1), np.array([0.3]))

    assert np.isnan(grouped(lines, np.zeros(1), np.array([0]), 1).expected[0])


def test_no_lines_add_up_to_nothing():
    assert sums(np.zeros(0), np.zeros(0, dtype=np.int64), 2).tolist() == [0, 0]
