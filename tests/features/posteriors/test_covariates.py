"""Covariates: standardised by whole lines of earlier days, and nothing where that is too little."""

import numpy as np
import pandas as pd

from data.arrays import Floats, Ints
from features.posteriors.covariates import FARTHEST, FEWEST, Scales, covariates_at, covariates_of, rows_for

SHARES = [True, False]


def lines(days: int = 4, a_day: int = FEWEST) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    count = days * a_day
    rate = rng.beta(3, 5, count)
    frame = pd.DataFrame({"product_return_rate": rate, "price_minor": np.exp(rng.normal(8, 1, count))})
    return frame, np.repeat(np.arange(days), a_day)


def covariates(frame: pd.DataFrame, day: Ints, count: int) -> Floats:
    return with_scales(frame, day, count)[0]


def with_scales(frame: pd.DataFrame, day: Ints, count: int) -> tuple[Floats, Scales]:
    rows = rows_for(len(frame), len(frame.columns))
    rows[:, 1:] = frame
    scales = covariates_of(rows, day, count, SHARES)
    return rows, scales


def test_the_first_day_has_none_and_later_ones_are_standardised() -> None:
    frame, day = lines()

    z = covariates(frame, day, len(frame))

    assert (z[:, 0] == 1).all()
    assert (z[day == 0, 1:] == 0).all()
    np.testing.assert_allclose(z[day == 3, 1:].mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(z[day == 3, 1:].std(axis=0), 1, atol=0.15)


def test_later_lines_and_those_without_fields_change_no_scale() -> None:
    frame, day = lines()
    altered = frame.copy()
    altered.loc[day == 3, "price_minor"] *= 1000
    copies = pd.concat([frame, frame * 0.5], ignore_index=True)

    z = covariates(frame, day, len(frame))

    assert (covariates(altered, day, len(frame))[day < 3] == z[day < 3]).all()
    assert (covariates(copies, np.tile(day, 2), len(frame))[: len(frame)] == z).all()


def test_a_missing_value_and_a_constant_say_nothing_and_far_ones_are_bounded() -> None:
    frame, day = lines()
    frame.loc[day == 2, "product_return_rate"] = np.nan
    frame.loc[day == 3, "price_minor"] = 1e15
    constant = frame.assign(price_minor=1999.0)

    z = covariates(frame, day, len(frame))

    assert (z[day == 2, 1] == 0).all()
    assert (z[day == 3, 2] == FARTHEST).all()
    assert (covariates(constant, day, len(frame))[:, 2] == 0).all()


def test_the_scales_of_the_next_day_give_what_a_scan_that_goes_on_gives() -> None:
    frame, day = lines()
    frame.loc[day == 3, "price_minor"] = np.where(
        frame.loc[day == 3].index % 2, np.nan, frame.loc[day == 3, "price_minor"]
    )
    before = day < 3

    _, scales = with_scales(frame[before], day[before], int(before.sum()))

    there = covariates_at(frame[~before].to_numpy(), np.array(SHARES), scales)
    np.testing.assert_allclose(there, covariates(frame, day, len(frame))[~before], rtol=0, atol=1e-14)
