import numpy as np
import pandas as pd
import pytest

from tests.training.monitoring.watched_shop import NOW, START, watched_shop
from training.evaluation.metrics import log_loss
from training.model.split import DAY
from training.monitoring.delays import Delays
from training.monitoring.estimate import Drift, Estimate, Figure, estimate
from training.monitoring.known import known_at
from training.monitoring.recalibration import Prior, Recalibration

WHOLE = Prior(Recalibration(), (1.0, 0.5))
MOMENT = START + 150 * DAY


def held(figure: Figure, value: float) -> bool:
    low, high = figure.interval(0.9)
    return low <= value <= high


def told(seed: int, after: int, *, days: int = 14) -> tuple[Estimate, float, float]:
    """What is expected of the lines of some days, so many days after, and their final log-loss and rate."""
    shop = watched_shop(seed, 20, level=0.2, slope=0.9)
    end = MOMENT - after * DAY
    watched = shop[(shop["ordered_at"] >= end - days * DAY) & (shop["ordered_at"] < end)]
    known = known_at(watched, shop, MOMENT)
    loss = log_loss(watched["label"].to_numpy(), watched["probability"].to_numpy())
    return estimate(known.lines, WHOLE, Drift()), loss, watched["label"].mean()


def test_the_figures_of_settled_lines_are_theirs_and_certain() -> None:
    found, loss, rate = told(1, after=30)

    assert (found.lines, found.settled, found.known) == (found.settled, found.lines, 1)
    assert (found.log_loss.value, found.rate.value) == pytest.approx((loss, rate), abs=1e-9)
    assert found.log_loss.deviation == found.rate.deviation == 0


@pytest.mark.parametrize("after", [0, 5])
def test_intervals_hold_the_final_figures_as_often_as_they_say(after: int) -> None:
    runs = [told(seed, after) for seed in range(60)]

    losses = np.mean([held(found.log_loss, loss) for found, loss, _ in runs])
    rates = np.mean([held(found.rate, rate) for found, _, rate in runs])
    errors = [found.log_loss.value - loss for found, loss, _ in runs]
    assert losses == pytest.approx(0.9, abs=0.09)
    assert rates == pytest.approx(0.9, abs=0.09)
    assert np.mean(errors) == pytest.approx(0, abs=3 * np.std(errors) / np.sqrt(len(errors)))


def test_the_more_is_known_the_narrower_the_interval() -> None:
    by_age = [told(2, after)[0] for after in (0, 3, 8, 15)]

    assert np.all(np.diff([each.log_loss.deviation for each in by_age]) < 0)
    assert np.all(np.diff([each.known for each in by_age]) > 0)


def test_delays_that_differ_between_months_widen_the_interval_and_equal_ones_do_not() -> None:
    shop = watched_shop()
    known = known_at(shop[shop["ordered_at"] >= NOW - 14 * DAY], shop, NOW)
    slow = [Delays(known.delays.returned * factor, known.delays.kept, 0.0) for factor in (0.8, 0.9, 1.0, 1.1, 1.2)]

    alone = estimate(known.lines, WHOLE, Drift()).log_loss.deviation

    assert estimate(known.lines, WHOLE, Drift(slow, [known.delays] * 5)).log_loss.deviation > 1.5 * alone
    drawn = estimate(known.lines, WHOLE, Drift(slow, slow)).log_loss.deviation
    assert alone < drawn < 1.2 * alone  # the year's own delays are known no better than so many months tell


def test_orders_that_come_back_whole_leave_more_open() -> None:
    shop = watched_shop()
    first = ~shop["order_id"].duplicated().to_numpy()
    whole = shop.copy()
    for name in ("label", "settled_at", "closes_at", "probability"):
        whole[name] = shop[name].where(first).ffill()
    watched = whole["ordered_at"] >= NOW - 14 * DAY

    def deviation(orders: pd.Series) -> float:
        known = known_at(whole[watched].assign(order_id=orders), whole, NOW)
        return estimate(known.lines, WHOLE, Drift()).log_loss.deviation

    together = deviation(whole["order_id"][watched])
    assert together == pytest.approx(np.sqrt(2) * deviation(whole["line_id"][watched]), rel=0.1)
