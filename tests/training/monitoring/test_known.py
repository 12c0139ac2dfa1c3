import numpy as np
import pandas as pd
import pytest

from tests.training.monitoring.watched_shop import NOW, START, as_of, watched_shop
from training.model.split import DAY
from training.monitoring.known import Known, known_at, latest_moment

SHOP = watched_shop()
MOMENT = START + 150 * DAY


def same(one: Known, other: Known) -> bool:
    lines, others = one.lines, other.lines
    arrays = [(getattr(lines, name), getattr(others, name)) for name in ("margin", "y", "age", "cluster")] + [
        (getattr(lines.open, name), getattr(others.open, name)) for name in ("places", "returned", "kept")
    ]
    return all(np.array_equal(mine, its) for mine, its in arrays)


@pytest.mark.parametrize("after", [0, 11, 23])
def test_what_happened_later_changes_nothing_of_what_was_known(after: int) -> None:
    moment = MOMENT + after * DAY
    then = as_of(SHOP, moment)

    whole, cut = known_at(SHOP, SHOP, moment), known_at(then, then, moment)

    assert same(whole, cut)
    assert len(whole.lines.open.places) > 500
    assert len(whole.drift.months) == len(cut.drift.months) > 1


def test_a_return_within_its_window_is_known_before_it_has_a_label() -> None:
    then = as_of(SHOP, MOMENT)
    returned = then["settled_at"].notna() & then["label"].isna()

    found = known_at(then, then, MOMENT)

    assert returned.sum() > 50
    assert found.lines.y[found.frame["line_id"].isin(then["line_id"][returned])].all()


def test_lines_that_were_cancelled_or_closed_without_an_outcome_are_not_watched() -> None:
    shop = SHOP.assign(cancelled_at=pd.Series(pd.NaT, index=SHOP.index, dtype="datetime64[us]"))
    cancelled, unrecorded, young = (shop["line_id"].iloc[place] for place in (100, 200, -1))
    without = shop["line_id"].isin([cancelled, unrecorded, young])
    shop["settled_at"] = shop["settled_at"].where(~without)
    shop["label"] = shop["label"].where(~without)
    shop.loc[shop["line_id"] == cancelled, "cancelled_at"] = START + DAY * 10
    shop.loc[shop["line_id"] == young, "cancelled_at"] = NOW + DAY

    watched = known_at(shop, shop, NOW).frame["line_id"]

    assert not watched.isin([cancelled, unrecorded]).any()
    assert young in set(watched)  # it is cancelled later: nobody knows yet
    assert len(watched) == (SHOP["ordered_at"] < NOW).sum() - 2


def test_the_moment_of_a_table_is_just_after_its_latest_fact() -> None:
    then = as_of(SHOP, MOMENT)

    moment = latest_moment(then)

    assert same(known_at(then, then, moment), known_at(SHOP, SHOP, moment))
    assert moment <= MOMENT
