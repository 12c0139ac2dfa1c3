"""Scenarios: what is told apart, what is written, and what is refused."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.products.policy.problems import YAML, Problem, ProblemsError
from serving.products.policy.scenario import Scenario, changes
from serving.products.web.language import language
from tests.training.decisions.examples import COSTS, action, policy
from training.costs import Costs
from training.decisions.texts import read_usable

FASHION = Path("data/policies/fashion.yaml")
CHEAPER = Costs(**{**COSTS.model_dump(), "margin_share": 0.35})


def scenario(path: Path = FASHION) -> Scenario:
    return Scenario.of(read_usable(path).policy, COSTS)


def refused(text: str) -> list[Problem]:
    with pytest.raises(ProblemsError) as caught:
        Scenario.from_yaml(text, COSTS)
    return list(caught.value.problems)


def said(problem: Problem) -> str:
    return problem.say(language("en"))


@pytest.mark.parametrize("file", sorted(FASHION.parent.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_exported_is_the_policy_that_the_service_reads(tmp_path, file):
    shown = Scenario.from_yaml(file.read_text(encoding="utf-8"), COSTS)
    (tmp_path / "policy.yaml").write_text(shown.as_yaml("Scenario: as #it is\nsaved"), encoding="utf-8")

    assert read_usable(tmp_path / "policy.yaml") == read_usable(file)


@settings(max_examples=30)
@given(st.text(max_size=80))
def test_whatever_a_scenario_is_called_its_file_can_be_read(name):
    text = scenario().as_yaml(f"Scenario: {name}", COSTS)

    assert yaml.safe_load(text) == scenario().document


def test_costs_that_no_policy_can_hold_are_said_in_the_file():
    moved = Scenario.of(scenario().policy, CHEAPER)

    assert "# costs.margin_share: 0.35\n" in moved.as_yaml("", COSTS)
    assert "#" not in scenario().as_yaml("", COSTS)
    assert yaml.safe_load(moved.as_yaml("", COSTS)) == scenario().document


def test_a_scenario_keeps_its_name_however_it_is_written():
    whole = scenario()
    turned = Scenario.from_yaml(yaml.safe_dump(dict(whole.document), sort_keys=True), COSTS)

    assert Scenario.from_json(whole.as_json()).digest == whole.digest == turned.digest
    assert len({whole.digest, Scenario.of(whole.policy, CHEAPER).digest, Scenario.of(policy(), COSTS).digest}) == 3


def test_changes_are_listed_by_their_place_and_a_missing_action_by_its_name_alone():
    before = Scenario.of(policy(action("a"), action("b")), COSTS)
    after = Scenario.of(policy(action("b", per_day=5), level=0.8), CHEAPER)

    listed = {change.place: (change.before, change.after) for change in changes(before, after)}

    assert listed == {
        "costs.margin_share": ("0.4", "0.35"),
        "level": ("0.9", "0.8"),
        "actions.a": ("a", ""),
        "actions.b.per_day": ("", "5"),
    }
    assert changes(None, after) == []


def test_a_challenger_is_listed_as_an_action_is_and_exploration_by_its_values():
    challenger = {"name": "bold", "share": 0.1, "learned": "bold_v1"}
    before = Scenario.of(policy(challengers=[challenger]), COSTS)
    more = [{**challenger, "share": 0.2}, {**challenger, "name": "bolder"}]
    after = Scenario.of(policy(challengers=more, exploration={"share": 0.1, "method": "uniform"}), COSTS)

    listed = {change.place: (change.before, change.after) for change in changes(before, after)}

    assert listed["challengers.bold.share"] == ("0.1", "0.2")
    assert listed["challengers.bolder"] == ("", "bolder")
    assert listed["exploration.share"] == ("", "0.1")
    assert all(
        "{" not in text and before_ != after_ for before_, after_ in listed.values() for text in (before_, after_)
    )
    assert not {place for place in listed if place.startswith("challengers.bolder.")} | {"exploration"} & set(listed)


def test_broken_yaml_is_refused_with_its_line():
    (problem,) = refused("name: a\nlevel: [1,\nother: {")

    assert problem.field == YAML
    assert said(problem).startswith("expected YAML in line 4, column 1") or "line 3" in said(problem)


@pytest.mark.parametrize("text", ["2024-13-45", "[" * 500, "", "null", "3", "- a", "\x00"])
def test_what_is_no_policy_is_refused_and_never_fails(text):
    assert all(each.field == YAML for each in refused(text))


def test_a_wrong_value_is_refused_at_its_place_with_its_bound():
    text = FASHION.read_text(encoding="utf-8").replace("mean: -0.07", "mean: 5")

    (problem,) = refused(text)

    assert said(problem) == "actions.one_size_enough.effects.returns.ALL.mean: expected 1 or less; found 5"


def test_unknown_and_missing_keys_and_texts_that_have_no_value_are_refused():
    text = FASHION.read_text(encoding="utf-8")

    unknown, missing = refused(text.replace("holdout_share:", "holdout:"))
    (of_text,) = refused(text.replace("{other_size}", "{nothing}", 1))

    assert {said(unknown).partition(":")[0], said(missing).partition(":")[0]} == {"holdout_share", "holdout"}
    assert "{nothing}" in said(of_text)
