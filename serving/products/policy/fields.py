"""The fields of the form: the numbers of a policy and of the shop's costs that can be moved, each with its bounds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from data.number_format import minor_digits, plain_amount
from serving.products.policy.problems import Problem, shortened
from serving.products.policy.scenario import Scenario
from serving.products.web.language import mark
from training.decisions.policy import Action, Belief, Bounds, Policy, Segment

Path = tuple[str, ...]
"""The way to a value in the policy; an action is called by its name."""


class Kind(StrEnum):
    """What a number is, which says how it is written, and between which bounds it lies."""

    SHARE = "share"
    CHANGE = "change"
    SPREAD = "spread"
    MONEY = "money"
    COUNT = "count"
    DAYS = "days"
    NUMBER = "number"


@dataclass(frozen=True)
class _Rule:
    low: float | None
    high: float | None
    step: str
    whole: bool
    expected: str


_RULES: Final[Mapping[Kind, _Rule]] = {
    Kind.SHARE: _Rule(0, 1, "0.01", False, mark("expected a share from 0 to 1, such as 0.25 for a quarter")),
    Kind.CHANGE: _Rule(
        -1, 1, "0.01", False, mark("expected a relative change from -1 to 1, such as -0.05 for 5%% fewer")
    ),
    Kind.SPREAD: _Rule(0, 1, "0.01", False, mark("expected a standard deviation from 0 to 1")),
    Kind.MONEY: _Rule(0, None, "any", False, mark("expected money, 0 or more, with the currency's decimals")),
    Kind.COUNT: _Rule(1, 1e9, "1", True, mark("expected a whole number, 1 or more")),
    Kind.DAYS: _Rule(1, 3650, "1", True, mark("expected a whole number of days from 1 to 3,650")),
    Kind.NUMBER: _Rule(None, None, "any", False, mark("expected a number")),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field.

    ``name``: in the form. ``path``: the way to its value in the policy, or in the costs where it begins with "costs".
    ``label``: marked for translation. ``of``: whose value it is: a reason, a segment or a feature. ``value``: None
    where the policy sets none. ``optional``: whether it may be empty.
    """

    path: Path
    label: str
    kind: Kind
    value: float | None
    of: str = ""
    optional: bool = False

    @property
    def name(self) -> str:
        """The name in the form."""
        return ".".join(self.path)

    @property
    def step(self) -> str:
        """The step of the field's arrows."""
        return _RULES[self.kind].step

    def text(self, currency: str) -> str:
        """Write the value as the field shows it: money in whole units."""
        if self.value is None:
            return ""
        return plain_amount(self.value, currency) if self.kind is Kind.MONEY else f"{self.value:.12g}"

    def read(self, typed: str, currency: str) -> float | Problem | None:
        """Read what was typed: a number, None for nothing, or what is wrong."""
        text = typed.strip()
        if not text and self.optional:
            return None
        number, rule = _number(text), _RULES[self.kind]
        if number is not None and self.kind is Kind.MONEY:
            number = number.scaleb(minor_digits(currency))
        if number is None or not _holds(number, rule, whole=rule.whole or self.kind is Kind.MONEY):
            return Problem(self.name, rule.expected, found=shortened(text) or "-")
        return int(number) if rule.whole or self.kind is Kind.MONEY else float(number)


@dataclass(frozen=True)
class ActionFields:
    """The fields of one action; ``on``: whether the scenario has it."""

    action: Action
    on: bool
    thresholds: tuple[Field, ...]
    costs: tuple[Field, ...]
    effects: tuple[tuple[Field, Field], ...]
    caps: tuple[Field, ...]

    @property
    def name(self) -> str:
        """The beginning of its fields' names."""
        return f"actions.{self.action.name}"

    def all(self) -> Iterator[Field]:
        """Give all fields of numbers."""
        yield from (*self.thresholds, *self.costs, *self.caps)
        for pair in self.effects:
            yield from pair


@dataclass(frozen=True)
class Form:
    """The form of a scenario: fields of the shop's ``money``, of ``caution``, and of each action."""

    money: tuple[Field, ...]
    later: tuple[Field, ...]
    caution: tuple[Field, ...]
    actions: tuple[ActionFields, ...]

    def all(self) -> Iterator[Field]:
        """Give all fields of numbers."""
        yield from (*self.money, *self.later, *self.caution)
        for action in self.actions:
            yield from action.all()

    def names(self) -> dict[str, str]:
        """The fields by the place in the policy."""
        return {field.name: field.name for field in self.all()}


def form_of(scenario: Scenario, running: Scenario | None) -> Form:
    """Make the form of a scenario; actions of the ``running`` policy that it lacks are there, too, switched off."""
    policy = scenario.policy
    own = {action.name for action in policy.actions}
    more = () if running is None else tuple(each for each in running.policy.actions if each.name not in own)
    return Form(
        tuple(_money(scenario)),
        tuple(
            Field(("later_margin_minor", each.value), mark("Margin of later purchases"), Kind.MONEY,
                  float(policy.later_margin_minor.get(each, 0)), each.value)
            for each in Segment
        ),
        tuple(_caution(policy)),
        tuple(_action(each, on=each.name in own) for each in (*policy.actions, *more)),
    )  # fmt: skip


def _money(scenario: Scenario) -> Iterator[Field]:
    costs = scenario.costs
    yield Field(("costs", "margin_share"), mark("Margin on what is kept"), Kind.SHARE, costs.margin_share)
    yield Field(("costs", "return_fixed_minor"), mark("A return costs"), Kind.MONEY, costs.return_fixed_minor)
    yield Field(("costs", "return_value_share"), mark("and of its value"), Kind.SHARE, costs.return_value_share)
    for reason, cost in scenario.policy.return_costs.items():
        path = ("return_costs", reason.value)
        yield Field((*path, "fixed_minor"), mark("A return costs"), Kind.MONEY, cost.fixed_minor, reason.value)
        yield Field((*path, "value_share"), mark("and of its value"), Kind.SHARE, cost.value_share, reason.value)


def _caution(policy: Policy) -> Iterator[Field]:
    yield Field(("level",), mark("Level of the interval that must lie above zero"), Kind.SHARE, policy.level)
    yield Field(("holdout_share",), mark("Share that is never shown anything"), Kind.SHARE, policy.holdout_share)
    cap = policy.per_customer
    yield Field(("per_customer", "most"), mark("Actions for one customer, at most"), Kind.COUNT, cap.most)
    yield Field(("per_customer", "days"), mark("within days"), Kind.DAYS, cap.days)


def _action(action: Action, *, on: bool) -> ActionFields:
    place = ("actions", action.name)
    cost, cap = action.cost, action.per_customer
    return ActionFields(
        action,
        on,
        tuple(_thresholds(action, (*place, "lines"))),
        (
            Field((*place, "cost", "shown_minor"), mark("Each time it is shown"), Kind.MONEY, cost.shown_minor),
            Field((*place, "cost", "kept_minor"), mark("For each line that is kept"), Kind.MONEY, cost.kept_minor),
            Field((*place, "cost", "kept_share"), mark("and of its value"), Kind.SHARE, cost.kept_share),
        ),
        tuple(_effects(action, (*place, "effects"))),
        (
            Field((*place, "per_customer", "most"), mark("For one customer, at most"), Kind.COUNT, cap.most),
            Field((*place, "per_customer", "days"), mark("within days"), Kind.DAYS, cap.days),
            Field((*place, "per_day"), mark("For all customers in 24 hours, at most"), Kind.COUNT, action.per_day,
                  optional=True),
        ),
    )  # fmt: skip


def _thresholds(action: Action, place: Path) -> Iterator[Field]:
    lines = action.lines
    if lines.probability is not None:
        yield from _range((*place, "probability"), mark("Probability of a return"), Kind.SHARE, lines.probability)
    if lines.value_minor is not None:
        yield from _range((*place, "value_minor"), mark("Value of the line"), Kind.MONEY, lines.value_minor)
    if lines.reasons is not None:
        label, of = mark("Probability of these reasons, at least"), lines.reasons.of
        yield Field((*place, "reasons", "least"), label, Kind.SHARE, lines.reasons.least, ",".join(of))
    for name, bounds in lines.features.items():
        yield from _range((*place, "features", name), mark("Feature"), Kind.NUMBER, bounds, name)


def _range(place: Path, label: str, kind: Kind, bounds: Bounds, of: str = "") -> Iterator[Field]:
    for end in ("least", "most"):
        value = getattr(bounds, end)
        if value is not None:
            yield Field((*place, end), label, kind, value, ",".join(filter(None, (of, end))))


def _effects(action: Action, place: Path) -> Iterator[tuple[Field, Field]]:
    effects = action.effects
    for reason, belief in effects.returns.items():
        yield _belief((*place, "returns", reason), mark("Returns"), belief, reason)
    yield _belief((*place, "bought"), mark("Purchases of the line"), effects.bought)
    yield _belief((*place, "basket"), mark("Purchases of the basket"), effects.basket)
    yield _belief((*place, "later"), mark("Later purchases"), effects.later)


def _belief(place: Path, label: str, belief: Belief, of: str = "") -> tuple[Field, Field]:
    return (
        Field((*place, "mean"), label, Kind.CHANGE, belief.mean, of),
        Field((*place, "spread"), label, Kind.SPREAD, belief.spread, of),
    )


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None


def _holds(number: Decimal, rule: _Rule, *, whole: bool) -> bool:
    inside = (rule.low is None or number >= Decimal(str(rule.low))) and (
        rule.high is None or number <= Decimal(str(rule.high))
    )
    return inside and (not whole or number == number.to_integral_value())


def set_at(document: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set a value in a policy's document, or take it out where it is None; parts that are not there are made."""
    place: Any = document
    steps = list(path)
    if steps[0] == "actions":
        place = next(action for action in document["actions"] if action["name"] == steps[1])
        steps = steps[2:]
    for step in steps[:-1]:
        place = place.setdefault(step, {})
    if value is None:
        place.pop(steps[-1], None)
    else:
        place[steps[-1]] = value
