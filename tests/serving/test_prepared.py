from dataclasses import replace

import numpy as np
import pytest

from data.errors import UserError
from serving.prepared import prepare, rehearse
from tests.serving.served_shop import served_shop

BUNDLE = served_shop().bundle


def test_a_bundle_is_rehearsed_with_a_basket_of_which_nothing_is_known() -> None:
    rehearse(BUNDLE, prepare(BUNDLE))


def test_a_bundle_without_a_recipe_is_refused() -> None:
    with pytest.raises(UserError, match="a recipe of features in the bundle"):
        prepare(replace(BUNDLE, recipe={"columns": []}))


def test_a_bundle_of_features_that_are_not_made_here_is_refused_and_says_which() -> None:
    other = (replace(BUNDLE.catalog[0], name="moon_phase"), *BUNDLE.catalog[1:])

    with pytest.raises(UserError, match="without \\['moon_phase'\\]"):
        prepare(replace(BUNDLE, catalog=other))


def test_a_model_that_says_no_probabilities_is_refused() -> None:
    broken = replace(BUNDLE, calibrator=replace(BUNDLE.calibrator, slope=np.nan))

    with pytest.raises(UserError, match="low <= probability <= high"):
        rehearse(broken, prepare(broken))


def test_a_state_fits_that_was_built_for_the_same_features() -> None:
    prepared, about = prepare(BUNDLE), served_shop().about

    assert prepared.fits(about)
    assert prepared.fits(None)
    assert not prepared.fits(replace(about, state_digest="another"))
