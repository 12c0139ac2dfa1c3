import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.arrays import Bools
from tests.training.small_matrix import SPLIT, matrix_frame
from training.model.split import DAY, Split, final_split
from training.model.unsettled import LEAST, OpenLines, RecentLines, recent_lines

FRAME = matrix_frame()
CUTS = final_split(FRAME, SPLIT)
NOW = CUTS.test_from


def in_gap(frame: pd.DataFrame) -> Bools:
    """Mark the lines with an outcome that were ordered after the training lines and before the test."""
    ordered = frame["ordered_at"]
    inside = (ordered >= CUTS.train.until) & (ordered < NOW) & frame["label"].notna()
    return np.asarray(inside, dtype=bool)


def same(one: RecentLines, other: RecentLines) -> None:
    np.testing.assert_array_equal(one.chosen, other.chosen)
    np.testing.assert_array_equal(one.y, other.y)
    for name in ("places", "returned", "kept"):
        np.testing.assert_array_equal(getattr(one.open, name), getattr(other.open, name))


def test_a_line_counts_as_known_where_it_settled_before_the_test() -> None:
    found = recent_lines(FRAME, CUTS)

    lines = FRAME[found.chosen]
    still_open = (lines["settled_at"] > NOW).to_numpy()
    assert 0 < still_open.sum() < len(found)
    assert np.flatnonzero(still_open).tolist() == found.open.places.tolist()
    assert found.y.tolist() == np.where(still_open, 0, lines["label"].astype(int)).tolist()
    assert (found.chosen <= in_gap(FRAME)).all()


def test_what_settles_after_the_test_began_changes_nothing() -> None:
    changed = FRAME.copy()
    later = (changed["settled_at"] > NOW).to_numpy()
    changed.loc[later, "label"] = 1 - changed.loc[later, "label"]
    changed.loc[later, "settled_at"] += 5 * DAY
    changed.loc[later, "closes_at"] += 9 * DAY

    assert (later & in_gap(FRAME)).any()
    same(recent_lines(changed, CUTS), recent_lines(FRAME, CUTS))


def test_a_line_that_is_cancelled_after_the_test_began_was_open_then_and_one_cancelled_before_says_nothing() -> None:
    open_lines = np.flatnonzero(recent_lines(FRAME, CUTS).chosen & (FRAME["settled_at"] > NOW))
    cancelled = FRAME.assign(cancelled_at=pd.Series(pd.NaT, index=FRAME.index, dtype="datetime64[us]"))
    gone = cancelled.index[open_lines[:9]]
    cancelled.loc[gone, ["label", "settled_at"]] = None

    later = recent_lines(
        cancelled.assign(cancelled_at=cancelled["cancelled_at"].where(~cancelled.index.isin(gone), NOW + DAY)), CUTS
    )
    before = recent_lines(
        cancelled.assign(cancelled_at=cancelled["cancelled_at"].where(~cancelled.index.isin(gone), NOW - DAY)), CUTS
    )

    same(later, recent_lines(FRAME, CUTS))
    assert not before.chosen[open_lines[:9]].any()


def test_the_shares_of_open_lines_are_those_of_the_training_lines_at_this_age() -> None:
    found = recent_lines(FRAME, CUTS)

    learned = FRAME[CUTS.train.holds(FRAME)]
    delay, line = learned["settled_at"] - learned["ordered_at"], FRAME[found.chosen].iloc[found.open.places[7]]
    for label, shares in ((1, found.open.returned), (0, found.open.kept)):
        longer = (delay[learned["label"] == label] > NOW - line["ordered_at"]).mean()
        assert shares[7] == pytest.approx(longer)


def test_a_year_before_the_test_delays_are_forgotten() -> None:
    found = recent_lines(FRAME, CUTS)
    old = FRAME.assign(ordered_at=FRAME["ordered_at"] - 800 * DAY, settled_at=FRAME["ordered_at"])
    old = old.assign(closes_at=old["ordered_at"])
    both = pd.concat([old, FRAME], ignore_index=True)
    longer = Split(**{**vars(CUTS), "train": type(CUTS.train)(old["ordered_at"].min(), CUTS.train.until, NOW)})

    again = recent_lines(both, longer)

    np.testing.assert_array_equal(again.open.returned, found.open.returned)
    np.testing.assert_array_equal(again.open.kept, found.open.kept)


def test_where_no_time_of_return_is_recorded_no_recent_line_says_anything() -> None:
    settled = FRAME["label"].notna()
    at_the_close = FRAME.assign(settled_at=FRAME["closes_at"].where(settled))
    some = at_the_close.assign(
        settled_at=FRAME["settled_at"].where(FRAME["line_id"] < "l00900", at_the_close["settled_at"])
    )

    assert len(recent_lines(at_the_close, CUTS)) == 0
    assert len(recent_lines(some, CUTS)) > 0


def test_an_open_line_is_left_out_whose_age_says_nothing() -> None:
    window = 14 * DAY  # all lines close after two weeks, and all returns are known after ten days
    delay = (FRAME["label"] == 1).map({True: 10 * DAY, False: window})
    settled = (FRAME["ordered_at"] + delay).where(FRAME["label"].notna())
    found = recent_lines(FRAME.assign(closes_at=FRAME["ordered_at"] + window, settled_at=settled), CUTS)

    age = NOW - FRAME.loc[found.chosen, "ordered_at"]
    assert (age >= 10 * DAY).all()
    assert (age.iloc[found.open.places] < window).all()
    assert (found.open.returned == LEAST).all()
    assert (found.open.kept == 1).all()


def test_nothing_ordered_in_the_gap_is_no_line() -> None:
    found = recent_lines(FRAME[~in_gap(FRAME)], CUTS)

    assert (len(found), found.chosen.sum(), len(found.open.places)) == (0, 0, 0)


@given(st.floats(0.001, 0.999), st.floats(LEAST, 1), st.floats(LEAST, 1))
def test_the_chance_of_an_open_line_follows_bayes(p: float, returned: float, kept: float) -> None:
    one = OpenLines(np.array([0]), np.array([returned]), np.array([kept]))

    (chance,) = one.chance(np.array([p]))

    assert chance / (1 - chance) == pytest.approx(p / (1 - p) * returned / kept)


@given(st.floats(0.001, 0.999), st.floats(LEAST, 1))
def test_an_open_line_whose_age_says_nothing_keeps_its_probability(p: float, share: float) -> None:
    one = OpenLines(np.array([0]), np.array([share]), np.array([share]))

    assert one.chance(np.array([p])) == pytest.approx([p])
