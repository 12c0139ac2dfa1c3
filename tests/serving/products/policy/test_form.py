"""The form: every number of a policy can be moved, and what is wrong is said at its field."""

from pathlib import Path
from typing import Any

import pytest

from data.schema import Reason
from serving.products.policy.applied import MOST_FIELDS, applied
from serving.products.policy.fields import Form, Kind, form_of
from serving.products.policy.problems import WHOLE, ProblemsError
from serving.products.policy.scenario import Scenario, changes
from tests.training.decisions.examples import COSTS, action, policy
from training.decisions.policy import Policy
from training.decisions.texts import read_usable

FASHION = Scenario.of(read_usable(Path("data/policies/fashion.yaml")).policy, COSTS)
MOVED = {
    Kind.SHARE: 0.01,
    Kind.CHANGE: 0.01,
    Kind.SPREAD: 0.01,
    Kind.NUMBER: 1,
    Kind.MONEY: 150,
    Kind.COUNT: 1,
    Kind.DAYS: 1,
}
Sent = list[tuple[str, str]]


def sent(form: Form, currency: str = "EUR", **typed: str) -> Sent:
    """What a browser sends of a form; ``typed``: by the name of the field, with __ for a dot."""
    given = {name.replace("__", "."): text for name, text in typed.items()}
    fields = [(each.name, given.get(each.name, each.text(currency))) for each in form.all()]
    for each in form.actions:
        fields += [(f"{each.name}.there", "1"), *([(f"{each.name}.on", "1")] if each.on else [])]
        fields += [(f"{each.name}.customers", segment.value) for segment in each.action.customers]
    return fields


def moved(base: Scenario, **typed: str) -> Scenario:
    form = form_of(base, None)
    return applied(base, form, sent(form, **typed), "EUR")


def problems(fields: Sent, base: Scenario = FASHION) -> dict[str, str]:
    with pytest.raises(ProblemsError) as caught:
        applied(base, form_of(base, None), fields, "EUR")
    return {each.field: each.message for each in caught.value.problems}


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_form_that_is_sent_as_it_was_changes_nothing(currency):
    form = form_of(FASHION, None)

    assert applied(FASHION, form, sent(form, currency), currency).digest == FASHION.digest


def test_every_field_moves_the_value_of_its_name_and_no_other():
    form = form_of(FASHION, None)
    for field in form.all():
        value = (field.value or 0) + MOVED[field.kind]
        text = str(value / 100) if field.kind is Kind.MONEY else str(value)
        fields = [(name, text if name == field.name else typed) for name, typed in sent(form)]

        (change,) = changes(FASHION, applied(FASHION, form, fields, "EUR"))

        assert change.place == field.name
        assert float(change.after) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("actions.size_advice.effects.returns.SIZE_TOO_SMALL.mean", "5", "relative change"),
        ("actions.size_advice.per_customer.most", "-1", "whole number"),
        ("per_customer.days", "2.5", "days"),
        ("costs.margin_share", "40%", "share"),
        ("costs.return_fixed_minor", "3.001", "money"),
        ("costs.return_fixed_minor", "-1", "money"),
        ("level", "nan", "share"),
        ("level", "1e400", "share"),
        ("holdout_share", "", "share"),
        ("actions.one_size_enough.effects.bought.spread", "2", "standard deviation"),
    ],
)  # fmt: skip
def test_a_wrong_number_is_refused_at_its_field(name, text, word):
    form = form_of(FASHION, None)
    found = problems([(each, text if each == name else typed) for each, typed in sent(form)])

    assert list(found) == [name]
    assert word in found[name]


def test_what_the_policy_itself_refuses_is_said_at_the_field_too():
    form = form_of(FASHION, None)

    assert list(problems([*sent(form, level="0.4")])) == ["level"]
    assert list(problems(sent(form, holdout_share="0"))) == ["holdout_share"]
    nobody = [(name, text) for name, text in sent(form) if name != "actions.size_advice.customers"]
    assert list(problems(nobody)) == ["actions.size_advice.customers"]


def test_an_action_is_switched_off_and_on_again():
    form = form_of(FASHION, None)
    off = applied(FASHION, form, [each for each in sent(form) if each[0] != "actions.size_advice.on"], "EUR")
    again = form_of(off, FASHION)

    names = [each.name for each in FASHION.policy.actions]
    assert [each.name for each in off.policy.actions] == names[1:]
    assert [each.on for each in again.actions] == [True] * len(names[1:]) + [False]
    back = applied(off, again, [*sent(again), ("actions.size_advice.on", "1")], "EUR")
    assert {each.name for each in back.policy.actions} == {each.name for each in FASHION.policy.actions}


def test_customers_are_kept_in_the_order_of_segments():
    base = Scenario.of(policy(action(customers=["active", "new"])), COSTS)
    form = form_of(base, None)

    assert applied(base, form, sent(form), "EUR").digest == base.digest
    more = applied(base, form, [*sent(form), ("actions.hint.customers", "guest")], "EUR")
    assert [each.value for each in more.policy.actions[0].customers] == ["guest", "new", "active"]
    assert list(problems([*sent(form), ("actions.hint.customers", "nobody")], base)) != []


def test_a_field_of_a_policy_that_has_changed_meanwhile_is_refused():
    form = form_of(FASHION, None)

    assert list(problems([*sent(form), ("actions.gone.per_day", "3")])) == [WHOLE]


def test_a_cap_for_all_customers_may_be_taken_away():
    base = Scenario.of(policy(action(per_day=5)), COSTS)

    assert moved(base, actions__hint__per_day="").policy.actions[0].per_day is None


def test_ranges_and_features_that_a_policy_has_are_fields():
    lines: dict[str, Any] = {
        "probability": {"least": 0.3, "most": 0.9}, "value_minor": {"most": 9000},
        "features": {"customer_lines": {"least": 3}},
    }  # fmt: skip
    base = Scenario.of(policy(action(lines=lines)), COSTS)

    found = moved(
        base,
        actions__hint__lines__probability__most="0.8",
        actions__hint__lines__value_minor__most="80.5",
        actions__hint__lines__features__customer_lines__least="4",
    ).policy.actions[0].lines  # fmt: skip

    assert found.probability is not None
    assert found.value_minor is not None
    assert (found.probability.most, found.value_minor.most, found.features["customer_lines"].least) == (0.8, 8050, 4)


def test_no_form_has_more_fields_than_one_request_may_have():
    actions = [action(f"a{number}", effects=_every_reason()) for number in range(50)]
    form = form_of(Scenario.of(Policy.model_validate(policy(*actions).model_dump()), COSTS), None)

    assert len(sent(form)) < MOST_FIELDS


def _every_reason() -> dict[str, Any]:
    belief = {"mean": -0.1, "spread": 0.1}
    return {"returns": dict.fromkeys([*Reason, "ALL"], belief), "source": "a test"}
