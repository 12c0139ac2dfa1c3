from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.decisions.exploration import NOTHING, chances
from training.decisions.policy import Exploration
from training.decisions.profit import Profit

Z = 1.6448536269514722


def exploration(method: str = "thompson", **changes: Any) -> Exploration:
    return Exploration.model_validate({"share": 0.1, "method": method, **changes})


def profit(mean: float, deviation: float) -> Profit:
    return Profit(mean, mean - Z * deviation, mean + Z * deviation)


def test_uniform_chances_are_alike_for_nothing_and_each_action() -> None:
    found = chances(exploration("uniform"), {"a": profit(5, 1), "b": profit(-5, 1)}, Z)
    assert found == {NOTHING: 1 / 3, "a": 1 / 3, "b": 1 / 3}


def test_the_chance_of_an_action_is_how_often_it_is_the_best_by_what_is_believed() -> None:
    means, deviations = np.array([40.0, 55.0, -20.0, 30.0]), np.array([30.0, 80.0, 25.0, 2.0])
    drawn = np.random.default_rng(1).normal(means, deviations, (400_000, 4))
    best = np.where(drawn.max(axis=1) > 0, drawn.argmax(axis=1), 4)
    often = np.bincount(best, minlength=5) / len(best)

    pairs = zip("abcd", map(profit, means, deviations), strict=True)
    found = chances(exploration(), dict(pairs), Z)

    assert [found[name] for name in "abcd"] == pytest.approx(often[:4], abs=0.003)
    assert found[NOTHING] == pytest.approx(often[4], abs=0.003)


def test_of_two_actions_of_the_same_belief_each_is_as_likely_and_one_alone_has_its_chance_to_add_something() -> None:
    both = chances(exploration(), {"a": profit(10, 10), "b": profit(10, 10)}, Z)
    assert both["a"] == pytest.approx(both["b"])
    assert chances(exploration(), {"a": profit(10, 10)}, Z)["a"] == pytest.approx(0.8413447, abs=1e-6)


def test_what_is_known_exactly_is_always_or_never_drawn() -> None:
    assert chances(exploration(), {"a": Profit(10, 10, 10), "b": profit(-900, 10)}, Z)["a"] == pytest.approx(1)
    assert chances(exploration(), {"a": profit(-900, 10)}, Z)[NOTHING] == pytest.approx(1)


def test_without_an_action_nothing_is_certain() -> None:
    assert chances(exploration(), {}, Z) == chances(exploration("uniform"), {}, Z) == {NOTHING: 1.0}


@given(
    st.sampled_from(["uniform", "thompson"]),
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), max_size=8),
    st.floats(0, 0.1),
)
def test_chances_add_up_to_1_and_each_has_its_least(
    method: str, beliefs: list[tuple[float, float]], least: float
) -> None:
    profits = {f"a{place}": profit(*belief) for place, belief in enumerate(beliefs)}
    found = chances(exploration(method, least_chance=least), profits, Z)

    assert sum(found.values()) == pytest.approx(1, abs=1e-12)
    assert min(found.values()) >= least - 1e-12
    assert list(found) == [NOTHING, *profits]
