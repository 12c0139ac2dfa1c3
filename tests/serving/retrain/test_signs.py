import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.logged.predictions import PREDICTIONS
from data.times import to_us, utc_now
from serving.quality.found import Alarm, Expected, Part, Quality
from serving.retrain import __main__ as door
from serving.retrain import record
from serving.retrain.record import Outcome, Record
from serving.retrain.signs import gather
from serving.settings import Settings
from training.monitoring.retraining import RetrainingParams, Signs

CHOSEN = RetrainingParams(
    most_days=30, least_days=7, loss=0.003, new_products=0.2, recent_days=28, least_lines=2, most_hours=12
)
VALIDATED = Path("validated")
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
RATE = Expected(value=0.3, low=0.29, high=0.31)
WHOLE = Part(
    kind="all", name="last 28 days", meaning="", lines=9000, settled=10, known=0.5, mean_probability=0.3, rate=RATE,
    log_loss=Expected(value=0.57, low=0.56, high=0.58), expected_log_loss=0.55, level=0.1, slope=0.9,
    beyond=2, found=None,
)  # fmt: skip


def alarm(kind: str) -> Alarm:
    now = utc_now()
    return Alarm(
        id=kind, told_at=now, last_told_at=now, open=True, kind=kind, slice="x", since=now, direction="more", lines=9,
        mean_probability=0.3, rate=RATE, cost_minor_a_month=1, text=f"{kind} x: more lines come back",
    )  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    for name in ("reports", "validated", "log"):
        Path(name).mkdir()
    return Settings(model_dir=tmp_path / "models", prediction_log=tmp_path / "log", quality=tmp_path / "quality")


def test_where_nothing_was_seen_there_are_no_signs(settings: Settings) -> None:
    assert gather(settings, CHOSEN, VALIDATED) == Signs()


def test_signs_are_what_the_quality_watch_found_what_was_scored_and_the_last_training(settings: Settings) -> None:
    Quality(tried_at=utc_now(), parts=(WHOLE,), alarms=(alarm("all"), alarm("brand"))).write(settings.quality)
    pq.write_table(pa.table({"product_id": ["p1", "p1"]}), VALIDATED / "order_lines.parquet")
    now = utc_now()
    scored = [("p1", now), ("p2", now), ("p2", now - timedelta(days=40))]
    lines = [json.dumps({"scored_at": to_us(at), "product_id": product}) for product, at in scored]
    (settings.prediction_log / PREDICTIONS.file_name(to_us(now), 1)).write_text("\n".join(lines) + "\n")
    ended = now - timedelta(days=10)
    record.close(Record(process=1, why=(), started_at=ended, ended_at=ended, outcome=Outcome.DONE))

    found = gather(settings, CHOSEN, VALIDATED)

    assert found.days == pytest.approx(10, abs=0.01)
    assert found.excess is not None
    assert (found.excess.log_loss_low, found.excess.level, found.excess.rate) == (0.56, 0.1, 0.3)
    assert found.alarms == ("brand x: more lines come back",)  # that of all lines is the level's
    assert (found.scored_lines, found.new_lines) == (2, 1)


def test_the_reasons_are_written_and_said(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    Quality(tried_at=utc_now(), parts=(WHOLE,)).write(settings.quality)

    found = door.needed(settings, CHOSEN)

    assert [each.kind for each in found] == ["loss"]
    assert f"it is time to train anew: {found[0].text}" in caplog.text
    written = json.loads(record.NEEDED.read_text())
    assert written["reasons"] == [{"kind": "loss", "text": found[0].text}]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.RUNNING])
def test_a_training_that_did_not_come_to_its_end_is_none(settings: Settings, outcome: Outcome) -> None:
    record.close(Record(process=1, why=(), started_at=LONG_AGO, ended_at=LONG_AGO, outcome=outcome))

    assert gather(settings, CHOSEN, VALIDATED).days is None
