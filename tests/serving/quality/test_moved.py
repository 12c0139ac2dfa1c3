"""The alarms that go on, explained by the features that the prediction log keeps."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from data.logged.predictions import PREDICTIONS
from serving.model.folder import Pointer
from serving.quality.moved import MOST_ALARMS, NOT_KEPT, UNEXPLAINED, with_moved
from serving.settings import Settings
from tests.data.predicted.test_join import SCORE
from tests.serving.quality.small_quality import alarm, quality
from tests.serving.test_level import FRAME, MODELS, bundle, project  # noqa: F401 - fixtures
from training.model.bundle import Bundle
from training.model.split import DAY

pytestmark = pytest.mark.usefixtures("project")
SINCE = FRAME["ordered_at"].max().normalize() - 10 * DAY
SCORED = FRAME.assign(request_id=FRAME["line_id"], basket=0, line=0)
ALL = {
    "kind": "all",
    "since": SINCE.tz_localize("UTC").to_pydatetime(),
    "last_told_at": (SINCE + 11 * DAY).tz_localize("UTC").to_pydatetime(),
}


def log_features(folder: Path, bundle: Bundle, gone: str | None = None, without: str | None = None) -> Settings:  # noqa: F811
    """Log the lines of the matrix: one feature is missing since evidence grows, another in the log."""
    folder.mkdir()
    with (folder / PREDICTIONS.file_name(1, 1)).open("wb") as file:
        for row in FRAME[FRAME["ordered_at"] >= SINCE - 30 * DAY].to_dict("records"):
            values = {name: float(row[name]) for name in bundle.score_features if name != without}
            if gone is not None and row["ordered_at"] >= SINCE:
                values[gone] = np.nan
            score = replace(SCORE, request_id=row["line_id"], features=values)
            file.write(orjson.dumps(asdict(score), option=orjson.OPT_APPEND_NEWLINE))
    return Settings(prediction_log=folder)


def test_the_feature_that_stopped_coming_is_named_in_the_file_and_in_words(tmp_path: Path, bundle: Bundle) -> None:  # noqa: F811
    x = bundle.rows(FRAME, bundle.score_features)
    feature = bundle.score_features[int(np.abs(bundle.drivers.of_features(x)).mean(axis=0).argmax())]
    settings = log_features(tmp_path / "log", bundle, gone=feature)

    going_on, over = with_moved(
        quality(alarms=(alarm("all lines", **ALL), alarm("all lines", id="o", open=False, **ALL))), SCORED, settings
    ).alarms

    assert going_on.moved is not None
    first = going_on.moved[0]
    assert (first.feature, first.after, first.missing_before, first.missing_after) == (feature, None, 0.0, 1.0)
    assert f"{feature} " in going_on.text
    assert "(missing in 100%, before 0%)" in going_on.text
    assert over == alarm("all lines", id="o", open=False, **ALL)


@pytest.mark.parametrize("lacks", ["all", "one", "a model"])
def test_where_the_features_are_not_known_the_text_says_what_to_run(
    tmp_path: Path,
    bundle: Bundle,  # noqa: F811
    lacks: str,
) -> None:
    settings = log_features(tmp_path / "log", bundle, without=bundle.score_features[0])
    if lacks == "all":
        settings = settings.model_copy(update={"prediction_log": tmp_path / "none"})
    if lacks == "a model":
        Pointer.path(MODELS).unlink()

    (found,) = with_moved(quality(alarms=(alarm("all lines", **ALL),)), SCORED, settings).alarms

    assert found.moved is None
    assert found.text.endswith(NOT_KEPT)
    assert "RETURN_RISK_PREDICTION_LOG_FEATURES=true" in NOT_KEPT


def test_the_alarms_that_cost_most_are_explained(tmp_path: Path, bundle: Bundle) -> None:  # noqa: F811
    settings = log_features(tmp_path / "log", bundle)
    many = tuple(alarm("all lines", **ALL, id=str(n), cost_minor_a_month=-n) for n in range(MOST_ALARMS + 1))

    found = with_moved(quality(alarms=many), SCORED, settings).alarms

    assert [each.moved is None for each in found] == [True] + [False] * MOST_ALARMS
    assert found[0].text.endswith(UNEXPLAINED)
    assert not found[0].text.endswith(NOT_KEPT)
