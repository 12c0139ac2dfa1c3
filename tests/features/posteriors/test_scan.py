"""The scan: a row knows the outcomes of earlier days, and none of its own day or later."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.arrays import Floats
from features.posteriors.scan import Asked, Course, Outcomes, scan
from features.posteriors.state import Posteriors

LEVELS = 6


def found(asked: Asked, outcomes: Outcomes) -> Floats:
    """What the scan says of each row: the part of its level, and that of the shop."""
    course = Course(1e-4, 20, np.eye(2))
    return scan(asked, outcomes, Posteriors.prior(np.full(LEVELS, 0.3), np.array([0.1])), course)


def drawn(seed: int, count: int = 40) -> tuple[Asked, Outcomes]:
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, 8, count))
    asked = Asked(day, rng.integers(0, LEVELS, (count, 1)), np.ones((count, 1)))
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

    assert (before == found(asked, altered)[asked.day <= today]).all()
    assert (before == found(asked, gone)[asked.day <= today]).all()


def test_an_outcome_counts_from_its_day_on() -> None:
    asked = Asked(np.array([0, 2, 3, 3]), np.array([[0], [0], [0], [1]]), np.ones((4, 1)))
    outcomes = Outcomes(np.array([0]), np.array([3]), np.array([1.0]))

    values = found(asked, outcomes)

    assert (values[:2] == 0).all()
    # The level of the line itself moves, and that of the shop with it.
    assert values[2, 0] > values[2, 1] > 0
    assert values[3, 0] == 0 < values[3, 1]


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
