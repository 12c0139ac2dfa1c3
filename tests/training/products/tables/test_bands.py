from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.training.products.made_shop import Sold, made_context
from training.products.columns import BUYERS, PRICES
from training.products.estimates.rates import posterior
from training.products.tables.buyers import buyers
from training.products.tables.discounts import discount_bands, prices

NAN = float("nan")


def rows(table: pa.Table, **chosen: str) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if all(row[name] == value for name, value in chosen.items())]


def shop() -> list[Sold]:
    """Two tops and a thing without a category; ann comes for the second time, guests for the only one."""
    return [
        Sold(200, "shirt", "ann", returned=True, discount=0.2, price=800),
        Sold(100, "shirt", "ann", discount=0.2, price=1000),
        Sold(100, "shirt", "bob", discount=0.0, price=1200),
        Sold(100, "coat", None, returned=True, discount=0.6, price=500),
        Sold(100, "thing", None, discount=NAN),
        Sold(500, "shirt", "eve", discount=0.2),  # before the longest period
    ]


CATEGORIES = {"shirt": "tops", "coat": "tops", "thing": None}


def test_buyers_are_divided_at_each_level_and_held_against_the_level_above() -> None:
    table = buyers(made_context(shop(), CATEGORIES))

    assert table.schema == BUYERS.schema
    # ann's second order comes 100 days after the first, more than 90: lapsing.
    assert {row["segment"]: row["lines"] for row in rows(table, level="shop")} == {"new": 2, "lapsing": 1, "guest": 2}
    (guests,) = rows(table, level="category", segment="guest")
    assert (guests["item_id"], guests["lines"], guests["share"], guests["parent_share"]) == ("tops", 1, 0.25, 0.4)
    (new,) = rows(table, level="product", item_id="shirt", segment="new")
    assert (new["lines"], new["share"], new["parent_share"]) == (2, pytest.approx(2 / 3), 0.5)
    (thing,) = rows(table, level="product", item_id="thing")
    assert (thing["share"], thing["parent_share"]) == (1.0, 0.4)  # without a category: against the shop


def test_shares_of_an_item_add_up_and_so_do_its_lines() -> None:
    context = made_context(shop(), CATEGORIES)
    for table in (buyers(context), prices(context)):
        frame = table.to_pandas().groupby(["level", "item_id"])[["share", "lines"]].sum()
        np.testing.assert_allclose(frame["share"], 1.0)
    assert buyers(context).to_pandas().query("level == 'product'")["lines"].sum() == 5


def test_a_rate_is_that_of_the_evidence_under_the_products_prior() -> None:
    context = made_context(shop(), CATEGORIES)
    (band,) = rows(prices(context), level="product", item_id="shirt", discount="15_to_30")

    evidence = context.products.take(np.array([context.lines.names.product.index("shirt")]))
    # One returned and one kept line, closed both, that are expected at 0.3.
    own = type(evidence)(np.array([1.0]), np.array([1.0]), np.array([0.3]))
    expected = posterior(own, context.prior)
    assert band["rate"] == pytest.approx(expected.mean[0])
    assert band["rate_low80"] == pytest.approx(expected.quantile(0.1)[0])
    assert band["rate_high80"] == pytest.approx(expected.quantile(0.9)[0])
    assert (band["expected_rate"], band["mean_price_minor"]) == (pytest.approx(0.3), 900.0)


def test_a_line_that_nothing_can_be_seen_of_yet_has_the_rate_that_is_expected() -> None:
    context = made_context([Sold(100, returned=True), Sold(90), Sold(0, "coat", "bob")], {"shirt": "a", "coat": "b"})
    (coat,) = rows(buyers(context), level="product", item_id="coat")
    assert (coat["rate"], coat["expected_rate"]) == (pytest.approx(0.3, abs=1e-3), pytest.approx(0.3))


def test_bands_of_discount_begin_at_their_edges_and_an_unknown_one_is_in_none() -> None:
    shares = np.array([0.0, 0.004, 0.01, 0.1499999, 0.15, 0.29999, 0.3, 0.5, 0.99, NAN])
    np.testing.assert_array_equal(discount_bands(shares), [0, 0, 1, 2, 2, 3, 3, 4, 4, -1])


def test_without_list_prices_there_is_no_row_of_discounts() -> None:
    table = prices(made_context([Sold(100, returned=True), Sold(90)]))
    assert table.num_rows == 0
    assert table.schema == PRICES.schema
