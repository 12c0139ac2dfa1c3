from dataclasses import asdict
from typing import Any

import orjson
import pytest

from data.errors import UserError
from data.logged.decisions import HOLDOUT, POLICY, Contact, Decision, Did, Reaction, Stake
from tests.training.decisions.experiment.written_shop import contact, decision, reaction
from training.decisions.experiment.log import arm_shares, read_rows
from training.decisions.experiment.log_types import wrong_type


def test_lines_are_told_apart_and_those_that_were_sent_twice_count_once() -> None:
    one, other = decision(decision_id="a", decided_at=2), decision(decision_id="b", decided_at=1)
    shown = reaction("a", Did.SHOWN, 3)

    found = read_rows([one, shown, other, one, shown])

    assert found.decisions["decision_id"].tolist() == ["b", "a"]
    assert found.reactions.to_dict("records") == [{"decision_id": "a", "did": "action_shown", "at": 3}]
    assert found.twice == 2


def test_an_empty_log_has_empty_frames() -> None:
    found = read_rows([])
    assert (len(found.decisions), len(found.reactions), found.twice) == (0, 0, 0)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"propensity": 0.0}, "a propensity above 0"),
        ({"propensity": None}, "propensity to be a number"),
        ({"propensity": 1.2}, "a propensity above 0"),
        ({"arm": "control"}, "arm to be one of holdout, policy"),
        ({"arm": HOLDOUT, "action": "advice"}, "no action in the holdout"),
    ],
)
def test_what_can_be_no_experiment_is_refused_with_the_decision(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as refused:
        read_rows([decision(decision_id="good"), decision(decision_id="wrong", **facts)])
    assert "wrong" in str(refused.value)


def test_a_line_without_a_field_is_refused() -> None:
    row = decision()
    del row["propensity"]
    with pytest.raises(UserError, match="none called propensity"):
        read_rows([row])


def test_a_reaction_of_another_kind_is_refused() -> None:
    with pytest.raises(UserError, match="'action_liked' of the decision d"):
        read_rows([decision(), {**reaction("d", Did.SHOWN, 1), "did": "action_liked"}])


def test_the_holdouts_share_follows_from_the_propensities_of_each_file_of_a_policy() -> None:
    acted = {"chosen": "advice", "action": "advice", "propensity": 1 - 0.1}
    held = {"arm": HOLDOUT, "chosen": "advice", "propensity": 0.1}
    rows = [
        decision(decision_id="a", policy="x", **acted),
        decision(decision_id="b", policy="x", **held),
        decision(decision_id="c", policy="x"),
        decision(decision_id="d", policy="y", **{**held, "propensity": 0.2}),
        decision(decision_id="e", policy="z"),
    ]

    found = arm_shares(read_rows(rows).decisions)

    one, other = ((HOLDOUT, 0.1), (POLICY, 0.9)), ((HOLDOUT, 0.2), (POLICY, 0.8))
    assert found.tolist()[:4] == [one, one, one, other]
    assert found.isna().tolist() == [False] * 4 + [True]


def test_several_shares_under_one_file_are_refused() -> None:
    rows = [decision(decision_id=str(share), arm=HOLDOUT, chosen="advice", propensity=share) for share in (0.1, 0.2)]
    with pytest.raises(UserError, match=r"holdout 0\.1, policy 0\.9 and holdout 0\.2, policy 0\.8 under digest"):
        arm_shares(read_rows(rows).decisions)


ARMS = {HOLDOUT: 0.1, "rival": 0.2, POLICY: 0.7}


def test_shares_that_the_log_has_count_whatever_was_chosen_and_lines_without_them_are_read_as_before() -> None:
    rows = [
        decision(decision_id="a", policy="x", arm="rival", shares=ARMS, propensity=0.2, reached=("rival",)),
        decision(decision_id="b", policy="y", arm=HOLDOUT, chosen="advice", propensity=0.1),
    ]
    log = read_rows(rows)

    assert arm_shares(log.decisions).tolist() == [tuple(ARMS.items()), ((HOLDOUT, 0.1), (POLICY, 0.9))]
    assert log.decisions["reached"].tolist() == [("rival",), ()]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"arm": "other"}, "arm to be one of holdout, rival, policy"),
        ({"shares": {**ARMS, POLICY: 0.9}}, "shares of arms that add up to 1"),
        ({"shares": {HOLDOUT: 1.2, POLICY: -0.2}}, "shares of arms that add up to 1"),
    ],
)
def test_an_arm_or_shares_that_can_not_be_are_refused(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_rows([decision(**{"shares": ARMS, **facts})])


def test_contacts_are_no_reactions_and_count_once() -> None:
    call = contact("e1", 5, order_id="9001")
    found = read_rows([decision(decision_id="a"), call, contact("e2", 6, customer="c"), call])
    assert found.contacts.to_dict("records") == [
        {"customer": None, "order_id": "9001", "at": 5},
        {"customer": "c", "order_id": None, "at": 6},
    ]
    assert (len(found.reactions), found.twice) == (0, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (decision(decision_id="wrong", unit=7), "unit to be a text"),
        (decision(decision_id="wrong", decided_at="2024"), "decided_at to be a number"),
        (decision(decision_id="wrong", returns=True), "returns to be a number"),
        (decision(decision_id="wrong", stakes=[]), "stakes to be an object"),
        (decision(decision_id="wrong", action=1), "action to be a text or null"),
        ({**reaction("wrong", Did.SHOWN, 3), "at": None}, "at to be a number"),
        ({**contact("c", 3), "customer": 8}, "customer to be a text or null"),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_refused_with_the_line(line: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_rows([decision(decision_id="good"), line])


def test_each_line_that_the_service_writes_has_the_types_that_are_asked_for() -> None:
    stake = Stake(("p",), 1.0, 0.5, 2.0)
    written = [
        decision(
            decision_id="d", stakes={"a": asdict(stake)}, covariates={"lines": 1, "x": None}, shares={"policy": 1.0}
        ),
        asdict(Reaction("e", "d", Did.CHANGED, 1, 2)),
        asdict(Contact("c", None, "o", None, 1, 2)),
    ]
    lines = [orjson.loads(orjson.dumps(each)) for each in written]
    assert [wrong_type(row, kind) for row, kind in zip(lines, (Decision, Reaction, Contact), strict=True)] == [None] * 3
