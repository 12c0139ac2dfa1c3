"""The file of scenarios: what was saved stays, what was only tried is forgotten in time."""

import sqlite3
from pathlib import Path

import pytest
from pydantic import ValidationError

from serving.products.policy import scenarios as stored
from serving.products.policy.scenario import Scenario
from serving.products.policy.scenarios import Run, ScenarioName, Scenarios, ScenariosError
from tests.training.decisions.examples import COSTS, policy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scenarios.sqlite"


@pytest.fixture
def kept(path: Path) -> Scenarios:
    return Scenarios(path)


def scenario(level: float = 0.9) -> Scenario:
    return Scenario.of(policy(level=level), COSTS)


def name(text: str, of: Scenario) -> ScenarioName:
    return ScenarioName(name=text, scenario=of.digest)


def test_what_was_tried_is_found_by_its_content(kept):
    kept.keep(scenario())

    assert kept.find(scenario().digest) == scenario()
    assert kept.find("0" * 16) is None


def test_the_latest_scenario_of_each_name_is_listed_with_who_and_when(kept):
    for level in (0.8, 0.9):
        kept.keep(scenario(level))
    assert kept.save(name("Bold", scenario(0.8)), "ann")
    assert kept.save(name("Bold", scenario(0.9)), "ben")
    assert kept.save(name("Shy", scenario(0.9)), "ann")

    listed = [(each.name, each.digest, each.who) for each in kept.saved()]

    assert listed == [("Shy", scenario(0.9).digest, "ann"), ("Bold", scenario(0.9).digest, "ben")]
    assert kept.of([scenario(0.8).digest])[scenario(0.8).digest].who == "ann"


@pytest.mark.parametrize("text", ["Two\nlines", "Two\r\nlines", "A\ttab", "Two\u2028lines", "Two\x85lines", "A\x7f"])
def test_a_name_stands_on_one_line(text):
    with pytest.raises(ValidationError, match="without control characters"):
        name(text, scenario())


@pytest.mark.parametrize("text", ["Kühn, 20 %", "更大胆\u3000试用", " Bold\n"])
def test_a_name_may_have_any_letters_and_blanks_and_those_about_it_go(text):
    assert name(text, scenario()).name == text.strip()


def test_a_name_of_an_earlier_version_with_line_breaks_is_shown_on_one_line(kept):
    kept.keep(scenario())
    kept.save(ScenarioName.model_construct(name="Two\nlines", scenario=scenario().digest), "ann")

    assert kept.of([scenario().digest])[scenario().digest].names == "Two lines"


def test_a_scenario_has_all_names_that_no_other_one_got_since_else_its_last(kept):
    one, other = scenario(0.8), scenario(0.9)
    for each in (one, other):
        kept.keep(each)
    for text, of in [("A", one), ("B", one), ("C", one), ("B", other), ("D", other), ("D", one)]:
        kept.save(name(text, of), "ann")

    assert kept.of([one.digest])[one.digest].names == "D, C, A"
    kept.save(name("B", one), "ann")
    assert kept.of([other.digest])[other.digest].names == "D"


def test_what_was_only_tried_is_forgotten_after_many_others_and_what_was_saved_is_not(kept, monkeypatch):
    monkeypatch.setattr(stored, "MOST_TRIED", 3)
    levels = [0.6 + number / 100 for number in range(6)]
    kept.keep(scenario(levels[0]))
    kept.save(name("First", scenario(levels[0])), "ann")
    for level in levels[1:]:
        kept.keep(scenario(level))

    assert [kept.find(scenario(level).digest) is not None for level in levels] == [True, False, False, True, True, True]
    assert not kept.save(name("Late", scenario(levels[1])), "ann")


def test_what_was_saved_can_neither_be_changed_nor_removed(kept, path):
    kept.keep(scenario())
    kept.save(name("Bold", scenario()), "ann")

    for statement in ("UPDATE saved SET who = 'x'", "DELETE FROM saved"):
        with sqlite3.connect(path) as database, pytest.raises(sqlite3.IntegrityError):
            database.execute(statement)


def test_one_replay_runs_for_all_workers_until_it_falls_silent(kept, path):
    other = Scenarios(path)

    assert kept.begin("k", 10, 10**9)
    assert not other.begin("k", 10, 10**9)
    assert other.begin("k", 10, 0)
    kept.say("k", Run("", "", 5, 10, 0))
    found = other.run("k")
    assert found is not None
    assert (found.running, found.done, found.of_all) == (True, 5, 10)
    kept.say("k", Run("{}", "", 0, 0, 0))
    assert not other.begin("k", 10, 0)


def test_a_replay_that_failed_may_begin_again(kept):
    kept.begin("k", 0, 10**9)
    kept.say("k", Run("", "broken", 0, 0, 0))

    assert kept.begin("k", 0, 10**9)


def test_a_file_that_is_none_is_refused(path):
    path.write_text("no database, but long enough to be read as one " * 30)

    with pytest.raises(ScenariosError, match="RETURN_RISK_POLICY_SCENARIOS"):
        Scenarios(path).saved()
