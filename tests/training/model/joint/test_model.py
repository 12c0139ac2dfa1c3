"""What becomes of a basket: the laws of its distributions."""

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.model.joint.lines import Lines, sizes_of
from training.model.joint.model import Joint, Outcomes
from training.model.joint.states import MOST_LINES, Coupling

JOINT = Joint(1.2, Coupling(sizes=-0.2, same=0.3, one_kept=0.8))
INDEPENDENT = Joint(0.0, Coupling(0, 0, 0))
NAMES = ("size_value", "price_minor", "basket_product_other_sizes")


def lines_of(p: list[float], sizes: list[float] | None) -> Lines:
    numbers = np.array(sizes or list(range(len(p))), dtype=np.float64)
    return Lines(np.array(p), np.full(len(p), 0.6), numbers, np.zeros(len(p)))


def outcomes(
    p: list[float],
    products: list[str],
    values: list[float] | None = None,
    joint: Joint = JOINT,
    sizes: list[float] | None = None,
) -> Outcomes:
    return joint.outcomes(lines_of(p, sizes), products, np.array(values or [10.0] * len(p)))


baskets = st.lists(
    st.tuples(st.floats(0.01, 0.99), st.sampled_from("abc"), st.integers(0, 9000)), min_size=1, max_size=MOST_LINES
)


@given(baskets)
def test_the_means_are_the_sums_over_the_lines_and_the_chances_add_up(drawn: list[tuple[float, str, int]]) -> None:
    p, products, _ = map(list, zip(*drawn, strict=True))

    found = outcomes(p, products)

    assert sum(found.returned_lines) == pytest.approx(1)
    assert len(found.returned_lines) == len(p) + 1
    assert np.dot(found.returned_lines, range(len(p) + 1)) == pytest.approx(sum(p), abs=1e-5)
    assert min(found.returned_lines) >= 0


@given(baskets, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing(drawn: list[tuple[float, str, int]], random: Random) -> None:
    mixed = list(enumerate(drawn))
    random.shuffle(mixed)
    places = [place for place, _ in mixed]

    def of(rows: list[tuple[float, str, int]], sizes: list[float]) -> Outcomes:
        p, products, values = map(list, zip(*rows, strict=True))
        return outcomes(p, products, [float(value) for value in values], sizes=sizes)

    one = of(drawn, [float(place) for place in range(len(drawn))])
    other = of([row for _, row in mixed], [float(place) for place in places])

    assert other.returned_lines == pytest.approx(one.returned_lines, abs=1e-5)
    renamed = sorted(tuple(sorted(places[at] for at in bracket.lines)) for bracket in other.brackets)
    assert renamed == sorted(bracket.lines for bracket in one.brackets)


@pytest.mark.parametrize("products", ["ab", "aa", "abcde", "aaaaa", "aabcc"])
def test_independent_lines_are_counted_as_by_hand(products: str) -> None:
    count = len(products)
    p, values = [0.4, 0.3, 0.7, 0.1, 0.6][:count], [100.0, 30.0, 5.0, 30.0, 100.0][:count]

    found = outcomes(p, list(products), values, INDEPENDENT)

    chances: dict[float, float] = {}
    counts = [0.0] * (count + 1)
    for states in product((0, 1), repeat=count):
        chance = float(np.prod([q if back else 1 - q for q, back in zip(p, states, strict=True)]))
        value = sum(value for value, back in zip(values, states, strict=True) if back)
        chances[value] = chances.get(value, 0) + chance
        counts[sum(states)] += chance
    for share, value in found.returned_value:
        assert sum(chance for worth, chance in chances.items() if worth <= value) >= share - 1e-6
        assert sum(chance for worth, chance in chances.items() if worth < value) < share
    assert found.returned_lines == pytest.approx(counts)


def test_a_bracket_is_lines_of_one_product_in_several_sizes() -> None:
    sizes = [38.0, 40.0, 38.0, 38.0]

    (found,) = outcomes([0.5, 0.5, 0.5, 0.5], ["a", "a", "b", "b"], sizes=sizes).brackets

    assert found.lines == (0, 1)
    assert found.one_kept + found.none_kept + found.all_kept == pytest.approx(1)
    assert found.one_kept > 0.5


def test_lines_that_have_something_in_common_come_back_together_more_often() -> None:
    p, products = [0.3] * 6, list("abcdef")

    together, apart = (outcomes(p, products, joint=joint).returned_lines for joint in (JOINT, INDEPENDENT))

    assert together[0] > apart[0]
    assert together[-1] > apart[-1]


def test_large_baskets_and_many_lines_of_one_product_are_taken_together_too() -> None:
    p = list(np.linspace(0.1, 0.8, 5 * MOST_LINES))
    values = [float(100 + 37 * place) for place in range(len(p))]

    for products in (["a"] * len(p), [str(place) for place in range(len(p))]):
        found = outcomes(p, products, values)
        assert np.dot(found.returned_lines, range(len(p) + 1)) == pytest.approx(sum(p), abs=1e-4)
        quantiles = [value for _, value in found.returned_value]
        assert quantiles == sorted(quantiles)
        assert quantiles[0] < np.dot(p, values) < quantiles[-1]


def test_sizes_are_read_from_the_features_and_nothing_is_known_without_them() -> None:
    x = np.array([[40.0, 999.0, 1.0], [np.nan, 999.0, np.nan]])

    np.testing.assert_array_equal(sizes_of(x, NAMES), [[40, 1], [np.nan, 0]])
    np.testing.assert_array_equal(sizes_of(x, ("a", "b", "c")), [[np.nan, 0], [np.nan, 0]])


def test_sizes_without_a_number_differ_where_both_lines_have_others_beside_them() -> None:
    nan = float("nan")
    lines = Lines(np.zeros(4), np.zeros(4), np.array([nan, nan, nan, 40.0]), np.array([1.0, 1.0, 0.0, 0.0]))

    found = lines.differ(np.array([0, 0, 2]), np.array([1, 2, 3]))

    assert found.tolist() == [True, False, True]


def test_what_was_written_is_read_again() -> None:
    assert Joint.from_json(JOINT.as_json()) == JOINT
