from dataclasses import replace

import numpy as np
import pytest

from data.arrays import Floats
from tests.training.products.made_shop import AS_OF
from tests.training.products.small_context import context_of, drawn_lines
from training.products.accuracy.coverage import next_lines, raw, same_lines, true_rates
from training.products.estimates.lines import ReportLines

THEN = AS_OF - 100


def rising(lines: ReportLines) -> Floats:
    """Rates of 0.3 for lines ordered up to `THEN`, and of 0.9 after."""
    return np.where(lines.day > THEN, 0.9, 0.3)


def test_what_comes_later_at_the_same_rate_lies_within_as_often_as_the_intervals_say_or_more() -> None:
    later, _ = drawn_lines(0.3, count=20_000)
    found = next_lines(context_of(later.at(THEN)), later, 60)
    assert found is not None
    assert found.products == 40
    # 40 products: 80% and 95%, less three standard deviations of 0.063 and 0.034; counts are whole, so rather more.
    assert found.within80 > 0.61
    assert found.within95 > 0.84
    # 37 later lines a product, one in three of them back: 80% within about 1.28 * 0.075 either way.
    assert found.width80 == pytest.approx(0.19, abs=0.05)
    assert found.width80 < found.width95


def test_a_rate_that_changes_lies_outside() -> None:
    later, _ = drawn_lines(rising, count=20_000)
    context = context_of(later.at(THEN))
    for found in (next_lines(context, later, 60), raw(context, later, 60)):
        assert found is not None
        assert found.within95 < 0.05


def test_products_of_too_few_later_lines_are_left_out() -> None:
    later, _ = drawn_lines(0.3, count=2000)
    context = context_of(later.at(THEN))
    # 2.5 lines a day over 40 products: 60 days bring about 4 a product.
    assert next_lines(context, later, 60, least=30) is None
    assert raw(context, later, 60, least=30) is None
    every, some = (next_lines(context, later, 60, least=least) for least in (1, 4))
    assert every is not None
    assert some is not None
    assert 0 < some.products < every.products


def test_open_lines_come_to_what_their_interval_holds() -> None:
    later, _ = drawn_lines(0.3, count=20_000)
    context = context_of(later.at(THEN))
    found = same_lines(context, later)
    assert found is not None
    # 20 days of open windows, 25 lines a day over 40 products: all have some.
    assert found.products == 40
    assert found.within80 > 0.61
    assert found.within95 > 0.84


def test_open_lines_that_all_come_back_lie_outside() -> None:
    later, _ = drawn_lines(lambda lines: np.where(lines.day > THEN - 15, 1.0, 0.3), count=20_000)
    found = same_lines(context_of(later.at(THEN)), later)
    assert found is not None
    assert found.within95 < 0.2


def test_products_that_had_all_settled_or_are_not_settled_later_are_left_out() -> None:
    later, _ = drawn_lines(0.3)
    settled = later.take(later.closed)
    assert same_lines(context_of(settled), settled) is None
    assert same_lines(context_of(later.at(THEN)), later.at(THEN + 1)) is None


def test_the_true_rate_lies_within_where_it_is_what_was_drawn_and_nowhere_else() -> None:
    lines, _ = drawn_lines(0.3, count=20_000)
    context = context_of(lines)
    right, wrong = (true_rates(context, np.full(len(lines), rate)) for rate in (0.3, 0.6))
    assert right is not None
    assert right.within95 > 0.9
    assert wrong == replace(right, within80=0.0, within95=0.0)


def test_the_raw_interval_is_jeffreys_own_with_the_luck_of_later_lines() -> None:
    lines, back = drawn_lines(0.3, count=20_000, products=1)
    found = raw(context_of(lines.at(THEN)), lines, 60)
    # The last year's 9,125 lines say 0.3; 1,500 later ones vary by sqrt(0.3 * 0.7 * (1 / 1500 + 1 / 9125)) = 0.0128.
    assert back.mean() == pytest.approx(0.3, abs=0.01)
    assert found is not None
    assert (found.products, found.within80, found.within95) == (1, 1.0, 1.0)
    assert found.width80 == pytest.approx(2 * 1.2816 * 0.0128, rel=0.05)
    assert found.width95 == pytest.approx(2 * 1.96 * 0.0128, rel=0.05)
