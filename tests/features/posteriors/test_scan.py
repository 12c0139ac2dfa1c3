"""The scan: a row knows the outcomes of earlier days, and none of its own day or later.

A row has a level of a product, and one of a size.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.arrays import Floats
from features.posteriors.scan import Asked, Course, Outcomes, scan
from features.posteriors.state import NO_LEVEL, Posteriors

LEVELS = 6


def found(asked: Asked, outcomes: Outcomes) -> Floats:
    """What the scan says of each row: the parts of product, size and shop."""
    course = Course(1e-4, 20, np.eye(3), np.array([True, False]))
    return scan(asked, outcomes, Posteriors.prior(np.full(LEVELS, 0.3), np.array([0.1])), course)


def drawn(seed: int, count: int = 40) -> tuple[Asked, Outcomes]:
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, 8, count))
    levels = np.column_stack([rng.integers(0, 3, count), rng.integers(3, LEVELS, count)])
    asked = Asked(day, levels, np.ones((count, 1)))
    settled = np.flatnonzero(rng.random(count) < 0.8)
    known = day[settled] + rng.integers(1, 5, len(settled))
    return asked, Outcomes(settled, known, rng.integers(0, 2, len(settled)).astype(np.float64))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_what_becomes_known_later_changes_no_row(seed: int, today: int) -> None:
    asked, outcomes = drawn(seed)
    later = outcomes.day > today
    altered = Outcomes(outcomes.place, outcomes.day, np.where(later, 1 - outcomes.returned, outcomes.returned))
    gone = Outcomes(outcomes.place[~later], outcomes.day[~later], outcomes.returned[~later])

    before = found(asked, outcomes)[asked.day <= today]

    np.testing.assert_array_equal(before, found(asked, altered)[asked.day <= today])
    np.testing.assert_array_equal(before, found(asked, gone)[asked.day <= today])


def test_an_outcome_counts_from_its_day_on() -> None:
    asked = Asked(np.array([0, 2, 3, 3]), np.array([[0, 3], [0, 3], [0, 3], [0, 4]]), np.ones((4, 1)))
    outcomes = Outcomes(np.array([0]), np.array([3]), np.array([1.0]))

    values = found(asked, outcomes)

    assert np.isnan(values[:2]).all()
    # The levels of the line itself move, and that of the shop with them.
    assert values[2, :2].min() > values[2, 2] > 0
    assert values[3, 1] == 0 < values[3, 2]


def test_a_row_has_none_until_an_outcome_of_its_product_is_known() -> None:
    levels = np.array([[0, 3], [0, 4], [1, 3], [NO_LEVEL, 3]])
    asked = Asked(np.array([0, 3, 3, 3]), levels, np.ones((4, 1)))

    values = found(asked, Outcomes(np.array([0]), np.array([3]), np.array([1.0])))

    assert np.isfinite(values[1]).all()
    assert np.isnan(values[[0, 2, 3]]).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_rows_and_outcomes_does_not_matter(seed: int) -> None:
    asked, outcomes = drawn(seed)
    rng = np.random.default_rng(seed)
    mixed, facts = rng.permutation(len(asked.day)), rng.permutation(len(outcomes.day))
    place = np.argsort(mixed)
    again = found(
        Asked(asked.day[mixed], asked.levels[mixed], asked.covariates[mixed]),
        Outcomes(place[outcomes.place][facts], outcomes.day[facts], outcomes.returned[facts]),
    )

    np.testing.assert_allclose(again[place], found(asked, outcomes), atol=1e-12)
