import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.sources.simulated.draws import Draws

INDEX = np.arange(200_000, dtype=np.int64)


@given(seed=st.integers(0, 2**63 - 1), start=st.integers(-(2**40), 2**40), cut=st.integers(1, 99))
def test_a_draw_depends_on_seed_name_and_index_alone(seed: int, start: int, cut: int) -> None:
    draws = Draws(seed)
    index = start + np.arange(100, dtype=np.int64)

    whole = draws.uniform("name", index)
    parts = [draws.uniform("name", index[:cut]), draws.uniform("name", index[cut:])]

    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert whole.min() > 0.0
    assert whole.max() < 1.0


def test_uniform_draws_fill_every_part_of_the_interval_evenly() -> None:
    draws = Draws(1).uniform("name", INDEX)

    counts, _ = np.histogram(draws, bins=100, range=(0.0, 1.0))

    # 2000 are expected in each of 100 bins: chi-square has mean 99 and standard deviation sqrt(198) = 14.
    assert ((counts - 2000.0) ** 2 / 2000.0).sum() < 99 + 5 * 14


def test_normal_draws_have_mean_0_and_variance_1() -> None:
    draws = Draws(1).normal("name", INDEX)

    assert abs(draws.mean()) < 5 / np.sqrt(len(INDEX))
    assert abs(draws.var() - 1.0) < 5 * np.sqrt(2.0 / len(INDEX))


def test_draws_under_other_names_and_seeds_are_independent() -> None:
    draws = [Draws(1).uniform("a", INDEX), Draws(1).uniform("b", INDEX), Draws(2).uniform("a", INDEX)]

    correlation = np.corrcoef([*draws, Draws(1).uniform("a", INDEX + 1)])

    assert np.abs(correlation - np.eye(4)).max() < 5 / np.sqrt(len(INDEX))


def test_a_choice_follows_its_weights_and_never_takes_what_has_none() -> None:
    weights = np.array([0.0, 1.0, 0.0, 3.0, 0.0])

    one_row = Draws(1).choice("name", INDEX, weights)
    a_row_each = Draws(1).choice("name", INDEX, np.tile(weights, (len(INDEX), 1)))

    np.testing.assert_array_equal(one_row, a_row_each)
    assert set(np.unique(one_row)) == {1, 3}
    assert abs((one_row == 3).mean() - 0.75) < 0.005
