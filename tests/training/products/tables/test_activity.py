import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.products.made_shop import PARAMS, Sold, made_lines
from training.products.columns import ACTIVITIES
from training.products.tables.activity import STATES, activity_at_order, activity_at_report


def at_order(*sold: Sold) -> list[str]:
    lines = made_lines(sold, {"shirt": "tops"})
    return [STATES[code] for code in activity_at_order(lines, PARAMS.segments)]


def at_report(*ago: float) -> str:
    lines = made_lines([Sold(each) for each in ago], {"shirt": "tops"})
    (code,) = activity_at_report(lines, PARAMS.segments)
    return STATES[code]


def test_a_first_order_is_a_new_customers_and_one_without_a_customer_a_guests() -> None:
    assert at_order(Sold(10), Sold(9, customer=None), Sold(8, customer=None)) == ["new", "guest", "guest"]


@pytest.mark.parametrize(
    ("ago", "state"),
    [
        ([5], "new"),
        ([29, 20, 10, 1], "new"),  # however often, in the first 30 days
        ([31], "occasional"),
        ([31, 20], "occasional"),
        ([80, 50, 20], "active"),  # three orders within 365 days
        ([364.9, 50, 20], "active"),
        ([365.1, 50, 20], "occasional"),  # one of them is longer ago
        ([91], "lapsing"),
        ([400, 391, 380, 364], "lapsing"),
        ([400, 365], "lost"),
        ([0], "new"),  # at the very moment of the report
    ],
)
def test_recency_goes_before_frequency_and_frequency_counts_orders_of_late(ago: list[float], state: str) -> None:
    assert at_report(*ago) == state


def test_the_lines_of_one_order_count_as_one_and_do_not_see_each_other() -> None:
    once = [Sold(40, order="one") for _ in range(5)]
    assert at_order(*once) == ["new"] * 5
    # With one order of five lines behind it, an order 40 days later is no active customer's.
    assert at_order(*once, Sold(0, order="two"))[-1] == "occasional"


@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", None]), st.integers(0, 800)), min_size=1, max_size=25))
def test_what_comes_later_changes_no_earlier_state(rows: list[tuple[str | None, int]]) -> None:
    sold = [Sold(float(ago), customer=who, order=f"{who} {ago}") for who, ago in sorted(rows, key=lambda row: -row[1])]
    whole = at_order(*sold)
    for first in range(1, len(sold)):
        assert at_order(*sold[:first]) == whole[:first]


def test_the_state_at_the_report_is_that_of_an_order_placed_then() -> None:
    rng = np.random.default_rng(1)
    sold = [Sold(float(rng.integers(1, 500)), customer=f"c{rng.integers(20):02d}") for _ in range(200)]
    people = sorted({str(line.customer) for line in sold})
    now = activity_at_report(made_lines(sold, {"shirt": "tops"}), PARAMS.segments)
    then = at_order(*sold, *(Sold(0, customer=who) for who in people))[-len(people) :]
    assert [ACTIVITIES[code] for code in now] == then
