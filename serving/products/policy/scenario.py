"""A scenario: a policy and the costs of the shop that it is tried with, told apart from others by its content."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Self

import yaml
from pydantic import ValidationError

from data import yaml_text
from data.errors import UserError
from serving.products.policy.problems import YAML, Problem, ProblemsError, of_validation, raw, shortened
from serving.products.web.language import mark
from training.costs import Costs
from training.decisions import texts
from training.decisions.policy import Policy

MOVED: Final = ("margin_share", "return_fixed_minor", "return_value_share")
"""The costs that a scenario may move; what a blunt warning costs is no part of a policy."""
DIGITS: Final = 16
_WIDTH: Final = 120
_NAMED: Final = ("challengers", "actions")
"""Parts of a policy of which there are several, each with a name."""


@dataclass(frozen=True)
class Scenario:
    """A valid policy, and the ``costs`` of the section of params.yaml."""

    policy: Policy
    costs: Costs
    document: Mapping[str, Any] = field(compare=False)
    """The policy as YAML has it, without what it leaves to defaults."""

    @classmethod
    def of(cls, policy: Policy, costs: Costs) -> Self:
        """Make the scenario of a valid policy."""
        return cls(policy, costs, policy.model_dump(mode="json", exclude_unset=True))

    @classmethod
    def checked(cls, content: Any, costs: Costs, names: Mapping[str, str] | None = None) -> Self:
        """Check a policy as the service does when it reads its file.

        ``names``: the form's fields by the place in the policy.

        Raises
        ------
        ProblemsError
            The policy is not valid.
        """
        try:
            policy = Policy.model_validate(content)
            texts.check(policy)
        except ValidationError as error:
            raise ProblemsError(*of_validation(error, content, names or {})) from None
        except UserError as error:
            raise ProblemsError(Problem(YAML, raw(f"expected {error.expected}"), found=error.found)) from None
        return cls.of(policy, costs)

    @classmethod
    def from_yaml(cls, text: str, costs: Costs) -> Self:
        """Read a policy from YAML; `ProblemsError` where it is not valid."""
        try:
            content = yaml_text.parse(text, "the text")
        except yaml.MarkedYAMLError as error:
            raise ProblemsError(_at_mark(error)) from None
        except yaml.YAMLError as error:
            found = shortened(" ".join(str(error).split()))
            raise ProblemsError(Problem(YAML, mark("expected YAML"), found=found)) from None
        return cls.checked(content, costs)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `as_json` wrote; `ValueError` where this version of the code refuses it."""
        content = json.loads(text)
        return cls.of(Policy.model_validate(content["policy"]), Costs.model_validate(content["costs"]))

    def as_json(self) -> str:
        """Write it for the file of scenarios."""
        return json.dumps({"policy": self.document, "costs": self.costs.model_dump()})

    @cached_property
    def digest(self) -> str:
        """The name of its content: the same for the same policy and costs, however they were written."""
        whole = {"policy": self.policy.model_dump(mode="json"), "costs": self.costs.model_dump()}
        content = json.dumps(whole, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:DIGITS]

    def as_yaml(self, heading: str = "", shops_costs: Costs | None = None) -> str:
        """Write the policy as the file that the service reads.

        ``heading``: a line of comment. ``shops_costs``: those of params.yaml; what the scenario moves of them can't be
        in the file, and is said in comments.
        """
        moved = [] if shops_costs is None else list(_moved_costs(self.costs, shops_costs))
        if moved:
            moved.insert(
                0, "It was replayed with other costs than the section costs of params.yaml has. Set there, too:"
            )
        lines = [f"# {_on_one_line(line)}\n" for line in (heading, *moved) if line]
        body = yaml.safe_dump(dict(self.document), sort_keys=False, allow_unicode=True, width=_WIDTH)
        return "".join(lines) + body


@dataclass(frozen=True)
class Change:
    """A value that one scenario has other than another: its place, in words of the YAML, and both values as text."""

    place: str
    before: str
    after: str


def changes(before: Scenario | None, after: Scenario) -> list[Change]:
    """List what differs; everything is new where there is nothing ``before``, which is not listed."""
    if before is None:
        return []
    old, new = _flat_scenario(before), _flat_scenario(after)
    places = dict.fromkeys([*old, *new])
    return [
        Change(place, old.get(place, ""), new.get(place, ""))
        for place in places
        if old.get(place, "") != new.get(place, "") and not _within_missing(place, old, new)
    ]


def _moved_costs(costs: Costs, shops: Costs) -> Iterator[str]:
    for name in MOVED:
        if getattr(costs, name) != getattr(shops, name):
            yield f"costs.{name}: {getattr(costs, name)}"


def _flat_scenario(scenario: Scenario) -> dict[str, str]:
    content = scenario.policy.model_dump(mode="json")
    named = {of: content.pop(of) for of in _NAMED}
    found = {f"costs.{name}": str(getattr(scenario.costs, name)) for name in MOVED}
    found |= dict(_flat(content, ""))
    for of, parts in named.items():
        for part in parts:
            place = f"{of}.{part['name']}"
            found[place] = part["name"]
            found |= dict(_flat(part, f"{place}."))
    return found


def _within_missing(place: str, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    """Whether a value is of an action or a challenger that one of the two lacks: then its name alone is listed."""
    steps = place.split(".")
    part = ".".join(steps[:2])
    return steps[0] in _NAMED and len(steps) > 2 and (part in old) != (part in new)


def _flat(content: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _flat(value, f"{place}{key}.")
    elif isinstance(content, list):
        yield place.removesuffix("."), ", ".join(map(str, content))
    else:
        yield place.removesuffix("."), "" if content is None else str(content)


def _on_one_line(text: str) -> str:
    """Write a text as YAML may have it in a comment: without line breaks, and without what its reader refuses."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _at_mark(error: yaml.MarkedYAMLError) -> Problem:
    at = error.problem_mark
    why = error.problem or "not YAML"
    if at is None:
        return Problem(YAML, mark("expected YAML"), found=shortened(why))
    values = {"line": at.line + 1, "column": at.column + 1}
    return Problem(YAML, mark("expected YAML in line %(line)s, column %(column)s"), values, found=shortened(why))
