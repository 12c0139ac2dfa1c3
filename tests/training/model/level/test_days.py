from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from tests.training.small_matrix import CATALOG, LEVEL, SPLIT, TRAINING, matrix_frame, write_matrix
from training.model import fit
from training.model.bundle import Bundle
from training.model.level import days
from training.model.level.days import NO_LEVELS, daily_levels, latest_level
from training.model.level.known import MICROSECOND
from training.model.level.level import find_level
from training.model.split import DAY, final_split

FRAME = matrix_frame()
CUTS = final_split(FRAME, SPLIT)
TESTED = FRAME[CUTS.test(FRAME)]


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_matrix(FRAME, tmp_path_factory.mktemp("matrix") / "lines.parquet")


@pytest.fixture(scope="module")
def bundle(matrix: Path) -> Bundle:
    return fit.train(matrix, FRAME, CUTS, CATALOG, TRAINING)[0]


def test_each_day_of_the_test_has_the_level_of_its_first_moment(bundle: Bundle, matrix: Path) -> None:
    found = daily_levels(bundle, matrix, FRAME, TESTED["ordered_at"], LEVEL)

    assert list(found.by_day) == sorted(TESTED["ordered_at"].dt.normalize().unique())
    assert all(level.as_of == day for day, level in found.by_day.items())
    assert len({level.shift for level in found.by_day.values()}) > 5
    shifts = found.shifts(TESTED["ordered_at"])
    assert shifts[0] == found.by_day[CUTS.test_from].shift
    assert np.isfinite(shifts).all()


def test_the_service_finds_the_level_that_the_evaluation_gives_to_the_same_moment(
    bundle: Bundle, tmp_path: Path, matrix: Path
) -> None:
    day = CUTS.test_from + 9 * DAY
    offline = daily_levels(bundle, matrix, FRAME, TESTED["ordered_at"], LEVEL).by_day[day]
    tables = FRAME[FRAME["ordered_at"] < day].copy()
    unknown = ~(tables["settled_at"] < day)
    tables.loc[unknown, "settled_at"] = pd.NaT
    tables.loc[unknown | (tables["closes_at"] >= day), "label"] = pd.NA

    online = latest_level(bundle, write_matrix(tables, tmp_path / "lines.parquet"), tables, LEVEL)

    latest = tables[["ordered_at", "settled_at"]].max().max()
    assert online.as_of == latest + MICROSECOND  # the tables say nothing of the last minutes of the day
    again = find_level(
        days._lines(bundle, matrix, FRAME, (CUTS.train.until, day)), CUTS.train.until, online.as_of, LEVEL
    )
    assert online == again
    assert online.shift == pytest.approx(offline.shift, abs=2e-3)


def test_a_level_moves_nothing_but_the_log_odds(bundle: Bundle) -> None:
    x = bundle.rows(TESTED, bundle.score_features)
    plain, moved = bundle.score_rows(x), bundle.score_rows(x, shift=0.25)

    np.testing.assert_allclose(moved.margin, plain.margin + 0.25, rtol=0, atol=1e-12)
    np.testing.assert_allclose(moved.probability, expit(moved.margin), rtol=0, atol=1e-12)
    explained = bundle.drivers.expected + 0.25 + bundle.drivers.of_features(x).sum(axis=1)
    np.testing.assert_allclose(explained, moved.margin, rtol=0, atol=1e-9)
    assert (moved.low <= moved.probability).all()
    assert (moved.probability <= moved.high).all()
    assert logit(bundle.prior(0.25)[0]) == pytest.approx(logit(bundle.prior()[0]) + 0.25)


def test_lines_of_several_days_are_scored_at_the_level_of_their_own(bundle: Bundle) -> None:
    shift = np.linspace(-0.2, 0.2, len(TESTED))

    np.testing.assert_allclose(bundle.score(TESTED, shift).margin, bundle.score(TESTED).margin + shift, atol=1e-12)


def test_without_a_deviation_and_for_an_earlier_bundle_there_are_no_levels(bundle: Bundle, matrix: Path) -> None:
    off = LEVEL.model_copy(update={"deviation": 0.0})
    earlier = replace(bundle, built={name: value for name, value in bundle.built.items() if name != "learned_until"})

    for found in (
        daily_levels(bundle, matrix, FRAME, TESTED["ordered_at"], off),
        daily_levels(earlier, matrix, FRAME, TESTED["ordered_at"], LEVEL),
    ):
        assert found == NO_LEVELS
        assert not found.shifts(TESTED["ordered_at"]).any()
    with pytest.raises(ValueError, match="earlier version"):
        latest_level(earlier, matrix, FRAME, LEVEL)
