"""What visits earn when they are drawn is in the mean what is expected of them."""

import numpy as np
import pytest

from data.sources.simulated.responses.actions import TRUE_ACTIONS
from data.sources.simulated.responses.effects import effects_of
from tests.benchmarks.closed_loop.money import Shown, VisitMoney
from tests.benchmarks.closed_loop.visits import Lines
from tests.training.decisions.examples import COSTS, policy
from training.decisions.policy import Cost

MANY = 60_000
PRICE = Cost(shown_minor=7, kept_minor=20, kept_share=0.02)


def lines(random: np.random.Generator) -> Lines:
    """Two equal lines in each of many visits."""
    reasons = np.tile([0.05, 0.1, 0.02, 0.03, 0.0, 0.04, 0.1, 0.05, 0.0, 0.01, 0.0], (2 * MANY, 1))
    value, zero = np.full(2 * MANY, 5000.0), np.zeros(2 * MANY, dtype=np.int64)
    flag, p = np.zeros(2 * MANY, dtype=np.bool_), reasons.sum(axis=1)
    visit = np.repeat(np.arange(MANY), 2)
    chance, bought = random.random(2 * MANY), random.random(2 * MANY)
    return Lines(
        visit, value, zero, visit, reasons, reasons, p, p, p, zero, zero, flag, flag, flag, flag, chance, bought
    )


@pytest.mark.parametrize("action", sorted(TRUE_ACTIONS))
@pytest.mark.parametrize("response", [-1.0, 1.0])
def test_the_mean_of_what_is_drawn_is_what_is_expected(action: str, response: float) -> None:
    random = np.random.default_rng(2)
    drawn = lines(random)
    money = VisitMoney(drawn, drawn.visit, MANY, policy(), COSTS)
    about = np.arange(2 * MANY) % 2 == 0
    effects = effects_of(TRUE_ACTIONS[action], np.full(MANY, response), np.zeros(MANY))
    if_kept = np.where(about, PRICE.kept_minor + PRICE.kept_share * drawn.value, 0.0)
    shown = Shown(about, if_kept, np.full(MANY, float(PRICE.shown_minor)))
    expected = money.expected(about, effects, PRICE)
    earned = money.drawn(shown, effects, random.random(MANY))
    error = earned.profit.std() / np.sqrt(MANY)
    # Showing it costs as much where the basket is then lost.
    assert earned.profit.mean() == pytest.approx(expected.mean(), abs=4 * error)
