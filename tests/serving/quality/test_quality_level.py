"""The level of the served model follows the lines that it scored."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from scipy.special import expit

from data.times import utc_now
from serving.model.folder import Pointer
from serving.model.level import LevelFile, Source, move, moves_of
from serving.quality.level import follow_level
from serving.settings import Settings
from tests.serving.test_level import FRAME, MODELS, bundle, project, serve  # noqa: F401 - fixtures
from tests.training.small_matrix import LEVEL
from training.model.bundle import Bundle
from training.model.level.days import latest_level

pytestmark = pytest.mark.usefixtures("project")
NOW = FRAME[["ordered_at", "settled_at"]].max().max() + pd.Timedelta(microseconds=1)


@pytest.fixture
def served(bundle: Bundle) -> Bundle:  # noqa: F811 - the fixture
    return bundle


def scored(served: Bundle, shift: float = 0.0, version: str = "7") -> pd.DataFrame:
    """The lines of the matrix, scored at a level."""
    margin = served.log_odds(served.rows(FRAME, served.score_features)) + shift
    return FRAME.assign(probability=expit(margin), level_shift=shift, model_version=version)


def times() -> pd.DataFrame:
    return FRAME.assign(cancelled_at=pd.Series(pd.NaT, index=FRAME.index, dtype="datetime64[us]"))


def follow(lines: pd.DataFrame, *, follows: bool = True) -> LevelFile | None:
    lines = lines.assign(cancelled_at=pd.Series(pd.NaT, index=lines.index, dtype="datetime64[us]"))
    follow_level(Settings(level_follows=follows), lines, times(), NOW)
    return LevelFile.read(MODELS)


def test_it_is_what_the_matrix_would_tell_whatever_level_the_scores_had(served: Bundle) -> None:
    wanted = latest_level(served, Path("features/matrix/lines.parquet"), FRAME, LEVEL)

    found = follow(scored(served))
    LevelFile.path(MODELS).unlink()
    other = follow(scored(served, shift=0.3))

    assert found is not None
    assert other is not None
    assert found.shift == pytest.approx(wanted.shift, abs=1e-9)
    assert other.shift == pytest.approx(wanted.shift, abs=1e-9)
    assert (found.source, found.lines, found.settled_lines) == (Source.LOG, wanted.lines, wanted.settled)
    assert len(moves_of(MODELS)) == 2


def test_lines_of_another_version_do_not_count_and_without_lines_nothing_moves(served: Bundle) -> None:
    assert follow(scored(served, version="6")) is None
    assert follow(scored(served), follows=False) is None
    assert moves_of(MODELS) == []


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, True),
        ({"lines": 0}, False),
        ({"as_of": utc_now() - timedelta(days=4)}, False),
        ({"as_of": utc_now() - timedelta(days=4), "held": "a reason", "lines": 0}, True),
        ({"bundle_sha256": "another", "held": "a reason"}, False),
    ],
)
def test_a_level_of_the_tables_stays_while_it_is_young_and_of_more_lines_and_a_held_one_stays(
    served: Bundle, *, changes: dict[str, object], stays: bool
) -> None:
    pointer = Pointer.read(MODELS)
    assert pointer is not None
    usual = LevelFile(
        bundle_sha256=pointer.bundle_sha256, shift=0.123, as_of=utc_now(), lines=10**6, settled_lines=9, bounded=False
    )
    move(MODELS, usual.model_copy(update=changes), "a run")

    found = follow(scored(served))

    assert found is not None
    assert (found.shift == 0.123) == stays


def test_a_bundle_that_knows_not_what_it_learned_from_gets_no_level(served: Bundle) -> None:
    serve(replace(served, built={}))

    assert follow(scored(served)) is None
