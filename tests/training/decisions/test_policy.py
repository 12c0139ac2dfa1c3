from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.errors import UserError
from tests.training.decisions.examples import action, basket, line, policy
from training.decisions.policy_reading import read_policy
from training.decisions.rules import checks_of, lines_of
from training.decisions.texts import read_usable

EXAMPLES = sorted(Path("data/policies").glob("*.yaml"))


def written(tmp_path: Path, **changes: Any) -> Path:
    content = policy(action("size"), action("other")).model_dump(mode="json")
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump({**content, **changes}))
    return path


def learned(name: str, share: float = 0.1, **changes: Any) -> dict[str, Any]:
    return {"name": name, "share": share, "learned": "first", **changes}


def own_action(**changes: Any) -> dict[str, Any]:
    return {**action().model_dump(mode="json"), **changes}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_can_be_used_as_they_are(path: Path) -> None:
    assert read_usable(path).policy.actions


def test_there_is_an_example_for_each_kind_of_shop() -> None:
    assert [path.stem for path in EXAMPLES] == ["electronics", "fashion"]


def test_comments_and_layout_do_not_change_the_digest_and_a_figure_does(tmp_path: Path) -> None:
    first = read_policy(written(tmp_path))
    path = written(tmp_path)
    path.write_text("# a comment\n" + path.read_text())

    assert read_policy(path).digest == first.digest
    assert read_policy(written(tmp_path, level=0.8)).digest != first.digest


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"holdout_share": 0}, "holdout_share = 0"),
        ({"holdup_share": 0.1}, "unknown key holdup_share"),
        ({"actions": [own_action(costs={})]}, "unknown key actions.hint.costs"),
        ({"actions": [own_action(), own_action()]}, "two actions have the name hint"),
        ({"actions": [own_action(texts={"en": "hi", "de": "", "zh": "x"})]}, "a text in de is lacking"),
        ({"actions": [own_action(lines={"probability": {"least": 0.9, "most": 0.1}})]}, "least must not be above most"),
        (
            {"actions": [own_action(effects={"returns": {"TOO_SMALL": {"mean": 0, "spread": 0}}, "source": "x"})]},
            "expected a reason, such as SIZE_TOO_SMALL",
        ),
        ({"challengers": [{"name": "a", "share": 0.1}]}, "one of policy and learned is needed"),
        ({"challengers": [learned("a", policy="x.yaml")]}, "one of policy and learned is needed"),
        ({"challengers": [learned("holdout")]}, "holdout is the name of another arm"),
        ({"challengers": [learned("a"), learned("a")]}, "two challengers have the name a"),
        ({"challengers": [learned("a", share=0.9)]}, "leave 0 of the units to the policy"),
        ({"exploration": {"share": 0.8}, "challengers": [learned("a")]}, "have to leave at least 0.001"),
        ({"exploration": {"share": 0.1, "least_chance": 0.4}}, "exploration.least_chance must be at most 0.333333"),
        ({"exploration": {"share": 0.1, "method": "greedy"}}, "exploration.method = 'greedy'"),
        ({"holdout_share": True}, "holdout_share = True: Input should be a valid number"),
        ({"holdout_share": 1}, "holdout_share = 1: "),
        ({"holdout_share": 1e-12}, "holdout_share = 1e-12: "),
        ({"holdout_share": "0.1"}, "holdout_share = '0.1': "),
        ({"restrictions": 1}, "restrictions = 1: "),
        ({"level": float("nan")}, "level = nan: "),
        ({"later_margin_minor": {"guest": 300, "new": 1500}}, "no margin for occasional, active, lapsing, lost"),
        ({"actions": [own_action(lines={"probability": {"least": 35}})]}, "lines.probability.least = 35: "),
        ({"actions": [own_action(lines={"probability": {"least": float("nan")}})]}, "probability.least = nan: "),
        (
            {"actions": [own_action(lines={"features": {"basket_linez": {"least": 3}}})]},
            "actions.hint.lines.features.basket_linez: no feature has this name, did you mean basket_lines?",
        ),
        ({"actions": [own_action(lines={"drivers": ["sise"]})]}, "no factor has this name, did you mean size?"),
        ({"actions": [own_action(lines=None)]}, "actions.hint.lines = None: expected keys with values"),
    ],
)
def test_a_wrong_policy_names_the_place_in_the_shops_own_words(
    tmp_path: Path, changes: dict[str, Any], found: str
) -> None:
    with pytest.raises(UserError) as refused:
        read_policy(written(tmp_path, **changes))

    assert found in refused.value.found


def test_a_typo_in_a_reason_is_one_fault_and_an_empty_list_is_another(tmp_path: Path) -> None:
    for of, said in ((["ARIVED_LATE"], "Input should be"), ([], "at least 1 item")):
        lines = {"reasons": {"of": of, "least": 0.1}}
        with pytest.raises(UserError) as refused:
            read_policy(written(tmp_path, actions=[own_action(lines=lines)]))
        assert said in refused.value.found
        assert "; " not in refused.value.found


@pytest.mark.parametrize(
    "name", ["customer_return_rate_45d", "attribute_material_return_rate", "product_settled_lines", "quantity"]
)
def test_features_of_any_half_life_and_of_declared_attributes_may_be_conditions(tmp_path: Path, name: str) -> None:
    action_of = own_action(lines={"features": {name: {"least": 0.1}}})

    assert read_policy(written(tmp_path, actions=[action_of])).policy.features == {name}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name: a\nholdout_share: 0.1\nholdout_share: 0.5", "'holdout_share' stands twice"),
        ("name: 2024-13-45", "month must be in 1..12"),
        ("[" * 5000, "nested too deeply"),
    ],
)
def test_yaml_that_says_two_things_or_none_is_refused_with_the_files_name(
    tmp_path: Path, text: str, found: str
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(UserError, match=found) as refused:
        read_policy(path)

    assert str(path) in refused.value.found


RESTRICTION = {
    "kind": "restrict",
    "customers": ["active"],
    "lines": {"features": {"customer_settled_lines": {"least": 20}, "customer_returned_value_share": {"least": 0.9}}},
}


def test_a_restriction_needs_the_switch_of_the_shop(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs restrictions: true"):
        read_policy(written(tmp_path, actions=[own_action(**RESTRICTION)]))

    assert read_policy(written(tmp_path, actions=[own_action(**RESTRICTION)], restrictions=True)).policy.actions


@pytest.mark.parametrize("segment", ["new", "guest"])
def test_a_restriction_never_reaches_those_of_whom_little_is_known(tmp_path: Path, segment: str) -> None:
    restriction = own_action(**{**RESTRICTION, "customers": [segment, "active"]})

    with pytest.raises(UserError, match="segments of which little is known"):
        read_policy(written(tmp_path, actions=[restriction], restrictions=True))


SENT_BACK = {"customer_returned_value_share": {"least": 0.9}}
KNOWN = {"customer_settled_lines": {"least": 20}}


@pytest.mark.parametrize(
    "features",
    [
        {},
        {"customer_tenure_days": {"least": -1}},
        {"customer_settled_lines": {"least": 0}},
        KNOWN,
        SENT_BACK,
        {**SENT_BACK, "customer_settled_lines": {"most": 20}},
        {**SENT_BACK, "customer_settled_lines": {"least": 9}},
        {**KNOWN, "customer_returned_value_share": {"most": 0.9}},
        {**KNOWN, "customer_return_rate": {"least": 0.69}},
        {**KNOWN, "customer_lines": {"least": 100}},
    ],
)
def test_a_restriction_is_never_decided_by_the_score_alone(tmp_path: Path, features: dict[str, Any]) -> None:
    restriction = own_action(**{**RESTRICTION, "lines": {"probability": {"least": 0.9}, "features": features}})

    with pytest.raises(UserError, match="the score alone must not decide"):
        read_policy(written(tmp_path, actions=[restriction], restrictions=True))


@given(
    settled=st.floats(0, 100) | st.just(float("nan")),
    returned=st.floats(0, 1) | st.just(float("nan")),
    least=st.tuples(st.floats(10, 50), st.floats(0.7, 1)),
)
def test_no_restriction_that_is_taken_reaches_a_customer_of_little_history_or_who_keeps_a_third(
    settled: float, returned: float, least: tuple[float, float]
) -> None:
    names = ("customer_settled_lines", "customer_returned_value_share")
    lines = {"features": {name: {"least": end} for name, end in zip(names, least, strict=True)}}
    restriction = action(kind="restrict", customers=["active"], lines=lines)
    of = basket(line(features=dict(zip(names, (settled, returned), strict=True))))

    places, _ = lines_of(checks_of(restriction.lines, late=False), of)

    assert not places or (settled >= 10 and returned >= 0.7)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in {larger}", r"\{larger\}"),
        ("in {other_size}", r"without the condition lines\.other_size"),
        ("in {size", "expected '}'"),
    ],
)
def test_a_text_that_can_not_be_filled_is_refused(tmp_path: Path, text: str, found: str) -> None:
    path = written(tmp_path, actions=[own_action(texts={"en": text, "de": "x", "zh": "x"})])

    with pytest.raises(UserError, match=found):
        read_usable(path)


def test_a_file_that_is_missing_or_no_yaml_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"copy data/policies/fashion\.yaml"):
        read_policy(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")

    with pytest.raises(UserError, match="to be YAML"):
        read_policy(tmp_path / "broken.yaml")


RIVAL = {"challengers": [{"name": "rival", "share": 0.2, "policy": "rival.yaml"}]}


def write_rival(tmp_path: Path, *actions: dict[str, Any], **changes: Any) -> None:
    content = policy().model_dump(mode="json")
    content["actions"] = list(actions) or content["actions"]
    (tmp_path / "rival.yaml").write_text(yaml.safe_dump({**content, **changes}))


def test_the_shares_of_the_arms_add_up_to_1_and_the_policy_has_the_rest(tmp_path: Path) -> None:
    read = read_policy(written(tmp_path, exploration={"share": 0.05}, challengers=[learned("b"), learned("a")]))
    assert read.policy.shares == {"holdout": 0.1, "exploration": 0.05, "b": 0.1, "a": 0.1, "policy": 0.65}
    assert read_policy(written(tmp_path)).policy.shares == {"holdout": 0.1, "policy": 0.9}


def test_a_challengers_file_lies_beside_the_policy_and_is_a_part_of_its_digest(tmp_path: Path) -> None:
    write_rival(tmp_path)
    first = read_policy(written(tmp_path, **RIVAL))
    write_rival(tmp_path, level=0.8)
    second = read_policy(written(tmp_path, **RIVAL))

    assert (first.challengers["rival"].level, second.challengers["rival"].level) == (0.9, 0.8)
    assert first.digest != second.digest
    assert first.files == (tmp_path / "rival.yaml",)


def test_a_challengers_file_is_refused_like_the_policys_own(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"a policy in .*rival\.yaml"):
        read_policy(written(tmp_path, **RIVAL))
    write_rival(tmp_path, own_action(texts={"en": "{size", "de": "x", "zh": "x"}))
    with pytest.raises(UserError, match=r"actions\.hint\.texts\.en"):
        read_usable(written(tmp_path, **RIVAL))
    write_rival(tmp_path, exploration={"share": 0.1})
    with pytest.raises(UserError, match="no arms in"):
        read_policy(written(tmp_path, **RIVAL))


def test_an_action_of_the_same_name_is_the_same_to_the_customer_in_every_arm(tmp_path: Path) -> None:
    write_rival(tmp_path, own_action(name="size", customers=["active"], lines={"value_minor": {"least": 100}}))
    assert read_policy(written(tmp_path, **RIVAL)).challengers["rival"].actions[0].name == "size"

    write_rival(tmp_path, own_action(name="size", cost={"shown_minor": 5}, texts={"en": "a", "de": "b", "zh": "c"}))
    with pytest.raises(UserError, match="another cost, texts"):
        read_policy(written(tmp_path, **RIVAL))
