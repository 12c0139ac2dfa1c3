from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from data.arrays import Floats
from tests.training.small_matrix import LEVEL
from training.model.level.known import LinesSince
from training.model.level.level import Level, find_level
from training.model.split import DAY

LEARNED = pd.Timestamp("2024-06-01")
NOW = LEARNED + 40 * DAY
LOOSE = LEVEL.model_copy(update={"deviation": 0.5, "most_a_month": 2.0})


def shop(moved: float = 0.0, lines: int = 12_000, seed: int = 1) -> tuple[pd.DataFrame, Floats]:
    """Lines of 200 days before and 60 days after `LEARNED`, and the margins of the latter, too low by ``moved``.

    A return is known within the 14 days of its window. One line of ten has no outcome.
    """
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.integers(-200 * 86400, 60 * 86400, lines))
    ordered = pd.Series(LEARNED + pd.to_timedelta(seconds, unit="s")).astype("datetime64[us]")
    margin = rng.normal(-0.8, 0.7, lines)
    returned = rng.random(lines) < expit(margin + np.where(seconds >= 0, moved, 0.0))
    closes = ordered + 14 * DAY
    early = ordered + pd.to_timedelta(rng.integers(1, 14 * 86400, lines), unit="s")
    recorded = rng.random(lines) < 0.9
    times = pd.DataFrame(
        {
            "ordered_at": ordered,
            "closes_at": closes,
            "settled_at": early.where(returned, closes).where(recorded).astype("datetime64[us]"),
            "label": pd.array(np.where(recorded, returned, np.nan), dtype="Int8"),
        }
    )
    return times, margin[seconds >= 0]


def level(times: pd.DataFrame, margin: Floats, at: pd.Timestamp = NOW, params: object = None) -> Level:
    lines = LinesSince.of(times, LEARNED, LEARNED, margin)
    return find_level(lines, LEARNED, at, LOOSE if params is None else params)  # type: ignore[arg-type]


def as_of(times: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """The tables as they were just before ``moment``: outcomes that came later are missing."""
    now = times[times["ordered_at"] < moment].copy()
    later = ~(now["settled_at"] < moment)
    now.loc[later, "settled_at"] = pd.NaT
    now.loc[(now["closes_at"] >= moment) | later, "label"] = pd.NA  # as `data.outcome`: no label in an open window
    return now


@pytest.mark.parametrize("moved", [-0.3, 0.0, 0.3])
def test_a_level_finds_by_how_much_the_log_odds_moved(moved: float) -> None:
    found = level(*shop(moved))

    assert found.shift == pytest.approx(moved, abs=0.12)
    assert found.as_of == NOW
    assert 0 < found.settled < found.lines


def test_open_lines_bias_nothing() -> None:
    times, margin = shop(0.3, lines=300_000)

    of_a_week = LOOSE.model_copy(update={"days": 7})  # hardly any kept line is known yet

    assert level(times, margin, params=of_a_week).shift == pytest.approx(0.3, abs=0.12)


@settings(max_examples=25)
@given(st.integers(0, 59), st.integers(0, 10**6))
def test_a_level_of_a_day_is_the_same_where_nothing_later_is_known_yet(day: int, seed: int) -> None:
    times, margin = shop(0.2, lines=900, seed=seed)
    at = LEARNED + day * DAY
    before = as_of(times, at)

    early = level(before, margin[: int((before["ordered_at"] >= LEARNED).sum())], at)

    assert early == level(times, margin, at)


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_whatever_happens_at_the_moment_or_after_it_changes_nothing(seed: int) -> None:
    times, margin = shop(0.2, lines=900)
    rng = np.random.default_rng(seed)
    changed = times.copy()
    later = ~(changed["settled_at"] < NOW).to_numpy() & (changed["closes_at"] >= NOW).to_numpy()
    late = pd.to_timedelta(rng.integers(0, 90, len(times)), unit="D")
    changed["settled_at"] = changed["settled_at"].mask(later, NOW + late).astype("datetime64[us]")
    changed["label"] = changed["label"].mask(later, pd.Series(rng.integers(0, 2, len(times)), times.index))
    changed["closes_at"] = changed["closes_at"].mask(later, NOW + late)
    other = np.where((times["ordered_at"][times["ordered_at"] >= LEARNED] >= NOW), rng.normal(), margin)

    assert later.any()
    assert level(changed, other) == level(times, margin)


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_the_order_of_lines_and_outcomes_makes_no_difference(seed: int) -> None:
    times, margin = shop(0.2, lines=900)
    since = (times["ordered_at"] >= LEARNED).to_numpy()
    order = np.random.default_rng(seed).permutation(int(since.sum()))
    shuffled = pd.concat([times[~since], times[since].iloc[order]], ignore_index=True)

    one, other = level(times, margin), level(shuffled, margin[order])

    assert other.shift == pytest.approx(one.shift, abs=1e-7)
    assert replace(other, shift=0.0) == replace(one, shift=0.0)


def test_a_cancelled_line_counts_until_it_is_cancelled() -> None:
    times, margin = shop(lines=900)
    place = int(np.flatnonzero((times["ordered_at"] >= NOW - 5 * DAY) & (times["ordered_at"] < NOW))[0])
    times.loc[place, "settled_at"] = pd.NaT
    times.loc[place, "label"] = pd.NA
    lines = [
        level(
            times.assign(cancelled_at=pd.Series({place: at}, dtype="datetime64[us]").reindex(times.index)), margin
        ).lines
        for at in (NOW - DAY, NOW, NOW + DAY)
    ]

    assert lines == [lines[1] - 1, lines[1], lines[1]]


def test_a_level_stays_within_its_bound_which_grows_with_the_time_since_training() -> None:
    times, margin = shop(1.0)
    tight = LOOSE.model_copy(update={"most_a_month": 0.15})

    found = [level(times, margin, LEARNED + days * DAY, tight) for days in (15, 30, 45)]

    assert [each.shift for each in found] == pytest.approx([0.075, 0.15, 0.225])
    assert all(each.bounded for each in found)
    down = level(times, margin + 3.0, LEARNED + 30 * DAY, tight)
    assert down.shift == pytest.approx(-0.15)
    assert down.bounded


def test_the_prior_holds_a_level_of_few_lines_near_none() -> None:
    times, margin = shop(0.3)
    shifts = [
        level(times, margin, params=LOOSE.model_copy(update={"deviation": each})).shift
        for each in (0.0, 0.01, 0.04, 0.5)
    ]

    assert shifts[0] == 0
    assert shifts == sorted(shifts)
    assert shifts[1] < 0.1


def test_only_the_last_days_count() -> None:
    times, margin = shop()
    of_ten = level(times, margin, params=LOOSE.model_copy(update={"days": 10}))
    ordered = times["ordered_at"]

    assert of_ten.lines == int(((ordered >= NOW - 10 * DAY) & (ordered < NOW)).sum())  # no window has closed since


def test_before_any_line_there_is_no_shift() -> None:
    assert level(*shop(0.3), at=LEARNED) == Level(0.0, LEARNED, 0, 0, bounded=False)
