from typing import Any

import numpy as np
import pytest

from data.schema import Reason
from features.language.reasons import REASONS
from tests.training.products.planted_shop import AS_OF, COSTS, PlantedShop, context_of, without_reasons
from training.costs import return_cost
from training.products import columns
from training.products.estimates.context import Context
from training.products.findings.reasons import categories, fit_priors, products, study, suppliers
from training.products.tables.reasons import table

SMALL = REASONS.index(Reason.SIZE_TOO_SMALL)
DEFECTIVE = REASONS.index(Reason.DEFECTIVE)


@pytest.fixture(scope="module")
def planted() -> Context:
    """A shop where 40% of product 3's lines are returned as defective, and 3% of the others."""
    shop = PlantedShop()
    shop.plant(shop.product == 3, Reason.DEFECTIVE, 0.4)
    return shop.context


def rows(context: Context, **wanted: object) -> list[dict[str, Any]]:
    return [row for row in table(context).to_pylist() if all(row[name] == value for name, value in wanted.items())]


def test_the_table_has_its_schema_and_no_row_twice_or_without_returns(planted: Context) -> None:
    made = table(planted)
    assert made.schema == columns.REASONS.schema
    keys = list(zip(*(made[name].to_pylist() for name in columns.REASONS.key), strict=True))
    assert len(set(keys)) == len(keys)
    assert min(made["returns"].to_pylist()) >= 1
    assert made.equals(table(planted))


def test_counts_and_shares_of_an_item_are_those_of_its_returns_with_a_reason(planted: Context) -> None:
    lines = planted.lines
    own = lines.returned & (lines.product == 3) & (lines.day > AS_OF - 365)
    defective = (own & (lines.reason == DEFECTIVE)).sum()
    (row,) = rows(planted, level="product", item_id="p003", period_days=365, reason="DEFECTIVE")
    assert (row["returns"], row["share"]) == (defective, pytest.approx(defective / own.sum()))
    siblings = lines.returned & (lines.category == 0) & (lines.product != 3)
    # Ten returns of the shop's other shares more in the category of some 1,200.
    parent = (siblings & (lines.reason == DEFECTIVE)).sum() / siblings.sum()
    assert row["parent_share"] == pytest.approx(parent, abs=0.002)


def test_a_planted_fault_is_unusual_and_costs_what_its_returns_cost(planted: Context) -> None:
    (row,) = rows(planted, level="product", item_id="p003", period_days=365, reason="DEFECTIVE")
    assert row["unusual_probability"] > 0.99
    # 0.4 for sure, and a tenth of the 30% of the other 60%: 0.418; of 140 lines, drawn somewhat towards 0.03.
    assert row["rate"] == pytest.approx(0.418, abs=0.1)
    assert row["expected_rate"] == pytest.approx(0.03, abs=0.01)
    each = return_cost(np.array([5000.0]), COSTS)[0]
    assert row["excess_cost_minor"] == pytest.approx((row["rate"] - row["expected_rate"]) * 140 * each)


def test_no_other_product_is_unusual(planted: Context) -> None:
    items = products(planted, planted.longest)
    unusual = study(items, fit_priors(items), 1.5).unusual >= 0.9
    assert np.argwhere(unusual).tolist() == [[3, DEFECTIVE]]


def test_rates_by_reason_add_up_to_the_rate_and_settle_what_is_open(planted: Context) -> None:
    # Half of the lines of the last 14 days can't be back yet; their share must not lower the rates: 0.3 all in all.
    total = sum(row["rate"] for row in rows(planted, level="shop", period_days=90))
    assert total == pytest.approx(0.3, abs=0.03)
    assert all(row["parent_share"] is row["expected_rate"] is None for row in rows(planted, level="shop"))


def test_the_parent_of_a_category_is_the_rest_of_the_shop(planted: Context) -> None:
    lines, items = planted.lines, categories(planted, planted.longest)
    others = lines.returned & (lines.category == 1)
    share = study(items, fit_priors(items), 1.5).parent_share[0, SMALL]
    assert share == pytest.approx((others & (lines.reason == SMALL)).sum() / others.sum())


def test_returns_without_a_reason_lower_rates_and_what_is_expected_alike_but_no_shares() -> None:
    shop = PlantedShop()
    shop.plant(shop.product == 3, Reason.DEFECTIVE, 0.4)
    forgotten = shop.rng.random(len(shop.day)) < 0.5
    shop.reason = np.where(forgotten, -1, shop.reason)
    (row,) = rows(shop.context, level="product", item_id="p003", period_days=365, reason="DEFECTIVE")
    assert row["expected_rate"] == pytest.approx(0.015, abs=0.006)
    assert row["share"] == pytest.approx(0.418 / 0.58, abs=0.12)
    assert row["unusual_probability"] > 0.99


def test_a_shop_that_asks_for_no_reasons_has_an_empty_table() -> None:
    made = table(context_of(without_reasons(PlantedShop(products=6, lines_each=20).lines)))
    assert (made.num_rows, made.schema) == (0, columns.REASONS.schema)


def test_a_product_without_lines_is_unusual_in_nothing() -> None:
    shop = PlantedShop(products=8)
    lines = shop.lines
    context = context_of(lines.take(lines.product != 2))
    items = products(context, context.longest)
    found = study(items, fit_priors(items), 1.5)
    assert np.isnan(found.unusual[2]).all()
    assert not np.isnan(found.unusual[3, SMALL])


def test_a_supplier_is_held_against_the_categories_of_what_it_sells() -> None:
    shop = PlantedShop()
    shop.plant(shop.product % 2 == 1, Reason.DEFECTIVE, 0.2)  # all that supplier 1 sells
    context = shop.context
    items = suppliers(context, context.longest)
    found = study(items, fit_priors(items), 1.5)

    # Each category is half of supplier 1's. DEFECTIVE is 10% of the returns of one half, and of those of the other
    # (0.1 * 0.3 * 0.8 + 0.2) / (0.3 * 0.8 + 0.2), 0.51: of both 0.35, as each product is expected to come back alike.
    assert found.parent_share[:, DEFECTIVE] == pytest.approx([0.35, 0.35], abs=0.03)
    assert found.share[1, DEFECTIVE] == pytest.approx(0.51, abs=0.03)
    assert found.rate[1, DEFECTIVE] > found.expected[1, DEFECTIVE]
    assert found.rate[0, DEFECTIVE] < found.expected[0, DEFECTIVE]


def test_brands_and_suppliers_have_rows_whose_returns_are_those_of_their_products(planted: Context) -> None:
    frame = table(planted).to_pandas()
    for days, now in frame.groupby("period_days"):
        of = {level: rows["returns"].sum() for level, rows in now.groupby("level")}
        assert of["brand"] == of["supplier"] == of["product"] == of["shop"], days
