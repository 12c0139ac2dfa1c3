"""The share that actions avoid is learned by the index of dismissals and by ranks, and starts from beliefs."""

import numpy as np
import pytest

from data.arrays import Floats
from tests.training.decisions.learning.drawn_log import PARAMS
from training.decisions.learning.dismissals import Shown, both_known, learn_index
from training.decisions.learning.exposures import folds_of
from training.decisions.learning.pooled import Basis, Compared, SharesAvoided, believed, learn_shares

POOLED = PARAMS.pooled
BELIEFS = [0.2, 0.1]


def rows(count: int, of_index: float, of_rank: float, seed: int = 0) -> Compared:
    """Drawn rows in which action 0 avoids 0.1 - ``of_index`` * index + ``of_rank`` * rank, and action 1 0.1 less."""
    random = np.random.default_rng(seed)
    x, index = random.normal(size=(count, 2)), random.normal(size=count)
    action, done = random.integers(0, 2, count), random.random(count) < 0.5
    stake = np.exp(random.normal(6, 0.5, count))
    rank = np.sqrt(3.0) * np.clip(x[:, 0], -1.5, 1.5)
    share = 0.1 - of_index * index + of_rank * rank - 0.1 * (action == 1)
    lost = np.where(random.random(count) < 0.3 * np.clip(1 - done * share, 0, 2), stake / 0.3, 0.0)
    return Compared(x, index, action, done, stake - lost, stake, np.ones(count), np.arange(count) // 2)


def learned(given: Compared) -> SharesAvoided:
    return learn_shares(given, believed(Basis.of(given.x, given.index, 2), BELIEFS, POOLED))


def at(found: SharesAvoided, index: float, x: Floats, action: int = 0) -> tuple[float, float]:
    mean, deviation = found.predict(x[None, :], np.array([index]), np.array([action]))[0]
    return float(mean), float(deviation)


def test_without_a_row_beliefs_hold_with_their_spread() -> None:
    found = learned(rows(0, 0, 0))
    none = np.array([np.nan, np.nan])
    assert at(found, 0.0, none)[0] == pytest.approx(0.2)
    assert at(found, 0.0, none, action=1)[0] == pytest.approx(0.1)
    assert at(found, 0.0, none)[1] == pytest.approx(np.hypot(POOLED.level_spread, POOLED.action_spread))


def test_what_the_log_says_replaces_beliefs_and_the_true_share_lies_within_what_is_not_known() -> None:
    found = learned(rows(20_000, of_index=0.2, of_rank=0.0))
    for index, action in ((-1.5, 0), (0.0, 0), (1.5, 0), (0.0, 1)):
        mean, deviation = at(found, index, np.zeros(2), action)
        assert abs(mean - (0.1 - 0.2 * index - 0.1 * action)) < 4 * deviation
        assert deviation < 0.06


def test_where_dismissals_tell_nothing_ranks_of_other_covariates_do() -> None:
    found = learned(rows(20_000, of_index=0.0, of_rank=0.15))
    low, high = (at(found, 0.0, np.array([x, 0.0]))[0] for x in (-1.5, 1.5))
    assert high - low > 0.3
    assert abs(at(found, 1.0, np.zeros(2))[0] - at(found, -1.0, np.zeros(2))[0]) < 0.1


def test_more_rows_leave_less_unknown() -> None:
    few, many = (at(learned(rows(count, 0.1, 0.0)), 0.0, np.zeros(2))[1] for count in (500, 10_000))
    assert many < 0.6 * few


def test_ties_are_ranked_in_the_middle_and_what_is_unknown_is_neither_high_nor_low() -> None:
    x = np.array([[0.0], [0.0], [0.0], [0.0], [1.0], [np.nan]])
    basis = Basis.of(x, np.zeros(6), 1)
    ranks = basis.features(np.array([[0.0], [1.0], [np.nan], [99.0]]), np.zeros(4), np.zeros(4, dtype=np.int64))[:, 2]
    assert ranks[0] < 0 < ranks[1] == ranks[3]
    assert ranks[2] == 0
    constant = Basis.of(np.full((3, 1), 7.0), np.zeros(3), 1)
    assert constant.features(np.array([[7.0]]), np.zeros(1), np.zeros(1, dtype=np.int64))[0, 2] == 0


def test_dismissals_are_learned_and_no_unit_teaches_its_own_index() -> None:
    random = np.random.default_rng(0)
    x, unit = random.normal(size=(3000, 2)), random.integers(0, 400, 3000).astype(str)
    dismissed = random.random(3000) < 1 / (1 + np.exp(-2 * x[:, 0]))
    found = learn_index(Shown(x, unit, dismissed), x, unit, 3, PARAMS.dismissals, 1)
    assert np.corrcoef(found.of_logged, x[:, 0])[0, 1] > 0.9
    assert np.corrcoef(found.index.of_new(x), x[:, 0])[0, 1] > 0.9

    own = folds_of(unit, 3, 1) == 1
    changed = learn_index(Shown(x, unit, dismissed ^ own), x, unit, 3, PARAMS.dismissals, 1)
    assert np.array_equal(changed.of_logged[own], found.of_logged[own])
    assert not np.array_equal(changed.of_logged[~own], found.of_logged[~own])


def test_where_all_or_none_were_dismissed_there_is_nothing_to_learn() -> None:
    unit = np.arange(100).astype(str)
    assert not both_known(Shown(np.zeros((100, 1)), unit, np.ones(100, dtype=np.bool_)), 3, 1)
    assert both_known(Shown(np.zeros((100, 1)), unit, np.arange(100) % 2 == 0), 3, 1)
