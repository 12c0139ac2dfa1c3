import numpy as np
import pytest
from scipy.special import expit, logit

from data.arrays import Floats
from tests.training.products.made_shop import COSTS
from tests.training.products.small_context import context_of, drawn_lines
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.figures import Group


@pytest.fixture(scope="module")
def context() -> Context:
    lines, _ = drawn_lines(lambda x: np.where(x.product == 0, 0.7, 0.3))
    return context_of(lines)


def by_product(context: Context) -> Group:
    return Group(context.longest, context.lines.product, len(context.lines.names.product), context.evidence)


def columns_of(context: Context, group: Group) -> dict[str, Floats]:
    found = figures.columns(context, group, figures.rates(context, group, context.prior))
    return {name: np.asarray(values, dtype=np.float64) for name, values in found.items()}


def test_lines_are_counted_by_what_is_known_of_them(context: Context):
    found, lines = columns_of(context, by_product(context)), context.lines
    own = context.longest & (lines.product == 3)

    assert found["lines"][3] == own.sum()
    assert found["closed_lines"][3] == (own & lines.closed).sum()
    assert found["returned_lines"][3] == (own & lines.returned).sum()
    assert found["unsettled_share"][3] == (own & ~lines.closed & ~lines.returned).sum() / own.sum()
    assert found["closed_rate"][3] == lines.returned[own & lines.closed].mean()


def test_intervals_lie_within_each_other_around_the_rate(context: Context):
    found = columns_of(context, by_product(context))

    names = ("rate_low95", "rate_low80", "rate", "rate_high80", "rate_high95")
    assert (np.diff(np.stack([found[name] for name in names]), axis=0) > 0).all()


def test_what_a_product_has_above_its_expected_rate_is_its_excess(context: Context):
    found, lines = columns_of(context, by_product(context)), context.lines
    own = context.longest & (lines.product == 0)
    value = lines.value_minor[own].mean()

    assert found["expected_rate"] == pytest.approx(0.3)
    # About 90 lines at 0.7, where 39 others are at 0.3.
    assert found["excess_rate"][0] == pytest.approx(0.4, abs=0.12)
    assert found["excess_rate"][1:] == pytest.approx(0, abs=0.1)
    assert found["excess_probability"][0] > 0.999
    assert found["excess_returns"][0] == pytest.approx(found["excess_rate"][0] * own.sum())
    # All lines are as likely to come back, so one return costs what the mean line's does.
    cost = COSTS.return_fixed_minor + COSTS.return_value_share * value
    assert found["excess_cost_minor"][0] == pytest.approx(found["excess_rate"][0] * own.sum() * cost)
    assert found["return_cost_minor"][0] == pytest.approx(found["rate"][0] * own.sum() * cost)


def test_lines_that_come_back_more_often_weigh_more_in_the_cost_of_a_return():
    lines, _ = drawn_lines(products=1)
    dear = lines.value_minor > 5000
    context = context_of(lines, np.where(dear, 0.6, 0.2))
    group, cost = by_product(context), 300 + 0.1 * lines.value_minor

    weight = np.where(dear, 0.6, 0.2)[context.longest]
    expected = (weight * cost[context.longest]).sum() / weight.sum()
    assert figures.mean_cost(context, group)[0] == pytest.approx(expected)


def test_lines_too_young_to_be_seen_have_the_rate_that_is_expected_of_them():
    lines, _ = drawn_lines()
    last = lines.product[-1]
    young = (lines.day > lines.as_of - 2) & (lines.product == last)
    context = context_of(lines, np.where(lines.product == last, 0.45, 0.3))
    group = Group(young, lines.product, 40, context.evidence)
    assert context.visible[young] == pytest.approx(0)

    found = figures.rates(context, group, context.prior)

    assert found.places.tolist() == [last]
    assert found.expected[0] == pytest.approx(0.45)
    assert found.posterior.mean[0] == pytest.approx(0.45)


def test_a_group_without_lines_has_no_rate(context: Context):
    group = Group(context.longest & (context.lines.product != 7), context.lines.product, 40, context.evidence)

    assert 7 not in figures.rates(context, group, context.prior).places


def test_a_group_of_nothing_has_no_rows(context: Context):
    group = Group(np.zeros(len(context.lines), dtype=bool), context.lines.product, 40, context.evidence)

    assert all(len(values) == 0 for values in columns_of(context, group).values())


def test_lines_of_no_group_are_left_out(context: Context):
    lines = context.lines
    group = Group(context.longest, lines.category, 3, context.evidence)

    assert (lines.category[context.longest] < 0).any()
    assert group.lines().sum() == (lines.category[context.longest] >= 0).sum()
    assert group.sums(lines.value_minor).sum() == lines.value_minor[context.longest & (lines.category >= 0)].sum()


def test_rates_are_shrunk_towards_where_they_are_shifted(context: Context):
    group = by_product(context)
    shift = np.full(40, 0.8)

    plain, moved = (figures.rates(context, group, context.prior, s) for s in (None, shift))

    assert moved.posterior.mean.mean() > plain.posterior.mean.mean() + 0.02
    assert moved.expected == pytest.approx(plain.expected)  # the column keeps the rate before the shift
    assert figures.shifted(context.products, shift).expected == pytest.approx(expit(logit(0.3) + 0.8))


def test_the_shift_is_how_far_the_rate_lies_above_what_is_expected(context: Context):
    found = figures.rates(context, by_product(context), context.prior)

    shift = figures.shift_of(found, 41)

    assert shift[0] == pytest.approx(logit(found.posterior.mean[0]) - logit(0.3))
    assert shift[40] == 0
