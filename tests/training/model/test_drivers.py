"""Drivers add up to the calibrated log-odds of the bundle's own score, feature by feature and factor by factor."""

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data.arrays import Floats
from features.catalog import POSTERIOR, CatalogEntry
from tests.training.small_matrix import CATALOG, LINEAR, MODEL, RECIPE, matrix_frame
from training.model.blend import PosteriorPart
from training.model.booster import fit
from training.model.bundle import Bundle
from training.model.calibrate import Calibrator
from training.model.drivers import ModelDrivers
from training.model.learners.trees import Trees
from training.model.linear.fit import fit_linear, shares_of
from training.model.matrix import Rows

NAMES = ("product_return_rate", "customer_return_rate", "basket_lines", "product_age_days")
ENTRIES = [
    *CATALOG,
    CatalogEntry("product_age_days", "double", "days", "product", "age", "never", (), only_reasons=False),
    CatalogEntry(
        "reason_share_style", "double", "share", "reasons", "share of a reason", "never", (), only_reasons=True
    ),
]
"""Two features of one factor, one in between, and one that the score doesn't take."""

CALIBRATOR = Calibrator(0.7, -0.3, steps=np.array([0.5]), low=np.array([0.0, 0.5]), high=np.array([0.5, 1.0]))


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Settled lines; the basket and the product's age matter together."""
    frame = matrix_frame()
    rng = np.random.default_rng(4)
    frame["product_age_days"] = rng.exponential(100, len(frame))
    settled = frame[frame["label"].notna()]
    label = settled["label"].to_numpy(dtype=np.int8)
    both = ((settled["basket_lines"] > 2) & (settled["product_age_days"] > 60)).to_numpy()
    return Rows(settled[[*NAMES]].to_numpy(dtype=np.float64), np.where(both, 1, label).astype(np.int8), NAMES)


@pytest.fixture(scope="module")
def bundle(rows: Rows) -> Bundle:
    """A model of 40 trees whose calibrator turns and shifts the margin."""
    model = Trees(fit(rows, MODEL, 40))
    return Bundle(tuple(ENTRIES), model, CALIBRATOR, None, RECIPE.as_json(), {"shop": 0.3}, {})


@pytest.fixture(scope="module")
def with_linear(bundle: Bundle, rows: Rows) -> Bundle:
    """The same trees beside a linear part."""
    return replace(bundle, linear=fit_linear(rows, shares_of(ENTRIES), LINEAR))


def gap(bundle: Bundle, x: Floats) -> float:
    """How far the drivers' sum is from the log-odds of the score, at the most."""
    total = bundle.drivers.expected + bundle.drivers.of_features(x).sum(axis=1)
    return float(np.abs(total - bundle.score_rows(x).margin).max())


def test_expected_and_contributions_add_up_to_the_log_odds_of_the_score(bundle: Bundle, rows: Rows) -> None:
    assert bundle.drivers.of_features(rows.x).shape == rows.x.shape
    assert gap(bundle, rows.x) < 1e-9
    probability = bundle.score_rows(rows.x).probability
    log_odds = bundle.drivers.expected + bundle.drivers.of_factors(bundle.drivers.of_features(rows.x)).sum(axis=1)
    np.testing.assert_allclose(log_odds, np.log(probability / (1 - probability)), atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    x=arrays.arrays(
        np.float64, (5, len(NAMES)), elements=st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf])
    )
)
def test_they_add_up_for_any_row(bundle: Bundle, x: Floats) -> None:
    assert gap(bundle, x) < 1e-9


@settings(max_examples=100, deadline=None)
@given(
    x=arrays.arrays(
        np.float64, (5, len(NAMES)), elements=st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf])
    )
)
def test_they_add_up_with_a_linear_part(with_linear: Bundle, x: Floats) -> None:
    assert gap(with_linear, x) < 1e-9


def test_contributions_are_the_means_of_those_of_both_parts(with_linear: Bundle, bundle: Bundle, rows: Rows) -> None:
    linear = with_linear.linear
    assert linear is not None
    expected = 0.6 * bundle.drivers.of_features(rows.x) + 0.4 * 0.7 * linear.contributions(rows.x)

    np.testing.assert_allclose(with_linear.drivers.of_features(rows.x), expected, atol=1e-12)


def test_they_add_up_with_posteriors_whose_contributions_are_their_own(with_linear: Bundle, rows: Rows) -> None:
    x = np.column_stack([rows.x, np.random.default_rng(6).normal(size=(len(rows.x), 2))])
    more = (replace(ENTRIES[0], name=POSTERIOR + each, factor=each) for each in (ENTRIES[0].factor, "moon"))
    usual = np.array([0.1, -0.3])
    bundle = replace(with_linear, catalog=(*ENTRIES[:-1], *more, ENTRIES[-1]), posterior=PosteriorPart(0.25, usual))

    found = bundle.drivers.of_features(x)

    assert gap(bundle, x) < 1e-9
    np.testing.assert_allclose(found[:, :-2], 0.75 * with_linear.drivers.of_features(rows.x), atol=1e-12)
    np.testing.assert_allclose(found[:, -2:], 0.7 * 0.25 * (x[:, -2:] - usual), atol=1e-12)
    assert bundle.drivers.factors == (*with_linear.drivers.factors, "moon")  # the other one adds to its factor

    x[:5, -2:] = np.nan
    alone = bundle.drivers.of_features(x[:10])
    assert gap(bundle, x) < 1e-9
    np.testing.assert_allclose(bundle.log_odds(x[:5]), with_linear.log_odds(rows.x[:5]), atol=1e-12)
    np.testing.assert_allclose(alone[:5, :-2], with_linear.drivers.of_features(rows.x[:5]), atol=1e-12)
    np.testing.assert_allclose(alone[5:], found[5:10], atol=1e-12)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.4, 1.5), (2.5, -2.0)])
def test_they_add_up_whatever_the_calibrator(bundle: Bundle, rows: Rows, slope: float, intercept: float) -> None:
    turned = replace(bundle, calibrator=replace(bundle.calibrator, slope=slope, intercept=intercept))

    assert gap(turned, rows.x) < 1e-9
    scale = slope / bundle.calibrator.slope
    np.testing.assert_allclose(
        turned.drivers.of_features(rows.x), scale * bundle.drivers.of_features(rows.x), atol=1e-12
    )


def test_contributions_are_those_of_lightgbm_times_the_slope(bundle: Bundle, rows: Rows) -> None:
    theirs = np.asarray(lgb.Booster(model_str=bundle.model.text()).predict(rows.x, pred_contrib=True))

    np.testing.assert_allclose(bundle.drivers.of_features(rows.x), 0.7 * theirs[:, :-1], atol=1e-9)
    assert bundle.drivers.expected == pytest.approx(0.7 * theirs[0, -1] - 0.3, abs=1e-9)


def test_expected_is_the_mean_of_the_log_odds_over_the_lines_learned(rows: Rows) -> None:
    # Every tree sees every line here, so that the counts in its leaves are those of all lines.
    booster = fit(rows, MODEL.model_copy(update={"bagging_fraction": 1.0}), 20)

    drivers = ModelDrivers(Trees(booster), None, CALIBRATOR, ENTRIES[:-1])

    margin = np.asarray(booster.predict(rows.x, raw_score=True))
    assert drivers.expected == pytest.approx((0.7 * margin - 0.3).mean(), abs=1e-6)


def test_a_factor_is_the_sum_of_its_features_in_the_catalogs_order(bundle: Bundle, rows: Rows) -> None:
    of_features = bundle.drivers.of_features(rows.x)

    found = bundle.drivers.of_factors(of_features)

    product, customer, basket, age = of_features.T
    assert bundle.drivers.factors == ("product", "customer", "basket")
    np.testing.assert_allclose(found, np.column_stack([product + age, customer, basket]), atol=1e-12)
    assert (np.abs(age) > 0).any()


def test_the_features_of_the_reasons_drive_no_score(bundle: Bundle) -> None:
    assert "reasons" not in bundle.drivers.factors
    assert bundle.score_features == NAMES


def test_no_row_has_no_driver(bundle: Bundle) -> None:
    none = bundle.drivers.of_features(np.empty((0, len(NAMES))))

    assert none.shape == (0, 4)
    assert bundle.drivers.of_factors(none).shape == (0, 3)
