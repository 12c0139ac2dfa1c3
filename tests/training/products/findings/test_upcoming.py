import numpy as np
import pytest
from scipy.stats import norm

from data.arrays import Floats
from tests.training.products.small_context import context_of, drawn_lines
from training.products.estimates import figures
from training.products.estimates.context import Context
from training.products.estimates.figures import Group
from training.products.findings.upcoming import open_probability, upcoming

FOR_EVER = 1000.0


def products_of(context: Context) -> Group:
    return Group(context.longest, context.lines.product, len(context.lines.names.product), context.evidence)


def found_of(context: Context, days: float | None = None) -> dict[str, Floats]:
    group = products_of(context)
    return upcoming(context, group, figures.rates(context, group, context.prior), days)


def test_a_line_that_is_settled_has_nothing_to_come():
    lines, _ = drawn_lines()
    context = context_of(lines)

    q = open_probability(context, products_of(context), np.zeros(40), FOR_EVER)

    assert (q[lines.closed | lines.returned] == 0).all()
    assert (q[~lines.closed & ~lines.returned & (lines.day > lines.as_of - 10)] > 0).all()


def test_a_line_that_waits_comes_back_by_bayes_rule():
    lines, _ = drawn_lines()
    context = context_of(lines, 0.4)
    group, waiting = products_of(context), ~lines.closed & ~lines.returned

    q = open_probability(context, group, np.zeros(40), FOR_EVER)

    # P(back | not back yet) = p (1 - F) / (1 - p F)
    seen = context.visible[waiting]
    assert q[waiting] == pytest.approx(0.4 * (1 - seen) / (1 - 0.4 * seen))


def test_more_returns_come_within_more_days():
    lines, _ = drawn_lines()
    context = context_of(lines)

    some, more, rest = (found_of(context, days)["upcoming_returns"] for days in (3, 8, FOR_EVER))

    assert (some <= more + 1e-9).all()
    assert (more <= rest + 1e-9).all()
    assert some.sum() < 0.7 * rest.sum()


def test_the_returns_to_come_are_as_many_as_predicted():
    lines, back = drawn_lines(0.4, count=60_000, days=365, products=400)
    context = context_of(lines, 0.4)
    truth = np.bincount(lines.product, weights=back & ~lines.returned, minlength=400)

    found = found_of(context, FOR_EVER)

    # About 950 returns to come: one standard error is 3%.
    assert found["upcoming_returns"].sum() == pytest.approx(truth.sum(), rel=0.1)
    for level in (80, 95):
        low, high = found[f"upcoming_low{level}"], found[f"upcoming_high{level}"]
        held = ((low <= truth) & (truth <= high)).mean()
        # Of two or three returns each, so whole ends rounded outwards hold more than they say.
        assert held >= level / 100 - 0.02
        assert (high - low).mean() < 2 * norm.ppf(0.5 + level / 200) * truth.std() + 1


def test_the_interval_knows_that_the_products_rates_are_not_known():
    # Rates of 0.1 to 0.7 where 0.4 is expected; 40 lines each, half of them open.
    rates = np.random.default_rng(3).uniform(0.1, 0.7, 500)
    lines, back = drawn_lines(lambda x: rates[x.product], count=20_000, days=40, products=500)
    truth = np.bincount(lines.product, weights=back & ~lines.returned, minlength=500)

    found = found_of(context_of(lines, 0.4), FOR_EVER)

    held = ((found["upcoming_low80"] <= truth) & (truth <= found["upcoming_high80"])).mean()
    assert held >= 0.8
    # No wider than it would be for who knew nothing of a product: 80% of products lie within 1.28 standard deviations.
    assert (found["upcoming_high80"] - found["upcoming_low80"]).mean() < 2 * 1.28 * truth.std()
    assert np.corrcoef(found["upcoming_returns"], truth)[0, 1] > 0.6


def test_without_days_the_parameter_says_how_many():
    context = context_of(drawn_lines()[0])

    assert found_of(context)["upcoming_returns"].tolist() == found_of(context, 28)["upcoming_returns"].tolist()


def test_a_product_without_lines_has_no_outlook():
    lines, _ = drawn_lines()
    context = context_of(lines.take(lines.product != 5))

    assert np.flatnonzero(np.isnan(found_of(context)["upcoming_returns"])).tolist() == [5]
