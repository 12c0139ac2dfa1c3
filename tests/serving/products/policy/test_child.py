"""A replay in a process of its own, and how its end is noted."""

import sqlite3
from pathlib import Path

import pytest

from serving.products.policy import child, runs
from serving.products.policy.child import RESULT, Request, Tried, answer
from serving.products.policy.runs import Runs
from serving.products.policy.scenarios import Scenarios
from tests.training.decisions.examples import COSTS, action, policy
from tests.training.decisions.replay import small_table

RUNNING = Tried(policy=policy(), costs=COSTS)


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    return Request(
        baskets=small_table.write(tmp_path / "replay"), report=tmp_path, min_probability=0.9,
        scenario=Tried(policy=policy(action(lines={"features": {"customer_lines": {"least": 3}}})), costs=COSTS),
        running=RUNNING, costs=COSTS,
    )  # fmt: skip


def test_a_request_and_its_result_cross_as_json(request_):
    again = Request.model_validate_json(request_.model_dump_json())

    found = answer(again)

    assert again == request_
    assert 0 < found.scenario.acted < found.running.acted
    assert RESULT.validate_json(RESULT.dump_json(found)) == found


def test_a_process_replays_and_its_result_is_noted(request_, tmp_path):
    kept = Scenarios(tmp_path / "scenarios.sqlite")

    Runs(kept)._run("k", request_)

    run = kept.run("k")
    assert run is not None
    assert not run.trouble
    assert RESULT.validate_json(run.result) == answer(request_)


def test_baskets_that_are_missing_are_noted_as_trouble(request_, tmp_path):
    kept = Scenarios(tmp_path / "scenarios.sqlite")

    Runs(kept)._run("k", request_.model_copy(update={"baskets": tmp_path / "none"}))

    run = kept.run("k")
    assert run is not None
    assert "dvc repro replay" in run.trouble


def test_a_process_that_dies_is_noted_as_trouble(request_, tmp_path, monkeypatch):
    kept = Scenarios(tmp_path / "scenarios.sqlite")
    monkeypatch.setattr(runs, "MODULE", "serving.products.policy.no_such_module")

    Runs(kept)._run("k", request_)

    run = kept.run("k")
    assert run is not None
    assert run.trouble
    assert not run.running


def test_no_more_replays_wait_than_there_are_places(request_, tmp_path, monkeypatch):
    kept = Scenarios(tmp_path / "scenarios.sqlite")
    monkeypatch.setattr(runs, "MOST_AT_ONCE", 0)

    Runs(kept).start("k", request_)

    run = kept.run("k")
    assert run is not None
    assert "too many" in run.trouble


def test_what_the_process_says_is_how_far_it_is(capfdbinary):
    child._progress(3, 10)

    assert capfdbinary.readouterr().out == b'{"done":3,"of_all":10}\n'


def test_a_file_that_can_not_be_written_ends_a_replay_and_no_worker(request_, tmp_path, monkeypatch):
    kept = Scenarios(tmp_path / "scenarios.sqlite")
    assert kept.begin("k", 0, 0)

    def locked(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(sqlite3, "connect", locked)
    monkeypatch.setattr(runs, "MODULE", "serving.products.policy.no_such_module")
    Runs(kept)._run("k", request_)
