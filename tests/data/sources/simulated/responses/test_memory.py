"""Trust and tiredness fade, and what trust moves is the profit of the visits that are still to come."""

import numpy as np
import pytest

from data.sources.simulated.responses.memory import (
    TIRED_DAYS,
    TRUST_DAYS,
    VISITS,
    Memory,
    later_visits,
    visit_chance,
)

ONE = np.array([1])


def test_what_was_shown_fades_by_half_in_its_half_life() -> None:
    memory = Memory(3)
    memory.shown(ONE, np.array([10.0]), np.array([-0.4]))
    assert memory.trust(ONE, np.array([10 + TRUST_DAYS]))[0] == pytest.approx(-0.2)
    assert memory.tiredness(ONE, np.array([10 + TIRED_DAYS]))[0] == pytest.approx(0.5)
    assert memory.trust(np.array([0, 2]), np.array([20.0, 20.0])).tolist() == [0, 0]


def test_what_is_shown_again_adds_to_what_is_left() -> None:
    memory = Memory(2)
    for day in (0.0, TIRED_DAYS):
        memory.shown(ONE, np.array([day]), np.array([0.0]))
    assert memory.tiredness(ONE, np.array([TIRED_DAYS]))[0] == pytest.approx(1.5)


def test_later_visits_are_what_a_little_trust_moves() -> None:
    random = np.random.default_rng(1)
    customer, day, profit = random.integers(0, 3, 40), np.sort(random.uniform(0, 300, 40)), random.normal(20, 5, 40)
    found, little, place = later_visits(customer, day, profit), 1e-6, 7
    after = (customer == customer[place]) & (np.arange(40) > place)
    trust = little * 0.5 ** ((day[after] - day[place]) / TRUST_DAYS)
    moved = ((visit_chance(trust) - VISITS) * profit[after]).sum() / little
    assert found[place] == pytest.approx(moved, rel=1e-4)
