"""The age of posteriors: counted in facts that came since, and told once it is too high."""

from dataclasses import replace

import pytest

from data.times import MICROSECONDS_PER_DAY
from features.online_state.records import StateAbout
from serving.scoring.posteriors import ServedPosteriors
from tests.serving.served_shop import served_shop

LEARNED = 19_700
ABOUT = replace(served_shop().about, learned_day=LEARNED)
AS_OF = LEARNED * MICROSECONDS_PER_DAY


def served(days: float | None, about: StateAbout = ABOUT) -> ServedPosteriors:
    """Posteriors whose state knows facts of so many ``days`` after them; None: no fact."""
    latest = None if days is None else AS_OF + int(days * MICROSECONDS_PER_DAY)
    return ServedPosteriors(lambda: about, lambda: latest, 35)


@pytest.mark.parametrize("days", [-0.5, 0, 35, None])
def test_posteriors_that_the_facts_have_not_left_behind_are_no_trouble(days: float | None) -> None:
    assert served(days).as_of() == AS_OF
    assert served(days).trouble() is None


def test_older_ones_are_told_with_their_time_and_the_fix() -> None:
    trouble = served(35.1).trouble()

    assert trouble is not None
    assert trouble.cause == "posteriors"
    assert trouble.detail == "the posteriors know outcomes until 2023-12-09T00:00:00Z alone; run make level"


def test_a_state_without_them_and_one_that_was_not_read_have_none() -> None:
    without = served(400, replace(ABOUT, learned_day=None))

    assert without.as_of() is None
    assert without.trouble() is None
    assert ServedPosteriors(lambda: None, lambda: 1, 35).trouble() is None
