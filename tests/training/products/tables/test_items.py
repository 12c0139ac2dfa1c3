from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data.attributes import Attribute, Kind
from tests.training.products.small_context import context_of, drawn_lines
from training.products.columns import ITEMS, items_with
from training.products.estimates.context import Context
from training.products.findings import faults, spikes
from training.products.tables import reasons
from training.products.tables.items import Findings, items

ADDED = ["lines", "closed_lines", "returned_lines", "lines_before"]


def findings_of(context: Context) -> Findings:
    studied = faults.look(context)
    found = faults.faults(studied, context.params.min_probability)
    return Findings(spikes.columns(spikes.spikes(context, studied)), faults.columns(found), reasons.table(context))


def with_reasons(context: Context) -> Context:
    """Record a reason for three in four returns, the first twice as often as the third; none for product 2."""
    lines = context.lines
    recorded = lines.returned & (lines.row % 4 > 0) & (lines.product != 2)
    reason = np.where(recorded, np.where(lines.row % 3 < 2, 0, 2), -1)
    return replace(context, lines=replace(lines, reason=reason))


@pytest.fixture(scope="module")
def context() -> Context:
    lines, _ = drawn_lines(lambda x: np.where(x.product == 0, 0.7, 0.3))
    return with_reasons(context_of(lines))


@pytest.fixture(scope="module")
def table(context: Context) -> pa.Table:
    return items(context, findings_of(context))


@pytest.fixture(scope="module")
def frame(table: pa.Table) -> Any:
    return table.to_pandas().set_index(["level", "item_id", "period_days"])


def test_the_table_is_as_the_dictionary_says(table: pa.Table):
    assert table.schema == ITEMS.schema


def test_every_item_has_one_row_a_period_in_order(table: pa.Table):
    keys = list(zip(*(table[name].to_pylist() for name in ITEMS.key), strict=True))

    assert keys == sorted(set(keys))
    assert {level for level, *_ in keys} == {"shop", "category", "brand", "product"}  # the shop has no suppliers
    assert len(keys) == 3 * (1 + 3 + 4 + 40)


def test_the_same_shop_gives_the_same_bytes(context: Context, table: pa.Table):
    again = items(context, findings_of(context))

    assert again.combine_chunks().to_batches()[0].serialize() == table.combine_chunks().to_batches()[0].serialize()


@pytest.mark.parametrize("days", [30, 90, 365])
def test_products_add_up_to_their_categories_and_to_the_shop(frame: Any, context: Context, days: int):
    now = frame.xs(days, level="period_days")
    products = now.loc["product"]
    shop = now.loc["shop"].iloc[0]

    assert shop["lines"] == (context.lines.day > context.lines.until - days).sum()
    assert (products[ADDED].sum() == shop[ADDED]).all()
    by_category = products.groupby("category")[ADDED].sum()
    assert (by_category == now.loc["category"][ADDED]).all(axis=None)
    # Every seventh product has none.
    assert (products["category"].isna() == (np.arange(40) % 7 == 6)).all()


def test_the_faulty_product_is_the_costliest(frame: Any):
    longest = frame.xs(365, level="period_days").loc["product"]

    assert longest["excess_cost_minor"].idxmax() == "p00000"
    assert longest.loc["p00000", "excess_probability"] > 0.999


def test_the_period_before_is_of_the_same_length_and_ends_where_this_one_begins(frame: Any, context: Context):
    ago = context.lines.until - context.lines.day
    own = context.lines.product == 1

    assert frame.loc[("product", "p00001", 90), "lines_before"] == (own & (ago >= 90) & (ago < 180)).sum()
    # All closed by then, and drawn at 0.3: between what was seen and what is expected.
    seen = context.lines.returned[own & (ago >= 90) & (ago < 180)].mean()
    rate = frame.loc[("product", "p00001", 90), "rate_before"]
    assert min(seen, 0.3) <= rate <= max(seen, 0.3)


def test_each_item_has_its_most_frequent_reason(frame: Any, context: Context):
    shop = frame.loc[("shop", "shop", 365)]
    lines = context.lines
    recorded = lines.reason[context.longest & (lines.reason >= 0)]

    assert shop["top_reason"] == "SIZE_TOO_SMALL"
    assert shop["top_reason_share"] == pytest.approx((recorded == 0).mean())
    assert pd.isna(frame.loc[("product", "p00002", 365), "top_reason"])
    assert pd.isna(frame.loc[("product", "p00002", 365), "top_reason_share"])


def test_prices_and_discounts_are_means_over_lines(frame: Any):
    shop = frame.loc[("shop", "shop", 365)]

    assert shop["mean_price_minor"] == 1000
    assert shop["discount_share"] == pytest.approx(0.1)  # of the lines that have a list price


def test_categories_and_the_shop_are_held_against_their_buyers_alone(context: Context):
    other = replace(context, expected_of_buyers=np.full(len(context.lines), 0.2))
    frame: Any = items(other, findings_of(other)).to_pandas().set_index("level")

    assert frame.loc[["shop", "category"], "expected_rate"].to_numpy() == pytest.approx(0.2)
    assert frame.loc[["brand", "product"], "expected_rate"].to_numpy() == pytest.approx(0.3)


def test_products_have_their_attributes_and_all_else_stays(context: Context, table: pa.Table):
    fit, weight = Attribute("fit", "products", Kind.CATEGORY), Attribute("weight", "products", Kind.NUMBER)
    values = {
        fit: pa.array(["slim", None] * 20),
        weight: pa.array([float(place) for place in range(40)]),
    }
    lines = context.lines
    found = items(
        replace(context, lines=replace(lines, names=replace(lines.names, attributes=values))), findings_of(context)
    )

    assert found.schema == items_with([fit, weight]).schema
    assert found.select(ITEMS.schema.names).equals(table)
    for row in found.select(["level", "item_id", "attribute_fit", "attribute_weight"]).to_pylist():
        own = int(row["item_id"][1:]) if row["level"] == "product" else None
        assert row["attribute_fit"] == (None if own is None or own % 2 else "slim")
        assert row["attribute_weight"] == own


def made(context: Context) -> Mapping[str, list[object]]:
    columns: Mapping[str, list[object]] = items(context, findings_of(context)).to_pydict()
    return columns


def test_a_period_without_orders_has_no_rows(context: Context):
    lines = context.lines
    quiet = context_of(lines.take(lines.day < lines.as_of - 40))

    assert set(made(quiet)["period_days"]) == {90, 365}


def test_a_shop_without_categories_brands_and_reasons_has_products_all_the_same():
    lines, _ = drawn_lines(products=5, count=500)
    nothing, none = np.full(500, -1), np.full(5, -1)
    names = replace(lines.names, category=[], brand=[], product_category=none, product_brand=none, size=[], color=[])
    bare = replace(lines, category=nothing, brand=nothing, size=nothing, color=nothing, names=names)

    found = made(context_of(bare))

    assert set(found["level"]) == {"product", "shop"}
    assert set(found["top_reason"]) == {None}


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_shop_of_one_product_whose_lines_all_fare_alike_has_a_rate(rate: float):
    lines, _ = drawn_lines(rate, products=1, count=200)

    found: Any = pd.DataFrame(made(context_of(lines))).set_index("level")

    found = found.loc["product", "rate"]
    assert found.between(*((0.3, 1) if rate == 1 else (0, 0.3)), inclusive="neither").all()


def test_a_shop_of_open_lines_only_has_rates_between_what_it_has_seen_and_what_is_expected():
    lines, _ = drawn_lines(0.3, products=3, count=90, days=10)

    found: Any = pd.DataFrame(made(context_of(lines))).set_index("level")

    assert found["closed_rate"].isna().all()
    assert (found["closed_lines"] == 0).all()
    seen = found["returned_lines"] / found["lines"]
    assert 0 < seen.max() < 0.3
    assert ((seen < found["rate"]) & (found["rate"] < 0.3)).all()
