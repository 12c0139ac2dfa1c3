"""The commands that close the loop: tables of now, their outcomes, and the state of a new run."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest
import yaml

from data import tables
from data.errors import UserError
from data.logged import predictions
from data.predicted.columns import COLUMNS, DICTIONARY, FILE
from data.schema import ORDER_LINES
from data.sources import snapshot
from data.sources.params import DataParams
from data.times import now_us
from features.online_state.events import LineReturned, OrderPlaced, Status
from features.online_state.order import Order, OrderLine
from serving import outcomes, renew
from serving.settings import Settings
from serving.state.export import base_of, snapshot_folder, write
from serving.state.home import StateHome, live_state
from tests.data.predicted.test_join import SCORE
from tests.features.states import MAX_DELAY_DAYS
from tests.serving.served_shop import served_shop
from tests.workspace import TOP

HOUR = 3_600_000_000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder after a run, with its parameters, tables and seed, and a service that has used its store."""
    monkeypatch.chdir(tmp_path)
    for name in ("RETURN_RISK_STATE", "RETURN_RISK_PREDICTION_LOG", "RETURN_RISK_MODEL_DIR"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(TOP / "params.yaml", tmp_path)
    shop = served_shop()
    shutil.copytree(shop.seed.parent / "validated", "data/validated")
    shutil.copytree(shop.seed, "features/state")
    Path("data/raw").mkdir()
    source = {"id_key": {"fingerprint": "a key", "public_demo_key": False}}
    Path("data/raw/source.json").write_text(json.dumps(source))
    home().prepare()
    return tmp_path


def home() -> StateHome:
    return StateHome(Settings().state, MAX_DELAY_DAYS)


def tell(*events: OrderPlaced | LineReturned) -> list[Status]:
    store = home().open()
    try:
        return [each.status for each in live_state(store, served_shop().about, MAX_DELAY_DAYS).apply(events, now_us())]
    finally:
        store.close()


def placed(customer: str = "c1") -> OrderPlaced:
    return OrderPlaced("e", "o", ("l",), Order(customer, now_us() - HOUR, (OrderLine("p1", 1, 1000, size="m"),)))


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(TOP)}
    return subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, check=False, env=environment
    )


def with_source(project: Path, **keys: str) -> None:
    content = yaml.safe_load((project / "params.yaml").read_text())
    content["data"] |= keys
    (project / "params.yaml").write_text(yaml.safe_dump(content))


def test_the_first_snapshot_begins_with_the_tables_of_the_run_and_the_next_with_the_snapshot(project: Path) -> None:
    assert tell(placed()) == [Status.APPLIED]
    out = project / "data/snapshots/shop"
    first = write(home(), base_of(out), out)
    assert tell(LineReturned("r", "l", now_us())) == [Status.APPLIED]
    shutil.rmtree("data/validated")

    second = write(home(), base_of(out), out)

    assert first.changed == {"orders": 1, "products": 0, "customers": 0}
    assert (first.rows["order_lines"], first.rows["returns"] + 1) == (
        second.rows["order_lines"],
        second.rows["returns"],
    )
    assert snapshot.read(out).fingerprint == "a key"
    assert "l" in tables.read(ORDER_LINES, out)["line_id"].to_pylist()


def test_the_snapshot_lies_where_the_pipeline_reads_it_or_bears_the_name_of_the_shop() -> None:
    data = DataParams.model_validate(yaml.safe_load((TOP / "params.yaml").read_text())["data"])

    assert snapshot_folder(data) == Path("data/snapshots/simulated")
    assert snapshot_folder(data.model_copy(update={"source": "events", "path": Path("x/shop")})) == Path("x/shop")


def test_without_a_run_and_without_a_service_it_is_said_what_comes_first(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURN_RISK_STATE", "lmdb:nowhere")
    with pytest.raises(UserError, match="make serve"):
        write(StateHome("lmdb:nowhere", MAX_DELAY_DAYS), base_of(project / "out"), project / "out")
    shutil.rmtree("data/raw")

    with pytest.raises(UserError, match="dvc repro"):
        base_of(project / "out")


def test_the_command_refuses_to_retrain_on_tables_that_the_pipeline_does_not_read(project: Path) -> None:
    refused = command("serving.tables", "--to-train")
    with_source(project, source="events", path="data/snapshots/shop")
    done = command("serving.tables", "--to-train")

    assert refused.returncode == 1
    assert "set data.source to events, and data.path to data/snapshots/simulated" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert (project / "data/snapshots/shop/snapshot.json").is_file()


def test_scores_are_joined_with_what_events_say_by_now(project: Path) -> None:
    tell(placed(), LineReturned("r", "l", now_us(), "COLOR"))
    score = replace(SCORE, scored_at=now_us() - 2 * HOUR, line_id="l", product_id="p1", customer="c1")
    log = project / "log"
    log.mkdir()
    (log / predictions.PREDICTIONS.file_name(1, 1)).write_bytes(
        orjson.dumps(asdict(score), option=orjson.OPT_APPEND_NEWLINE)
    )
    settings = Settings(prediction_log=log)

    found = outcomes.with_outcomes(settings, project / "reports/predictions", 24)

    assert found == {"returned": 1}
    (row,) = pq.read_table(project / "reports/predictions" / FILE).to_pylist()
    assert (row["order_id"], row["joined_by"], row["reason"]) == ("o", "line_id", "COLOR")
    dictionary = (project / "reports/predictions" / DICTIONARY).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in dictionary[1:]] == [each.name for each in COLUMNS]
    with pytest.raises(UserError, match="ask the service for a score"):
        outcomes.with_outcomes(Settings(prediction_log=project / "none"), project / "reports/predictions", 24)


def test_a_state_of_other_features_waits_for_their_model_and_is_refused_without_it(project: Path) -> None:
    shop = served_shop()
    served = shop.model().pointer.model_copy(update={"folder": "bundle"})
    shop.bundle.save(project / "models/bundle")
    served.write(project / "models")
    settings = Settings(model_dir=project / "models")

    renew.wait_for_model(settings, shop.about, 0)
    with pytest.raises(UserError, match="restart it"):
        renew.wait_for_model(settings, replace(shop.about, state_digest="other"), 0)
    renew.wait_for_model(Settings(model_dir=project / "none"), replace(shop.about, state_digest="other"), 0)
