from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.training.products.small_context import context_of, drawn_lines
from training.products.columns import WEEKLY
from training.products.estimates.context import Context
from training.products.tables.weekly import week_of, week_start, weekly


@pytest.fixture(scope="module")
def context() -> Context:
    # The last ten weeks of product 0 are bad.
    lines, _ = drawn_lines(lambda x: np.where((x.product == 0) & (x.day > x.as_of - 70), 0.9, 0.3), products=10)
    return context_of(lines)


@pytest.fixture(scope="module")
def table(context: Context) -> pa.Table:
    return weekly(context)


@pytest.fixture(scope="module")
def frame(table: pa.Table) -> Any:
    return table.to_pandas()


def test_weeks_begin_on_mondays():
    # 19,723 days after 1970 it was Monday, 1 January 2024.
    weeks = week_of(np.array([19_722.99, 19_723.0, 19_729.99, 19_730.0]))

    assert np.diff(weeks).tolist() == [1, 0, 1]
    assert week_start(weeks[1:2]).to_pylist() == [datetime(2024, 1, 1)]


def test_the_table_is_as_the_dictionary_says_and_in_order(table: pa.Table):
    keys = list(zip(*(table[name].to_pylist() for name in WEEKLY.key), strict=True))

    assert table.schema == WEEKLY.schema
    assert keys == sorted(set(keys))


def test_the_same_shop_gives_the_same_bytes(context: Context, table: pa.Table):
    again = weekly(context)

    assert again.combine_chunks().to_batches()[0].serialize() == table.combine_chunks().to_batches()[0].serialize()


def test_every_line_of_the_history_is_in_its_week(frame: Any, context: Context):
    lines = context.lines
    now = week_of(np.array([lines.as_of]))[0]
    in_table = week_of(lines.day) > now - context.params.history_weeks
    sums = frame.groupby("level")[["lines", "returned_lines"]].sum()

    assert not in_table.all()
    for level in ("shop", "product"):
        assert sums.loc[level].tolist() == [in_table.sum(), (in_table & lines.returned).sum()]
    assert sums.loc["category"].tolist()[0] == (in_table & (lines.category >= 0)).sum()
    by_week = frame[frame["level"] == "product"].groupby("week")["lines"].sum()
    shop = frame[frame["level"] == "shop"].set_index("week")["lines"]
    assert (by_week == shop).all()


def test_the_evidence_of_the_weeks_adds_up_to_that_of_the_lines(frame: Any, context: Context):
    in_table = week_of(context.lines.day) > week_of(np.array([context.lines.as_of]))[0] - context.params.history_weeks
    sums = frame[frame["level"] == "product"][["returned_weight", "kept_weight"]].sum()

    assert sums.tolist() == pytest.approx(
        [context.evidence.returned[in_table].sum(), context.evidence.kept[in_table].sum()]
    )


def test_a_weeks_rate_lies_within_its_interval(frame: Any):
    assert frame["rate"].between(frame["rate_low80"], frame["rate_high80"]).all()
    assert frame["unsettled_share"].between(0, 1).all()


def test_weeks_show_when_a_product_went_bad(frame: Any, context: Context):
    own = frame[(frame["level"] == "product") & (frame["item_id"] == "p00000")].sort_values("week")
    bad = (own["week"] >= pd.Timestamp("1970-01-01") + pd.Timedelta(days=context.lines.as_of - 63)).to_numpy()

    assert own["rate"][bad].mean() > own["rate"][~bad].mean() + 0.1


def test_the_week_that_has_just_begun_has_a_row(frame: Any, context: Context):
    # Its lines are too young for a return to be seen; they have the item's own rate.
    last = frame[frame["level"] == "shop"].sort_values("week").iloc[-1]

    assert last["week"] == week_start(week_of(context.lines.day[-1:])).to_pylist()[0]
    assert last["lines"] > 0
    assert last["rate"] == pytest.approx(0.3, abs=0.05)


def test_a_shop_whose_last_week_is_unseen_only_has_weeks_all_the_same():
    lines, _ = drawn_lines(products=3, count=400, days=60)
    context = context_of(lines.take(lines.day > lines.as_of - 3))
    unseen = replace(context, visible=np.zeros(len(context.lines)))

    found = weekly(unseen).to_pandas()

    assert found["rate"].to_numpy() == pytest.approx(0.3)
    assert (found["kept_weight"] == 0).all()
