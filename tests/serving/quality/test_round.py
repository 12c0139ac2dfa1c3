"""A round from the log to the file, over the tables of a shop."""

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from data import tables
from data.logged.decisions import DECISIONS
from data.logged.predictions import PREDICTIONS
from data.schema import ORDER_LINES
from data.times import to_us, utc_now
from serving.model.folder import Pointer
from serving.quality.found import Quality
from serving.quality.joined import tables_of_now
from serving.quality.lines import logged_lines, shop_times
from serving.quality.round import look_once
from serving.settings import Settings
from tests.data.predicted.test_join import SCORE
from tests.serving.served_shop import served_shop
from tests.serving.test_tables import project  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    content = yaml.safe_load(Path("params.yaml").read_text())
    content["monitoring"] |= {"least_lines": 20, "recent_days": 60}
    Path("params.yaml").write_text(yaml.safe_dump(content))
    return Settings(quality=tmp_path / "quality", prediction_log=tmp_path / "log", decision_log=tmp_path / "decisions")


def log_scores(folder: Path) -> pd.DataFrame:
    """Log two scores of each line of the last 60 days of the tables, the first by priors; give the lines."""
    lines: pd.DataFrame = pq.read_table(tables.path(ORDER_LINES, tables.VALIDATED)).to_pandas()
    lines = lines[lines["ordered_at"] >= lines["ordered_at"].max() - pd.Timedelta(days=60)]
    folder.mkdir()
    with (folder / PREDICTIONS.file_name(1, 1)).open("wb") as file:
        for number, row in enumerate(lines.to_dict("records")):
            score = replace(
                SCORE,
                scored_at=to_us(row["ordered_at"].to_pydatetime()) - 1,
                request_id=f"request {number}",
                line_id=row["line_id"],
                product_id=row["product_id"],
                lines=2,
                model_version="7",
            )
            for each in (replace(score, scored_at=score.scored_at - 1, model_version=None, line=9), score):
                file.write(orjson.dumps(asdict(each), option=orjson.OPT_APPEND_NEWLINE))
    return lines.reset_index(drop=True)


def log_a_fault(folder: Path, since: pd.Timestamp, features: tuple[str, ...]) -> None:
    """Rewrite the log: from a time on the scores are far too low, and all features are 1 instead of 0."""
    file = folder / PREDICTIONS.file_name(1, 1)
    scores = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    for score in scores:
        late = score["scored_at"] >= to_us(since.to_pydatetime())
        score |= {"probability": 0.02 if late else 0.3, "features": dict.fromkeys(features, float(late))}
    file.write_bytes(b"".join(orjson.dumps(score, option=orjson.OPT_APPEND_NEWLINE) for score in scores))


def log_arms(folder: Path, requests: int) -> None:
    folder.mkdir()
    lines = [{"decision_id": str(n), "request_id": f"request {n}", "arm": "holdout"} for n in range(requests)]
    content = b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in lines)
    (folder / DECISIONS.file_name(1, 1)).write_bytes(content)


def test_each_ordered_line_comes_once_with_the_last_score_of_a_model_its_outcome_its_labels_and_its_arm(
    settings: Settings, tmp_path: Path
) -> None:
    lines = log_scores(settings.prediction_log)
    log_arms(settings.decision_log, 3)

    with tables_of_now(settings, tmp_path / "beside") as now:
        times = shop_times(now)
        found = logged_lines(now, times, settings.prediction_log, settings.decision_log)

    assert sorted(found["line_id"]) == sorted(lines["line_id"])
    assert set(found["part"]) == {"version 7"}
    assert set(found["probability"]) == {0.3}
    assert set(found["level_shift"]) == {0.0}
    assert {"label", "settled_at", "closes_at", "price_minor", "quantity", "category"} <= set(found.columns)
    assert found["arm"].notna().sum() == 3
    for row in found.itertuples():
        earlier = times[(times["ordered_at"] < row.ordered_at) & (times["product_id"] == row.product_id)]
        assert row.product_lines == len(earlier)


def test_a_round_tells_of_the_shops_lines_and_writes_it(settings: Settings) -> None:
    lines = log_scores(settings.prediction_log)

    found = look_once(settings)

    assert found.problem is None
    assert found.whole is not None
    assert (found.scores, found.joined) == (2 * len(lines), len(lines))
    assert 20 < found.whole.lines <= len(lines)  # without cancelled ones, and those whose outcome was never recorded
    assert found.whole.mean_probability == pytest.approx(0.3)
    assert found.whole.rate.low <= found.whole.rate.value <= found.whole.rate.high
    assert found.known_until is not None
    assert found.known_until.replace(tzinfo=None) > lines["ordered_at"].max()
    assert Quality.read(settings.quality) == found


def test_a_round_explains_the_alarms_that_go_on_by_the_features_in_the_log(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.monitoring.moved.LEAST_LINES", 3)
    bundle, when = served_shop().bundle, utc_now()
    bundle.save(settings.model_dir / "7")
    pointer = Pointer(name="shop", version=7, bundle_sha256="", folder="7", tags={}, since=when, fetched_at=when)
    pointer.write(settings.model_dir)
    lines = log_scores(settings.prediction_log)
    log_a_fault(settings.prediction_log, pd.Timestamp(lines["ordered_at"].median()), bundle.score_features)
    content = yaml.safe_load(Path("params.yaml").read_text())
    content["monitoring"] |= {"tolerance": 0.0, "days_a_false_alarm": 30, "most_labels": 2}
    Path("params.yaml").write_text(yaml.safe_dump(content))

    explained = [each for each in look_once(settings).open_alarms if each.moved is not None]

    assert explained
    for each in explained:
        assert ("What moved these scores" if each.moved else "No feature surely moved") in each.text


def test_a_round_that_can_tell_nothing_keeps_what_was_told_before_and_says_why(settings: Settings) -> None:
    nothing = look_once(settings)
    log_scores(settings.prediction_log)
    told = look_once(settings)
    shutil.rmtree("data/validated")
    after = look_once(settings)

    assert "ask the service for a score" in str(nothing.problem)
    assert (nothing.whole, nothing.told_at) == (None, None)
    assert told.problem is None
    assert "dvc repro" in str(after.problem)
    assert (after.parts, after.told_at) == (told.parts, told.told_at)
    assert after.tried_at > told.tried_at
