import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tests.training.monitoring.watched_shop import NOW, START, watched_shop
from training.model.split import DAY
from training.monitoring.known import known_at
from training.monitoring.recalibration import Prior, Recalibration, WatchedLines, fit

LOOSE = Prior(Recalibration(), (10.0, 10.0))


def recent(
    shop_level: float = 0.0, slope: float = 1.0, seed: int = 1, *, days: int = 30, lines_a_day: int = 20
) -> WatchedLines:
    shop = watched_shop(seed, lines_a_day, level=shop_level, slope=slope)
    young = (shop["ordered_at"] >= NOW - days * DAY).to_numpy()
    return known_at(shop[young], shop, NOW).lines


def test_lines_that_are_settled_give_the_numbers_of_a_logistic_regression() -> None:
    shop = watched_shop(level=0.3, slope=0.8)
    lines = known_at(shop[shop["ordered_at"] < START + 100 * DAY], shop, NOW).lines
    model = LogisticRegression(C=np.inf, tol=1e-10).fit(lines.margin[:, None], lines.y)

    found = fit(lines, LOOSE)

    assert len(lines.open.places) == 0
    assert (found.mode.level, found.mode.slope) == pytest.approx((model.intercept_[0], model.coef_[0, 0]), abs=1e-3)
    assert found.outcome == pytest.approx(lines.y)


def test_level_and_slope_are_found_while_most_outcomes_are_open() -> None:
    modes = [fit(recent(0.4, 0.7, seed, days=15, lines_a_day=40), LOOSE) for seed in range(12)]
    off = np.array([[each.mode.level - 0.4, each.mode.slope - 0.7] for each in modes])
    deviations = np.array([np.sqrt(np.diag(each.covariance)) for each in modes])

    assert np.abs(off.mean(axis=0)) == pytest.approx([0, 0], abs=0.1)
    assert ((off / deviations) ** 2).mean() == pytest.approx(1, abs=0.7)


def test_where_nothing_is_known_the_lines_are_as_their_parent() -> None:
    shop = watched_shop()
    lines = known_at(shop[shop["ordered_at"] >= NOW - DAY], shop, NOW).lines
    parent = Recalibration(0.3, 0.9)

    found = fit(lines, Prior(parent, (0.2, 0.1)))

    assert (found.mode.level, found.mode.slope) == pytest.approx((0.3, 0.9), abs=2e-3)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([0.2, 0.1], rel=0.05)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 100), st.floats(-0.5, 0.5), st.floats(0.6, 1.4))
def test_at_the_mode_expected_outcomes_add_up_to_the_fitted_chances(seed: int, level: float, slope: float) -> None:
    lines = recent(level, slope, seed)

    found = fit(lines, LOOSE)

    off = found.outcome - found.mode.chance(lines.margin)
    assert abs(off.sum()) < 0.05
    assert abs(off @ lines.margin) < 0.05


def test_some_lines_are_the_same_lines_alone() -> None:
    lines = recent()
    chosen = np.arange(len(lines)) % 3 == 0

    some = lines.only(chosen)

    assert some.margin == pytest.approx(lines.margin[chosen])
    was_open = np.zeros(len(lines), dtype=bool)
    was_open[lines.open.places] = True
    assert list(some.open.places) == list(np.flatnonzero(was_open[chosen]))
    assert some.open.returned == pytest.approx(lines.open.returned[chosen[lines.open.places]])
