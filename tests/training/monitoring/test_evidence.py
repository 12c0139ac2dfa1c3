import numpy as np
import pandas as pd
import pytest

from tests.training.monitoring.watched_shop import DAYS, START, changed, watched_shop
from training.model.split import DAY
from training.monitoring.delays import Delays, daily_delays
from training.monitoring.evidence import DOWN, NOT_SURE_ENOUGH, TOO_SURE, UP, Alarm, LineCourse, alarms, slope_alarms

FIRST, JUMP = START + 60 * DAY, START + 110 * DAY


def delays(shop: pd.DataFrame) -> list[Delays]:
    return daily_delays(shop, FIRST, DAYS - 60)


def found(seed: int, jump: float = 0.0, lines_a_day: int = 20, bound: float = 365) -> list[Alarm]:
    """The alarms of a shop whose level jumps in orders from `JUMP` on."""
    shop = watched_shop(seed, lines_a_day)
    if jump:
        shop = changed(shop, watched_shop(seed + 1000, lines_a_day, level=jump), JUMP)
    course = LineCourse.of(shop[shop["ordered_at"] >= FIRST - 20 * DAY], FIRST)
    return list(alarms(course, delays(shop), 0.1, bound))


def test_where_the_scores_are_right_alarms_are_rarer_than_the_bound_says() -> None:
    days = 10 * (DAYS - 60)

    assert sum(len(found(seed, bound=100)) for seed in range(10)) <= days / 100 / 2


@pytest.mark.parametrize(("jump", "direction"), [(0.6, UP), (-0.6, DOWN)])
def test_a_jump_of_the_level_is_told_once_its_returns_can_be_known(jump: float, direction: int) -> None:
    first = found(1, jump, lines_a_day=60)[0]

    assert first.direction == direction
    day = (JUMP - FIRST) / DAY
    assert day - 1 <= first.since <= first.day < day + 30
    assert np.sign(first.other.level) == direction


def test_an_alarm_is_the_same_whatever_comes_later() -> None:
    shop = watched_shop(2, 60, level=0.6)
    known = delays(shop)
    every = list(alarms(LineCourse.of(shop[shop["ordered_at"] >= FIRST - 20 * DAY], FIRST), known, 0.1, 365))
    end = every[0].day + 1
    then = shop[shop["ordered_at"] < FIRST + end * DAY].copy()
    later = then["settled_at"] >= FIRST + end * DAY
    then["settled_at"] = then["settled_at"].where(~later)
    then["label"] = then["label"].where(~(later | (then["closes_at"] >= FIRST + end * DAY)))

    cut = LineCourse.of(then[then["ordered_at"] >= FIRST - 20 * DAY], FIRST)

    assert list(alarms(cut, known[:end], 0.1, 365)) == every[:1]


def test_a_line_that_was_cancelled_says_nothing_any_more() -> None:
    shop = watched_shop(3, 60)
    late = shop["ordered_at"] >= JUMP
    cancelled = shop["ordered_at"] + pd.Timedelta(hours=1)
    shop["cancelled_at"] = cancelled.where(late)
    shop["settled_at"] = shop["settled_at"].where(~late)
    shop["label"] = shop["label"].where(~late)

    assert list(alarms(LineCourse.of(shop[shop["ordered_at"] >= FIRST], FIRST), delays(shop), 0.1, 365)) == []


def test_orders_that_come_back_whole_are_no_evidence_twice() -> None:
    shop = watched_shop(1, 60, level=0.6)
    for name in ("label", "settled_at", "closes_at", "probability"):
        shop[name] = shop[name].where(~shop["order_id"].duplicated()).ffill()
    shop = shop[shop["ordered_at"] >= FIRST - 20 * DAY]
    known = delays(shop)

    whole = next(alarms(LineCourse.of(shop, FIRST), known, 0.1, 1e6))
    alone = next(alarms(LineCourse.of(shop.assign(order_id=shop["line_id"]), FIRST), known, 0.1, 1e6))

    assert whole.day > alone.day


def of_slope(
    seed: int, slope: float = 1.0, level: float = 0.0, lines_a_day: int = 60, bound: float = 365
) -> list[Alarm]:
    """The alarms of the slope, of a shop whose slope and level change in orders from `JUMP` on."""
    shop = changed(
        watched_shop(seed, lines_a_day), watched_shop(seed + 1000, lines_a_day, level=level, slope=slope), JUMP
    )
    course = LineCourse.of(shop[shop["ordered_at"] >= FIRST - 20 * DAY], FIRST)
    return list(slope_alarms(course, delays(shop), bound))


@pytest.mark.parametrize(("slope", "direction"), [(0.3, TOO_SURE), (2.2, NOT_SURE_ENOUGH)])
def test_scores_that_are_too_sure_or_not_sure_enough_are_told_once_outcomes_can_be_known(
    slope: float, direction: int
) -> None:
    first = of_slope(1, slope)[0]

    assert first.direction == direction
    assert (JUMP - FIRST) / DAY - 1 <= first.since <= first.day < (JUMP - FIRST) / DAY + 45
    assert (first.other.slope > 1) == (slope > 1)


def test_a_drift_of_the_rate_alone_is_no_evidence_against_the_slope() -> None:
    assert sum(len(of_slope(seed, level=0.5, lines_a_day=30, bound=100)) for seed in range(4)) <= 1


def test_a_jump_in_what_is_ordered_is_told_with_the_day_of_its_first_orders() -> None:
    first = found(1, 0.5, lines_a_day=500)[0]

    assert abs(first.since - (JUMP - FIRST) / DAY) <= 1
