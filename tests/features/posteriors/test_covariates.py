"""Covariates: standardised by whole lines of earlier days, and nothing where that is too little."""

import numpy as np
import pandas as pd

from features.posteriors.covariates import FARTHEST, FEWEST, covariates_of

UNITS = {"product_return_rate": "share", "price_minor": "minor units"}


def lines(days: int = 4, a_day: int = FEWEST) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    count = days * a_day
    rate = rng.beta(3, 5, count)
    frame = pd.DataFrame({"product_return_rate": rate, "price_minor": np.exp(rng.normal(8, 1, count))})
    return frame, np.repeat(np.arange(days), a_day)


def test_the_first_day_has_none_and_later_ones_are_standardised() -> None:
    frame, day = lines()

    z = covariates_of(frame, day, len(frame), UNITS)

    assert (z[:, 0] == 1).all()
    assert (z[day == 0, 1:] == 0).all()
    np.testing.assert_allclose(z[day == 3, 1:].mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(z[day == 3, 1:].std(axis=0), 1, atol=0.15)


def test_later_lines_and_those_without_fields_change_no_scale() -> None:
    frame, day = lines()
    altered = frame.copy()
    altered.loc[day == 3, "price_minor"] *= 1000
    copies = pd.concat([frame, frame * 0.5], ignore_index=True)

    z = covariates_of(frame, day, len(frame), UNITS)

    assert (covariates_of(altered, day, len(frame), UNITS)[day < 3] == z[day < 3]).all()
    assert (covariates_of(copies, np.tile(day, 2), len(frame), UNITS)[: len(frame)] == z).all()


def test_a_missing_value_and_a_constant_say_nothing_and_far_ones_are_bounded() -> None:
    frame, day = lines()
    frame.loc[day == 2, "product_return_rate"] = np.nan
    frame.loc[day == 3, "price_minor"] = 1e15
    constant = frame.assign(price_minor=1999.0)

    z = covariates_of(frame, day, len(frame), UNITS)

    assert (z[day == 2, 1] == 0).all()
    assert (z[day == 3, 2] == FARTHEST).all()
    assert (covariates_of(constant, day, len(frame), UNITS)[:, 2] == 0).all()
