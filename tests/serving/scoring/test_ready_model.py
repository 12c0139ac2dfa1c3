from dataclasses import replace

import numpy as np
import pytest

from data.errors import UserError
from features.online.features import OnlineFeatures
from serving.scoring.ready_model import prepare, rehearse
from tests.serving.served_shop import served_shop, shop_of_sizes

BUNDLE = served_shop().bundle


def test_a_bundle_is_rehearsed_with_a_basket_of_which_nothing_is_known() -> None:
    rehearse(BUNDLE, prepare(BUNDLE))


def test_a_bundle_without_a_recipe_is_refused() -> None:
    with pytest.raises(UserError, match="a recipe of features"):
        prepare(replace(BUNDLE, recipe={"columns": []}))


def test_a_bundle_of_features_that_are_not_made_here_is_refused_and_says_which() -> None:
    other = (replace(BUNDLE.catalog[0], name="moon_phase"), *BUNDLE.catalog[1:])

    with pytest.raises(UserError, match="missing: \\['moon_phase'\\]"):
        prepare(replace(BUNDLE, catalog=other))


def test_a_model_with_posteriors_of_another_version_is_refused_as_its_recipe_has_none() -> None:
    more = (*BUNDLE.catalog, replace(BUNDLE.catalog[0], name="posterior_log_odds"))

    with pytest.raises(UserError, match="missing: \\['posterior_log_odds'\\]"):
        prepare(replace(BUNDLE, catalog=more))


def test_a_model_that_says_no_probabilities_is_refused() -> None:
    broken = replace(BUNDLE, calibrator=replace(BUNDLE.calibrator, slope=np.nan))

    with pytest.raises(UserError, match="low <= probability <= high"):
        rehearse(broken, prepare(broken))


def test_a_model_whose_drivers_do_not_add_up_to_its_score_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare(BUNDLE)
    drivers = prepared.explainer._drivers  # those of the bundle, which other tests share
    monkeypatch.setattr(drivers, "expected", drivers.expected + 1e-5)

    with pytest.raises(UserError, match="drivers that add up to the log-odds"):
        rehearse(BUNDLE, prepared)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_model_whose_reasons_do_not_add_up_to_its_score_is_refused(broken: float) -> None:
    bundle = shop_of_sizes().bundle
    assert bundle.reasons is not None
    other = replace(bundle, reasons=replace(bundle.reasons, slope=broken))

    rehearse(bundle, prepare(bundle))
    with pytest.raises(UserError, match="reasons that add up to the probabilities"), np.errstate(invalid="ignore"):
        rehearse(other, prepare(other))


def test_the_rehearsal_asks_for_a_change_of_the_basket(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = shop_of_sizes().bundle
    prepared = prepare(bundle)
    monkeypatch.setattr(OnlineFeatures, "ask_lines", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        rehearse(bundle, prepared)


def test_a_state_fits_that_was_built_for_the_same_features() -> None:
    prepared, about = prepare(BUNDLE), served_shop().about

    assert prepared.fits(about)
    assert prepared.fits(None)
    assert not prepared.fits(replace(about, state_digest="another"))
