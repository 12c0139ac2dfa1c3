"""What actions truly do: harm where the response is negative, ever less with repetition, within what is possible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sources.simulated import catalogue
from data.sources.simulated.responses.actions import TRUE_ACTIONS
from data.sources.simulated.responses.effects import WEAR, dismissed_chance, effects_of, moved_returns

RESPONSES = st.floats(-4, 4)
ACTIONS = st.sampled_from(sorted(TRUE_ACTIONS))


@given(ACTIONS, RESPONSES, st.floats(0, 10))
def test_a_negative_response_means_more_returns_and_fewer_visits(action: str, response: float, tired: float) -> None:
    found = effects_of(TRUE_ACTIONS[action], np.array([response]), np.array([tired]))
    about = np.array([cause in TRUE_ACTIONS[action].reasons for cause in catalogue.CAUSES])
    moved = found.returns[0, about]
    assert (moved >= 0).all() if response < 0 else (moved <= 0).all()
    assert (found.returns[0, ~about] == 0).all()
    assert found.trust[0] <= max(response, 0) * TRUE_ACTIONS[action].warmth
    assert -1 <= found.basket[0] <= 0


def test_each_showing_wears_the_effect_off() -> None:
    found = effects_of(TRUE_ACTIONS["size_advice"], np.ones(3), np.arange(3.0)).returns[:, 0]
    assert found[1] / found[0] == pytest.approx(WEAR)
    assert found[2] / found[1] == pytest.approx(WEAR)


@given(st.lists(st.floats(1e-6, 0.09), min_size=11, max_size=11), RESPONSES)
def test_returns_stay_chances(reasons: list[float], response: float) -> None:
    changes = effects_of(TRUE_ACTIONS["one_size_enough"], np.array([response]), np.zeros(1)).returns
    found = moved_returns(np.array([reasons]), changes)
    assert (found >= 0).all()
    assert found.sum() < 1


def test_those_whom_it_harms_dismiss_it_more_often() -> None:
    assert (np.diff(dismissed_chance(np.linspace(-3, 3, 9), slope=1.2)) < 0).all()
