from typing import Any

import numpy as np
import pytest

from tests.training.products.made_shop import Sold, made_context
from training.products.columns import SEGMENTS
from training.products.estimates.context import Context
from training.products.tables.segments import price_rates, return_probability, segments


def rows(context: Context, segmentation: str) -> dict[str, dict[str, Any]]:
    found = segments(context).to_pylist()
    return {row["segment"]: row for row in found if row["segmentation"] == segmentation}


def shop() -> list[Sold]:
    """Six customers who came once, 40 days ago, and kept all but one line; seven lost ones; a guest."""
    once = [Sold(40, customer=f"once {n}", returned=n == 0) for n in range(6)]
    lost = [Sold(400, customer=f"lost {n}", returned=n < 3) for n in range(7)]
    return [*once, *lost, Sold(40, customer=None, returned=True)]


def test_a_segment_has_its_customers_lines_and_rate() -> None:
    context = made_context(shop())
    found = rows(context, "activity")

    assert segments(context).schema == SEGMENTS.schema
    assert list(found) == ["occasional", "lost"]
    few = found["occasional"]
    assert (few["customers"], few["lines"], few["rate"]) == (6, 6, pytest.approx(1 / 6))
    assert few["rate_low95"] == 0.0  # the interval of the sum is wider than the share itself
    assert few["rate_high95"] > few["rate"]


def test_profit_is_margin_kept_less_the_cost_of_returns_by_customer() -> None:
    few = rows(made_context(shop()), "activity")["occasional"]

    # Five keep 10.00 at a margin of 40%, one return costs 3.00 + 10% of 10.00: 5 * 400 - 400.
    assert few["profit_total_minor"] == pytest.approx(1600)
    assert few["profit_minor"] == pytest.approx(1600 / 6)
    assert few["profit_low95_minor"] < few["profit_minor"] < few["profit_high95_minor"]


def test_customers_without_a_line_in_the_period_earn_nothing_and_have_no_rate() -> None:
    lost = rows(made_context(shop()), "activity")["lost"]
    assert (lost["customers"], lost["lines"], lost["rate"], lost["expected_rate"]) == (7, 0, None, None)
    assert lost["profit_total_minor"] == 0.0


def test_a_segment_of_fewer_than_five_customers_is_left_out() -> None:
    assert rows(made_context([*shop(), *(Sold(5, customer=f"new {n}") for n in range(4))]), "activity").keys() == {
        "occasional",
        "lost",
    }


def test_a_shop_of_guests_alone_has_no_segments() -> None:
    assert segments(made_context([Sold(40 + n, customer=None, returned=n < 3) for n in range(9)])).num_rows == 0


def test_value_is_ranked_by_what_was_kept_in_thirds_of_those_who_bought() -> None:
    # Customer n paid 10.00 times n + 1; the five who would be highest send all of it back.
    sold = [Sold(100, customer=f"{n:02d}", price=1000 * (n + 1), returned=n >= 10) for n in range(15)]
    found = rows(made_context([*sold, Sold(400, customer="99")]), "value")

    assert [(name, row["customers"], row["rate"]) for name, row in found.items()] == [
        ("high", 5, 0.0),
        ("middle", 5, 0.0),
        ("low", 5, 1.0),
    ]
    assert found["high"]["profit_total_minor"] == pytest.approx(0.4 * 1000 * (6 + 7 + 8 + 9 + 10))


def test_an_open_line_comes_back_as_often_as_what_can_not_have_been_seen_yet() -> None:
    # All returns become known after ten days: a line of five days may still come back, with what was expected of it.
    context = made_context([Sold(100, returned=True), Sold(100), Sold(5), Sold(12)])
    seen = context.visible[2:]
    np.testing.assert_allclose(return_probability(context)[:2], [1.0, 0.0])
    np.testing.assert_allclose(return_probability(context)[2:], 0.3 * (1 - seen) / (1 - 0.3 * seen))
    assert seen.max() == 1.0  # of the line of 12 days nothing more is to come


def test_rates_of_a_category_and_discount_ignore_who_buys() -> None:
    rng = np.random.default_rng(3)
    sold = [
        Sold(100, product, f"c{n % 50}", returned=bool(rng.random() < rate), discount=discount)
        for product, rate, discount in (("shirt", 0.5, 0.0), ("cable", 0.1, 0.0), ("cable", 0.3, 0.4))
        for n in range(4000)
    ]
    context = made_context(sold, {"shirt": "tops", "cable": "wires"})
    found = price_rates(context)
    at = context.lines.names.product.index("cable")
    cheap = context.lines.discount_share > 0.1
    # 4000 lines: the standard error is at most 0.008.
    assert found[cheap] == pytest.approx(0.3, abs=0.03)
    assert found[(context.lines.product == at) & ~cheap] == pytest.approx(0.1, abs=0.03)
    assert found[context.lines.product != at] == pytest.approx(0.5, abs=0.03)
