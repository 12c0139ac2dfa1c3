import numpy as np
import pytest

from data.arrays import Floats
from training.understanding.measures.effects import Effects, Score, accumulated, edges_of

RNG = np.random.default_rng(3)
N = 4000


def rows() -> Floats:
    """Two features that hang together, one that repeats few values, and one that is missing now and then."""
    first = RNG.normal(0, 1, N)
    second = first + RNG.normal(0, 0.1, N)
    count = RNG.integers(1, 5, N).astype(float)
    missing = np.where(RNG.random(N) < 0.25, np.nan, RNG.uniform(0, 1, N))
    return np.column_stack([first, second, count, missing])


def effects(score: Score, place: int, bins: int = 20) -> Effects:
    found = accumulated(score, rows(), place, bins, np.arange(N) // 3, 60, 1)
    assert found is not None
    return found


def test_the_effect_of_a_feature_of_an_additive_score_is_its_own_part() -> None:
    found = effects(lambda x: x[:, 0] ** 2 - 3 * x[:, 1], 0, 40)

    square = found.edges**2
    distance = found.effect - square
    assert np.ptp(distance) < 1e-9


def test_a_feature_that_the_score_does_not_read_has_no_effect_though_it_hangs_together_with_one() -> None:
    found = effects(lambda x: 5 * x[:, 0], 1)

    assert np.abs(found.effect).max() == 0
    assert np.abs(found.high).max() == 0


def test_effects_are_centred_over_the_lines() -> None:
    found = effects(lambda x: np.exp(x[:, 0]), 0)

    middle = (found.effect[:-1] + found.effect[1:]) / 2
    assert found.lines[1:] @ middle == pytest.approx(0, abs=1e-6)
    assert found.lines.sum() == N


def test_the_interval_is_wide_where_lines_differ_in_their_effect() -> None:
    alike = effects(lambda x: 2 * x[:, 0], 0)
    apart = effects(lambda x: x[:, 0] * np.nan_to_num(x[:, 3], nan=-2.0), 0)

    assert (alike.high - alike.low).max() < 0.25
    assert (apart.high - apart.low).max() > 2 * (alike.high - alike.low).max()
    assert (apart.low <= apart.effect + 1e-9).all()
    assert (apart.effect <= apart.high + 1e-9).all()


def test_few_values_are_their_own_edges() -> None:
    found = effects(lambda x: x[:, 2], 2)

    assert found.edges.tolist() == [1, 2, 3, 4]
    assert np.diff(found.effect) == pytest.approx([1, 1, 1])


def test_lines_without_a_value_have_no_part_in_it() -> None:
    found = effects(lambda x: np.nan_to_num(x[:, 3], nan=99.0), 3)

    assert found.missing == pytest.approx(0.25, abs=0.03)
    assert found.effect[-1] - found.effect[0] == pytest.approx(found.edges[-1] - found.edges[0])


def test_a_feature_of_one_value_has_no_effects() -> None:
    x = np.ones((50, 1))

    assert accumulated(lambda rows: rows[:, 0], x, 0, 10, np.arange(50), 50, 1) is None
    assert accumulated(lambda rows: rows[:, 0], np.full((50, 1), np.nan), 0, 10, np.arange(50), 50, 1) is None
    assert len(edges_of(np.arange(100.0), 10)) == 11
