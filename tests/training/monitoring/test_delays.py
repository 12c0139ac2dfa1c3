import numpy as np
import pandas as pd
import pytest

from tests.training.monitoring.watched_shop import NOW, START, watched_shop
from training.model.split import DAY
from training.monitoring.delays import FEWEST_RETURNS, PastLines, days_of

SHOP = watched_shop()


def test_a_line_that_comes_back_is_open_as_long_as_returns_took() -> None:
    returned, kept = PastLines.at(SHOP, NOW).delays().open(np.array([0.0, 9.0, 20.5, 21.5, 26.0]))

    took = days_of(SHOP["settled_at"] - SHOP["ordered_at"])[SHOP["label"] == 1]
    assert returned[1] == pytest.approx((took > 9).mean(), abs=0.03)
    assert list(returned[[0, 2]]) == pytest.approx([1, 0], abs=2e-3)
    assert list(kept[[0, 2, 3, 4]]) == pytest.approx([1, 1, 0.5, 0], abs=0.04)


def test_delays_are_of_complete_orders_alone() -> None:
    cut = SHOP.assign(closes_at=SHOP["closes_at"].where(SHOP["closes_at"] < NOW, NOW + 30 * DAY))

    past = PastLines.at(SHOP, NOW)

    assert past.days.size == ((SHOP["ordered_at"] < NOW - 25 * DAY) & (SHOP["closes_at"] < NOW)).sum()
    assert PastLines.at(cut, NOW).days.size < past.days.size  # a longer window: fewer orders are complete


def test_a_line_whose_outcome_is_never_recorded_looks_open() -> None:
    lost = SHOP["line_id"].str.endswith("7")
    shop = SHOP.assign(settled_at=SHOP["settled_at"].where(~lost), label=SHOP["label"].where(~lost))

    returned, kept = PastLines.at(shop, NOW).delays().open(np.array([20.5]))

    assert returned[0] == pytest.approx(0.1, abs=0.01)
    assert kept[0] == 1


def test_months_have_delays_of_their_own_where_they_have_returns_enough() -> None:
    past = PastLines.at(SHOP, NOW)

    months = list(past.by_month(past.month))

    assert len(months) == 6
    assert all(len(each.returned) >= FEWEST_RETURNS for each in months)
    assert sum(len(each.returned) for each in months) == past.returned.sum()
    few = PastLines.at(SHOP.iloc[::40], NOW)
    assert list(few.by_month(few.month)) == []


def test_nothing_is_learned_where_nothing_is_complete() -> None:
    delays = PastLines.at(SHOP, START + 5 * DAY).delays()

    assert len(delays.returned) == len(delays.kept) == 0
    assert [list(each) for each in delays.open(np.array([3.0]))] == [[1], [1]]
    assert pd.isna(delays.unrecorded) is False
