"""The states of the lines of one product: their margins, and how they hang together."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from training.model.joint.solving import LEAST, NODES, WEIGHTS
from training.model.joint.states import Coupling, Shape, conditional

probabilities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5)
couplings = st.builds(Coupling, st.floats(-1, 1), st.floats(-1, 1), st.floats(-2, 2))


@given(probabilities, st.floats(0, 2.5), couplings, st.integers(1, 2))
@example([0.0, 0.625, 0.625, 0.625], 0.0, Coupling(0.0, 0.75, 0.0), 1)  # whole steps go to and fro
def test_every_line_comes_back_with_the_probability_of_its_score(
    p: list[float], reach: float, coupling: Coupling, sizes: int
) -> None:
    shape = Shape.of(len(p))
    potential = coupling.potential(shape, np.full((1, len(shape.first)), sizes > 1))

    found = conditional(np.array([p]), np.full((1, len(p)), reach), potential)[0]

    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(WEIGHTS @ found @ shape.states, np.clip(p, LEAST, 1 - LEAST), atol=1e-5)


def test_without_anything_in_common_lines_are_independent() -> None:
    shape = Shape.of(3)
    p = np.array([0.2, 0.5, 0.9])

    found = conditional(p[None], np.zeros((1, 3)), np.zeros((1, 8)))[0]

    apart = np.prod(np.where(shape.states == 1, p, 1 - p), axis=1)
    np.testing.assert_allclose(found, np.tile(apart, (len(NODES), 1)), atol=1e-5)


def test_what_a_basket_shares_makes_equal_outcomes_likelier_and_a_bracket_makes_one_kept_likelier() -> None:
    shape, p = Shape.of(2), np.full((1, 2), 0.5)
    one_kept = Coupling(0, 0, 1.0).potential(shape, np.ones((1, 1), bool))

    together = WEIGHTS @ conditional(p, np.ones((1, 2)), np.zeros((1, 4)))[0]
    bracket = WEIGHTS @ conditional(p, np.zeros((1, 2)), one_kept)[0]

    assert together[[0, 3]].sum() > 0.55
    assert bracket[[1, 2]].sum() > 0.7


def test_only_lines_of_different_sizes_are_a_bracket() -> None:
    shape = Shape.of(2)

    assert not Coupling(0.3, 0, 1.0).potential(shape, np.zeros((1, 1), bool)).any()
    assert not Coupling(0, 0.3, 0).potential(shape, np.ones((1, 1), bool)).any()
