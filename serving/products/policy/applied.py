"""Reads a form into a scenario."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

from serving.products.policy.fields import Field, Form, set_at
from serving.products.policy.problems import WHOLE, Problem, ProblemsError
from serving.products.policy.scenario import Scenario
from serving.products.web.language import mark
from training.costs import Costs
from training.decisions.policy import Segment

MOST_FIELDS: Final = 4000
"""Fields of a form: 50 actions have no more."""
ON, CUSTOMERS, THERE = "on", "customers", "there"
"""Fields of an action beside its numbers: whether it is in the scenario, whom it may reach, and that it was on the
page."""
_CHANGED: Final = mark("The policy changed after the page was opened. Open the page anew, and move the values again.")


def applied(scenario: Scenario, form: Form, sent: Iterable[tuple[str, str]], currency: str) -> Scenario:
    """Make the scenario that the fields ``sent`` make of the one whose ``form`` was shown.

    Raises
    ------
    ProblemsError
        A field is wrong, or the policy that comes out.
    """
    values: dict[str, list[str]] = {}
    for name, text in sent:
        values.setdefault(name, []).append(text)
    _only_known(values, form)
    document, costs, problems = _document(scenario, form), scenario.costs.model_dump(), list[Problem]()
    for field in form.all():
        if field.name not in values:
            continue
        read = field.read(values[field.name][-1], currency)
        if isinstance(read, Problem):
            problems.append(read)
        elif read != field.value:
            _move(document, costs, field, read)
    for action in form.actions:
        if f"{action.name}.{THERE}" in values:
            _switch(document, action.name, values)
    if problems:
        raise ProblemsError(*problems)
    return Scenario.checked(document, Costs.model_validate(costs), _names(form))


def _only_known(values: Mapping[str, list[str]], form: Form) -> None:
    further = {f"{action.name}.{each}" for action in form.actions for each in (ON, CUSTOMERS, THERE)}
    if set(values) - {field.name for field in form.all()} - further:
        raise ProblemsError(Problem(WHOLE, _CHANGED))


def _document(scenario: Scenario, form: Form) -> dict[str, Any]:
    """The scenario's policy with all actions of the form."""
    document = deepcopy(dict(scenario.document))
    own = {action["name"] for action in document["actions"]}
    more = [each.action for each in form.actions if each.action.name not in own]
    added = [action.model_dump(mode="json", exclude_unset=True) for action in more]
    return {**document, "actions": [*document["actions"], *added]}


def _move(document: dict[str, Any], costs: dict[str, Any], field: Field, value: float | None) -> None:
    if field.path[0] == "costs":
        costs[field.path[1]] = value
        return
    if field.path[-1] in {"mean", "spread"}:  # a belief that was left to its default has both
        other = "spread" if field.path[-1] == "mean" else "mean"
        _default(document, (*field.path[:-1], other))
    set_at(document, field.path, value)


def _default(document: dict[str, Any], path: tuple[str, ...]) -> None:
    place: Any = next(action for action in document["actions"] if action["name"] == path[1])
    for step in path[2:-1]:
        place = place.setdefault(step, {})
    place.setdefault(path[-1], 0)


def _switch(document: dict[str, Any], name: str, values: Mapping[str, list[str]]) -> None:
    action = name.partition(".")[2]
    if f"{name}.{ON}" not in values:
        document["actions"] = [each for each in document["actions"] if each["name"] != action]
        return
    chosen = values.get(f"{name}.{CUSTOMERS}", [])
    before = next(each for each in document["actions"] if each["name"] == action)
    if set(chosen) != set(before["customers"]):
        order = [each.value for each in Segment]
        before["customers"] = sorted(chosen, key=lambda each: order.index(each) if each in order else len(order))


def _names(form: Form) -> dict[str, str]:
    of_actions = {f"{action.name}.{CUSTOMERS}": f"{action.name}.{CUSTOMERS}" for action in form.actions}
    whole = {action.name: f"{action.name}.{ON}" for action in form.actions}
    return {**form.names(), **of_actions, **whole}
